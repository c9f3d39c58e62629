from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import Form, TransactionCase, freeze_time, tagged

from ..tools import complaints
from .common_complaint import ComplaintCase
from .common_figures import FiguresCase
from .common_quarter import QuarterMixin

LONG_AGO = 200  # days: the half year after it is over


class TestComplaintTools(TransactionCase):
    def test_few_say_nothing(self):
        self.assertEqual(complaints.compare_with_expected(9, 9, 34), "few")
        self.assertEqual(complaints.compare_groups(9, 9, 0, 50), "few")

    def test_share_is_told_apart_from_the_expected_one_by_its_interval(self):
        # 5 of 10: Wilson's interval is 24 to 76 %
        for expected, verdict in ((23, "more"), (25, "same"), (75, "same"), (77, "less")):
            self.assertEqual(complaints.compare_with_expected(5, 10, expected), verdict, expected)

    def test_groups_are_told_apart_by_newcombe(self):
        self.assertEqual(complaints.compare_groups(18, 20, 4, 20), "more")
        self.assertEqual(complaints.compare_groups(4, 20, 18, 20), "less")
        self.assertEqual(complaints.compare_groups(11, 20, 9, 20), "same")

    def test_literature_has_a_figure_for_every_answer_that_was_given(self):
        self.assertEqual(
            complaints.EXPECTED,
            {("serious", "late"): 34, ("serious", "fast"): 52, ("small", "late"): 54, ("small", "fast"): 95},
        )


class EffectMixin:
    @classmethod
    def _complain(cls, days_ago, answer="fast", partner=None, **values):
        """Create a complaint so many days ago, answered in time, late or not at all."""
        complaint = cls._create_complaint(partner_id=(partner or cls.customer).id, **values)
        received = cls._noon(days_ago)
        times = {
            "fast": {"date_answered": received + timedelta(hours=1), "answer_hours": 1, "in_time": 100},
            "late": {"date_answered": received + timedelta(days=9), "answer_hours": 40, "in_time": 0},
            "none": {},
        }
        cls._set_columns(complaint, date_received=received, **times[answer])
        return complaint

    @classmethod
    def _complain_often(cls, severity, answer, count, bought):
        """Let so many customers complain, and so many of them order again."""
        for number in range(count):
            partner = cls._create_customer(f"{severity} {answer} {number}", user_id=cls.anna.id)
            cls._complain(LONG_AGO, answer, partner, severity=severity)
            if number < bought:
                cls._create_order(partner, LONG_AGO - 30)


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestComplaintReport(EffectMixin, ComplaintCase):
    def _get_row(self, complaint, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        reports = self.env["winback.complaint.report"].with_user(user or self.env.user)
        return reports.search([("complaint_id", "=", complaint.id)])

    def test_answer_is_in_time_late_or_none(self):
        for answer in ("fast", "late", "none"):
            row = self._get_row(self._complain(LONG_AGO, answer, user_id=self.anna.id))
            self.assertEqual(row.answer, answer)
            self.assertEqual(row.partner_id, self.customer)
            self.assertEqual(bool(row.answer_hours), answer != "none")

    def test_order_of_a_contact_within_the_time_counts(self):
        contact = self._create_customer("Contact", is_company=False, parent_id=self.customer.id)
        complaint = self._complain(LONG_AGO)
        order = self._create_order(contact, LONG_AGO - 40, amount=300, rate=2)
        row = self._get_row(complaint)
        self.assertTrue(row.is_followed)
        self.assertEqual((row.bought_again, row.bought_count, row.next_order_id), (100, 1, order))
        self.assertEqual((row.days_to_order, row.amount_after), (40, 150))

    def test_what_does_not_count_as_ordering_again(self):
        other = self._create_company("Other Test Company")
        problem = self._create_order(self.customer, LONG_AGO - 1)
        complaint = self._complain(LONG_AGO, order_id=problem.id)
        self._create_order(self.customer, LONG_AGO + 1)
        self._create_order(self.customer, LONG_AGO - 180)
        self._create_order(self.customer, LONG_AGO - 20, state="draft")
        self._create_order(self.customer, LONG_AGO - 20, company=other)
        self._create_order(self.customer, LONG_AGO - 10, amount=-50)
        row = self._get_row(complaint)
        self.assertEqual((row.bought_again, row.bought_count), (0, 0))
        self.assertFalse(row.next_order_id)
        self.assertEqual(row.amount_after, -50, "goods sent back lower the sales")

    def test_nothing_is_told_before_the_time_is_over_whether_ordered_or_not(self):
        complaint = self._complain(100)
        order = self._create_order(self.customer, 90)
        row = self._get_row(complaint)
        self.assertFalse(row.is_followed)
        self.assertEqual(row.next_order_id, order, "known already, and not counted")
        self.assertEqual((row.followed_count, row.bought_count), (0, 0))
        self._complain(101, partner=self._create_customer("Silent"))
        domain = [("company_id", "=", self.company.id)]
        self.env.flush_all()
        measures = ["bought_again:avg", "lost_since:avg", "days_to_order:avg", "amount_after:sum"]
        [figures] = self.env["winback.complaint.report"]._read_group(domain, [], measures)
        self.assertFalse(any(figures))
        self.company.winback_lost_min_days = 90
        self.assertEqual(self._get_row(complaint).bought_again, 100)

    def test_lost_since(self):
        complaint, first = self._complain(400), self._complain(800)
        self._create_orders(self.customer, [900, 850, 780, 740, 700, 100])
        self._run()
        for day in self.env["winback.history"]._get_missing_month_ends(self.company):
            self.env["winback.history"]._reconstruct(self.company, day)
        losses = self._get_transitions(self.customer).filtered(lambda t: t.to_state == "lost")
        self.assertEqual(losses.date, self._day(520))
        self.assertEqual(self._get_row(first).lost_since, 100)
        self.assertEqual(self._get_row(complaint).lost_since, 0)

    def test_cancelled_complaint_is_none(self):
        complaint = self._complain(LONG_AGO)
        complaint.state = "cancelled"
        self.assertFalse(self._get_row(complaint))

    def test_salesperson_sees_own_complaints_and_customers(self):
        boris = self._create_user("wbc_boris", "sales_team.group_sale_salesman")
        complaint = self._complain(LONG_AGO)
        self.assertEqual(complaint.user_id, self.anna)
        for user, seen in ((self.anna, True), (self.leader, True), (self.boss, True), (boris, False)):
            self.assertEqual(bool(self._get_row(complaint, user)), seen, user.login)
        with self.assertRaises(AccessError):
            self._get_row(complaint, self._create_user("wbc_clerk", "base.group_user"))

    def test_other_companies_are_not_seen(self):
        other = self._create_company("Other Test Company")
        complaint = self._complain(LONG_AGO, company_id=other.id)
        self.assertFalse(self._get_row(complaint, self.boss))


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestComplaintEffect(EffectMixin, QuarterMixin, FiguresCase):
    @classmethod
    def _tell_more(cls):
        cls._complain_often("serious", "fast", 20, 18)
        cls._complain_often("serious", "late", 20, 6)
        cls._complain_often("small", "fast", 12, 8)
        cls._complain_often("small", "late", 9, 0)
        cls._complain(100, "late")
        cls._create_order(cls.customer, 90)

    def _get_effect(self, user=None, days=(900, 0)):
        effects = self._read_as(user, "winback.complaint.effect")
        return effects._get_effect(self.company.with_env(effects.env), *map(self._day, days))

    def test_own_figures_beside_the_literature(self):
        effect = self._get_effect()
        rows = {row["key"]: row for row in effect["rows"]}
        told = {key: (row["count"], row["bought"], row["expected"], row["verdict"]) for key, row in rows.items()}
        self.assertEqual(
            told,
            {
                ("serious", "fast"): (20, 18, 52, "more than expected"),
                ("serious", "late"): (20, 6, 34, "cannot be told apart"),
                ("serious", "none"): (0, 0, None, ""),
                ("small", "fast"): (12, 8, 95, "fewer than expected"),
                ("small", "late"): (9, 0, 54, "too few to tell (below 10)"),
                ("small", "none"): (0, 0, None, ""),
            },
        )
        self.assertEqual(rows["serious", "fast"]["share"].replace("\xa0", " "), "90 % (70 to 97)")
        self.assertEqual(effect["waiting"], 1)

    def test_answers_beside_each_other(self):
        serious, small = self._get_effect()["sentences"]
        self.assertIn("18 of 20 ordered again after an answer in time, 6 of 20 after a late one", serious)
        self.assertIn("more than chance explains", serious)
        self.assertIn("too few to tell", small)

    def test_reader_counts_what_the_reader_may_see(self):
        rows = self._get_effect(self.boris)["rows"]
        self.assertFalse(any(row["count"] for row in rows))

    def test_only_the_period_counts(self):
        self.assertFalse(self._get_effect(days=(LONG_AGO - 1, 0))["has_any"])
        self.assertFalse(self._get_effect(days=(900, LONG_AGO + 1))["has_any"])
        self.assertTrue(self._get_effect(days=(LONG_AGO, LONG_AGO))["has_any"])

    def test_screen_shows_the_table_and_opens_its_rows(self):
        with Form(self._read_as(None, "winback.complaint.effect.sheet")) as form:
            self.assertIn("90", form.table)
            self.assertIn("Kotler", form.table)
        sheet = form.save()
        action = sheet.action_open_rows()
        rows = self._read_as(None, action["res_model"]).search(action["domain"])
        self.assertEqual((len(rows), sum(rows.mapped("bought_count"))), (62, 32))
        sheet.date_to = self._day(LONG_AGO + 1)
        self.assertIn("No complaint of this time", sheet.table)

    def test_quarterly_report_tells_it(self):
        effect = self._get()["complaint_effect"]
        self.assertEqual(effect["date_to"], self._day(180))
        self.assertEqual(sum(row["count"] for row in effect["rows"]), 61)
        text = self._get_text(self._print())
        self.assertIn("What came after complaints", text)
        self.assertIn("90 % (70 to 97)", text)
        self.assertNotIn("Not counted, as", text, "what is too young for the quarter is not of it")
