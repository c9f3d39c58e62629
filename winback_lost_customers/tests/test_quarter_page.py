from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, tagged

from .common_complaint import ComplaintCase
from .common_figures import FiguresCase
from .common_quarter import REPORT, QuarterMixin


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestQuarterPage(QuarterMixin, FiguresCase):
    def test_charts_are_described_and_have_no_scripts(self):
        page = self._print().xpath("//div[contains(@class, 'o_winback_quarter')]")[0]
        drawings = page.xpath(".//svg")
        self.assertEqual(len(drawings), 3, "compared, churn, months; no reasons, no campaigns")
        for drawing in drawings:
            for name in drawing.get("aria-labelledby").split():
                [label] = page.xpath(f".//*[@id='{name}']")
                self.assertTrue(label.text)
        self.assertFalse(page.xpath(".//script"))

    def test_a_pdf_printer_gets_the_charts(self):
        doc = self._create_report()
        reports = self._read_as(None, "ir.actions.report")
        content, _kind = reports._render_qweb_html(REPORT, doc.ids)
        bodies, *_rest = reports._prepare_html(content, report_model=doc._name)
        self.assertEqual("".join(bodies).count("</svg>"), 3)
        self.assertIn("@page", bodies[0])

    def test_page_says_what_the_figures_say(self):
        figures = self._get()
        text = self._get_text(self._print())
        lost = figures["compared"][0]["lost"]
        self.assertIn(f"Lost: {lost['count']} customers with {lost['amount']:,.0f} €", text)
        self.assertIn("the quarter goes on until 06/30/2026", text)
        for sentence in figures["churn"]["sentences"]:
            self.assertIn(sentence.replace("\xa0", " "), text)
        self.assertIn("What lost customers cost us in the quarter", text)
        self.assertIn("Profit Lost", text)

    def test_print_opens_the_report(self):
        with Form(self._read_as(None, "winback.quarter.report")) as form:
            self.assertEqual(form.quarter, "2026-01-01", "the last quarter that is over")
        report = form.save()
        self.assertEqual(report.display_name, f"Win-Back Q1 2026, {self.company.name}")
        action = report.action_print()
        self.assertEqual((action["type"], action["report_name"]), ("ir.actions.report", REPORT))

    def test_many_salespeople_are_summed_up(self):
        nothing = {"count": 1, "amount": 10}
        rows = [
            {"record": self.anna, "customers": 4, "gone": 1, "rate": 25, "lost": nothing, "won_back": nothing,
             "stake": 5, "at_risk": 1, "is_known": True}
            for _number in range(15)
        ]  # fmt: skip
        shown = self.env[f"report.{REPORT}"]._sum_up_rest(rows)
        self.assertEqual(len(shown), 12)
        self.assertEqual((shown[-1]["name"], shown[-1]["customers"], shown[-1]["rate"]), ("4 others", 16, 25))
        self.assertEqual(sum(row["lost"]["amount"] for row in shown), 150)

    def test_changes_in_words(self):
        page = self.env[f"report.{REPORT}"]
        cases = {
            (150, 100): "+50 %", (50, 100): "−50 %", (100, 100): "±0 %", (700, 100): "× 7",
            (5, 0): "–", (None, 3): "–",
        }  # fmt: skip
        for (now, then), expected in cases.items():
            self.assertEqual(page._format_change(now, then).replace("\xa0", " "), expected)
        self.assertEqual(page._format_difference(3, 5), "−2")

    def test_only_managers_read_it(self):
        report = self._create_report()
        for user in (self.anna, self.leader):
            with self.assertRaises(AccessError):
                self._create_report(user=user)
            with self.assertRaises(AccessError):
                self._read_as(user, "ir.actions.report")._render_qweb_html(REPORT, report.ids)

    def test_report_of_another_company_is_closed(self):
        other = self._create_company("Other Test Company")
        report = self.env["winback.quarter.report"].create({"quarter": "2026-04-01", "company_id": other.id})
        with self.assertRaises(AccessError):
            self._read_as(None, "ir.actions.report")._render_qweb_html(REPORT, report.ids)

    def test_who_may_not_see_margins_reads_none(self):
        margin = self.env.ref("winback_lost_customers.group_winback_margin")
        self.assertIn("of margin", self._get_text(self._print()))
        self.env.ref("sales_team.group_sale_manager").implied_ids -= margin
        figures = self._get()
        self.assertIsNone(figures["at_stake"]["margin"])
        self.assertNotIn("profit", figures["cases"][0])
        text = self._get_text(self._print())
        for word in ("of margin", "Profit", "Margin less cost"):
            self.assertNotIn(word, text)
        self.assertIn("Missed Sales", text)


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestQuarterBeginning(QuarterMixin, ComplaintCase):
    """What the paper says where there is little to say."""

    def test_company_without_customers(self):
        text = self._get_text(self._print())
        self.assertIn("Nobody has bought from this company yet", text)
        self.assertNotIn("The largest losses", text)

    def test_history_is_being_rebuilt(self):
        self._create_orders(self.customer, [500, 470, 440])
        self._run()
        text = self._get_text(self._print())
        self.assertIn("what was lost and won back is not known", text)
        self.assertNotIn("Nobody was lost in this quarter", text)

    def test_quarter_without_losses(self):
        self._create_orders(self.customer, range(10, 701, 30))
        self._run()
        for day in self.env["winback.history"]._get_missing_month_ends(self.company):
            self.env["winback.history"]._reconstruct(self.company, day)
        text = self._get_text(self._print())
        for sentence in (
            "Nobody was lost in these quarters, and nobody came back.",
            "Nobody is at risk.",
            "Nobody was lost in this quarter.",
            "Nobody came back in this quarter.",
            "No reason was noted",
            "No complaint was received",
            "No case was closed",
            "No offer was granted",
            "No campaign was measured",
        ):
            self.assertIn(sentence, text)

    def test_companies_are_never_mixed(self):
        other = self._create_company("Other Test Company")
        self.boss.company_ids |= other
        self._create_orders(self._create_customer("Elsewhere"), [225, 255, 285], company=other)
        self._create_orders(self.customer, [400, 430, 460])
        for company in (self.company, other):
            self._run(company=company)
            for day in self.env["winback.history"]._get_missing_month_ends(company):
                self.env["winback.history"]._reconstruct(company, day)
        self.assertEqual(self._get()["compared"][0]["lost"]["count"], 0)
        self.assertEqual(self._get(company=other)["compared"][0]["lost"]["count"], 1)
        text = self._get_text(self._print(company_id=other.id))
        self.assertIn("Elsewhere", text)
        self.assertNotIn("Elsewhere", self._get_text(self._print()))

    def test_company_of_others_is_refused(self):
        other = self._create_company("Not Mine")
        with self.assertRaises(AccessError):
            self._get(company=other)
