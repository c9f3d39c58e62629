import base64
from datetime import date, datetime
from io import BytesIO

from openpyxl import load_workbook
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common_figures import FiguresCase

YEAR = {"date_from": date(2026, 1, 1), "date_to": date(2026, 6, 15)}


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestLossCalculator(FiguresCase):
    """The sheet against an example reckoned by hand.

    On 31 December four customers of Anna had bought twice and were not lost. Cora's last
    order was on 20 October: lost on 18 April. Four customers bought in the period: Ada 300
    and 500, Ben 400, Dora 600, and Eve, who is new, 200. That is 2,000 with a margin of 600.

        customers at the start           4
        lost (%)                        25      1 of 4
        average sales per customer     500      2,000 of 4 who bought
        missed sales                   500      4 x 25 % x 500
        profit (% of sales)             30      600 of 2,000
        profit lost                    150      500 x 30 %
    """

    @classmethod
    def _tell_more(cls):
        cls.own_team = cls._create_team("Hand", cls.leader)
        cls.keeper = cls._create_user("wbc_keeper", "sales_team.group_sale_salesman")
        cls.by_hand = cls.env["res.partner"]
        for name, sold in {
            "Ada": {(2025, 11, 1): 100, (2025, 12, 1): 100, (2026, 3, 1): 300, (2026, 5, 1): 500},
            "Ben": {(2025, 10, 1): 100, (2025, 12, 5): 100, (2026, 2, 1): 400},
            "Cora": {(2025, 8, 21): 100, (2025, 9, 20): 100, (2025, 10, 20): 100},
            "Dora": {(2025, 9, 1): 100, (2025, 12, 31): 100, (2026, 4, 1): 600},
            "Eve": {(2026, 5, 20): 200},
        }.items():
            cls._sell(name, sold)

    @classmethod
    def _sell(cls, name, sold):
        """Create a customer with orders; the margin is 30 % in the period, else nothing."""
        partner = cls._create_customer(name, user_id=cls.keeper.id)
        cls.by_hand |= partner
        for day, amount in sold.items():
            cls._create_order(
                partner,
                moment=datetime(*day, 12),
                amount=amount,
                margin=amount * 0.3 if day[0] == 2026 else 0,
                user_id=cls.keeper.id,
                team_id=cls.own_team.id,
            )

    def _create_sheet(self, user=None, **values):
        return self._as(user or self.boss, "winback.loss.calculator").create({**YEAR, **values})

    def _read(self, sheet, prefix=""):
        """Return the six lines as numbers."""
        names = ("customers", "lost_rate", "average_sales", "missed_sales", "profit_rate", "profit_lost")
        return [round(sheet[prefix + name], 4) for name in names]

    def test_hand_computed_example_agrees_in_all_lines(self):
        for limit in ({"user_id": self.keeper.id}, {"team_id": self.own_team.id}):
            with self.subTest(**limit):
                sheet = self._create_sheet(**limit)
                self.assertEqual(self._read(sheet, "found_"), [4, 25, 500, 500, 30, 150])
                self.assertEqual(self._read(sheet), [4, 25, 500, 500, 30, 150])
                self.assertEqual(sheet.missed_formula, "4 × 25.0 % × 500.00\xa0€")
                self.assertEqual(sheet.profit_formula, "500.00\xa0€ × 30.0 %")

    def test_everybody_agrees_with_the_orders_in_plain_python(self):
        sheet = self._create_sheet()
        start, end = date(2025, 12, 31), self.today
        then, lost = self._get_cohort(start, end)
        stories = self._get_stories()
        sales = [sum(s.get_sales(YEAR["date_from"], end, column) for s in stories) for column in (0, 1)]
        buyers = [s for s in stories if s.get_sales(YEAR["date_from"], end)]
        self.assertEqual(sheet.found_customers, len(then) + 4)
        self.assertEqual(sheet.found_lost, len(lost) + 1)
        self.assertEqual(sheet.found_buyers, len(buyers) + 4)
        self.assertAlmostEqual(sheet.found_sales, sales[0] + 2000, 2)
        self.assertAlmostEqual(sheet.found_profit, sales[1] + 600, 2)
        self.assertTrue(all(self._read(sheet)))

    def test_every_input_can_be_changed(self):
        sheet = self._create_sheet(user_id=self.keeper.id)
        with Form(sheet) as form:
            form.lost_rate = 50
            self.assertEqual((form.missed_sales, form.profit_lost), (1000, 300))
            form.customers = 40
            form.average_sales = 100
            form.profit_rate = 10
            self.assertEqual((form.missed_sales, form.profit_lost), (2000, 200))
        self.assertEqual(self._read(sheet, "found_"), [4, 25, 500, 500, 30, 150])
        sheet.action_reset()
        self.assertEqual(self._read(sheet), [4, 25, 500, 500, 30, 150])

    def test_another_scope_begins_anew(self):
        sheet = self._create_sheet(user_id=self.keeper.id, lost_rate=50)
        self.assertEqual(sheet.missed_sales, 1000)
        sheet.user_id = self.anna
        self.assertEqual(sheet.lost_rate, sheet.found_lost_rate)
        self.assertNotEqual(sheet.average_sales, 500)
        self.assertEqual(sheet.average_sales, sheet.found_average_sales)

    def test_class_limits_the_customers(self):
        silver = self.env.ref("winback_lost_customers.winback_value_class_silver")
        for partner in self.by_hand:
            self._set_columns(self._get_status(partner), value_class_id=None)
        status = self._get_status(self.by_hand.filtered(lambda p: p.name == "Cora"))
        self._set_columns(status, value_class_id=silver.id)
        sheet = self._create_sheet(user_id=self.keeper.id, value_class_id=silver.id)
        self.assertEqual((sheet.found_customers, sheet.found_lost, sheet.found_sales), (1, 1, 0))

    def test_records_behind_the_lines(self):
        sheet = self._create_sheet(user_id=self.keeper.id)
        for action, expected in ((sheet.action_open_lost(), 1), (sheet.action_open_customers(), 4)):
            records = self._as(self.boss, action["res_model"]).with_context(active_test=False)
            self.assertEqual(records.search_count(action["domain"]), expected)

    def test_spreadsheet_has_the_figures_and_the_formulas(self):
        sheet = self._create_sheet(user_id=self.keeper.id, lost_rate=50)
        content = base64.b64decode(sheet.spreadsheet)
        values = load_workbook(BytesIO(content), data_only=True).active
        self.assertEqual([values.cell(row, 2).value for row in range(4, 10)], [4, 25, 500, 500, 30, 150])
        self.assertEqual([values.cell(row, 3).value for row in range(4, 10)], [4, 50, 500, 1000, 30, 300])
        formulas = load_workbook(BytesIO(content)).active
        self.assertEqual(formulas["C7"].value, "=C4*C5/100*C6")
        self.assertEqual(formulas["C9"].value, "=C7*C8/100")
        self.assertIn(self.keeper.name, formulas["A1"].value)

    def test_print(self):
        sheet = self._create_sheet(user_id=self.keeper.id)
        report = self._as(self.boss, "ir.actions.report")
        html, _kind = report._render_qweb_html("winback_lost_customers.report_winback_loss", sheet.ids)
        for words in ("1 lost / 4 at the start", "What did lost customers cost us?", "150.00"):
            self.assertIn(words, html.decode())
        self.assertEqual(sheet.action_print()["type"], "ir.actions.report")

    def test_foreign_currency_counts_at_the_rate_of_the_order(self):
        ada = self.by_hand.filtered(lambda partner: partner.name == "Ada")
        self._create_order(ada, 10, amount=600, margin=180, rate=2, user_id=self.keeper.id)
        self.assertAlmostEqual(self._create_sheet(user_id=self.keeper.id).found_sales, 2300)

    def test_only_managers_reckon(self):
        with self.assertRaises(AccessError):
            self._create_sheet(self.anna)

    def test_other_companies_are_out_of_reach(self):
        other = self._create_company("Other Test Company")
        self._create_orders(self._create_customer("Elsewhere"), [400, 300, 20], company=other)
        self._run(company=other)
        sheet = self._create_sheet(company_id=other.id)
        self.assertEqual((sheet.found_customers, sheet.found_sales), (0, 0))

    def test_unknown_start_is_told(self):
        self.assertTrue(self._create_sheet().has_history)
        self.assertFalse(self._create_sheet(date_from=date(2024, 1, 1)).has_history)

    def test_senseless_values_are_refused(self):
        with self.assertRaises(ValidationError):
            self._create_sheet(date_from=date(2026, 6, 1), date_to=date(2026, 5, 1))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._create_sheet(lost_rate=101).flush_recordset()

    def test_company_without_orders_has_zeros_and_no_error(self):
        sheet = self._create_sheet(date_from=date(1999, 1, 1), date_to=date(1999, 2, 1))
        self.assertEqual(self._read(sheet), [0, 0, 0, 0, 0, 0])
