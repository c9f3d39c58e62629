from datetime import timedelta

from odoo.tests import new_test_user, tagged

from .common import WinbackCase


class RhythmCase(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.call = cls.env.ref("mail.mail_activity_data_call")
        classes = cls.env["winback.value.class"]._get_classes(cls.company)
        classes.contact_days = 30

    def _call(self, partner, days_ago, outcome=False):
        activity = self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": partner.id,
                "activity_type_id": self.call.id,
                "winback_outcome": outcome,
            }
        )
        activity._action_done()
        self._set_columns(activity, date_done=self._day(days_ago))


@tagged("post_install", "-at_install")
class TestContactRhythm(RhythmCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.well = cls._create_customer("Well")
        cls._create_orders(cls.well, [70, 40, 10])
        cls._run()
        cls.status = cls._get_status(cls.well)

    def _is_overdue(self):
        """Return what the field says, which must be what the search finds."""
        self.env.invalidate_all()
        domain = [("is_contact_overdue", "=", True), ("company_id", "=", self.company.id)]
        found = self.env["winback.status"].search(domain)
        self.assertEqual(self.status in found, self.status.is_contact_overdue)
        return self.status.is_contact_overdue

    def test_overdue_the_day_after(self):
        self._call(self.well, 30)
        self.assertEqual(self.status.next_contact_date, self.today)
        self.assertFalse(self._is_overdue())
        self._set_columns(
            self.env["mail.activity"].with_context(active_test=False).search(
                [("res_model", "=", "res.partner"), ("res_id", "=", self.well.id)]
            ),
            date_done=self._day(31),
        )
        self.assertTrue(self._is_overdue())
        self.assertEqual(self.status.last_contact_date, self._day(31))

    def test_without_a_contact_the_rhythm_begins_with_the_first_order(self):
        self.assertEqual(self.status.next_contact_date, self._day(40))
        self.assertTrue(self._is_overdue())

    def test_call_that_reached_nobody_is_no_contact(self):
        self._call(self.well, 5, "not_reached")
        self.assertTrue(self._is_overdue())
        self._call(self.well, 5, "reached")
        self.assertFalse(self._is_overdue())

    def test_call_of_a_contact_counts(self):
        person = self.env["res.partner"].create({"name": "Person", "parent_id": self.well.id})
        self._call(person, 5)
        self.assertFalse(self._is_overdue())

    def test_class_without_a_rhythm(self):
        self.status.value_class_id.contact_days = 0
        self.assertFalse(self._is_overdue())
        self.assertFalse(self.status.next_contact_date)

    def test_who_is_not_well_is_a_case_instead(self):
        self._set_columns(self.status, state="lost")
        self.assertFalse(self._is_overdue())

    def test_negated_search(self):
        domain = [("is_contact_overdue", "=", False), ("company_id", "=", self.company.id)]
        self.assertNotIn(self.status, self.env["winback.status"].search(domain))
        self._call(self.well, 5)
        self.assertIn(self.status, self.env["winback.status"].search(domain))

    def test_two_companies(self):
        other = self._create_company("Other Test Company")
        self._create_orders(self.well, [20, 10], company=other)
        self._run(company=other)
        both = self.env["winback.status"].with_context(
            allowed_company_ids=(self.company | other).ids
        )
        found = both.search([("is_contact_overdue", "=", True), ("partner_id", "=", self.well.id)])
        self.assertEqual(found, self.status)


@tagged("post_install", "-at_install")
class TestYearlyContact(RhythmCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = new_test_user(
            cls.env, "yc_anna", groups="sales_team.group_sale_salesman",
            company_id=cls.company.id, company_ids=cls.company.ids,
        )  # fmt: skip
        cls.lost = cls._create_lost("Lost", user_id=cls.anna.id)

    @classmethod
    def _create_lost(cls, name, days_ago=(500, 470, 440), **values):
        customer = cls._create_customer(name)
        cls._create_orders(customer, days_ago, **values)
        return customer

    def _plan(self, today=None):
        self._run(today)
        return self.env["winback.yearly.contact"]._plan(self.company, today or self.today)

    def test_lost_customer_is_called_without_selling(self):
        activity = self._plan()
        self.assertEqual((activity.res_model, activity.res_id), ("res.partner", self.lost.id))
        self.assertEqual(activity.user_id, self.anna)
        self.assertEqual(activity.date_deadline, self.today + timedelta(days=14))
        self.assertEqual(activity.activity_category, "phonecall")

    def test_planned_once(self):
        self._plan()
        self.company.winback_yearly_budget = 50
        self.assertFalse(self._plan())

    def test_contact_within_the_year_counts(self):
        self._call(self.lost, 364)
        self.assertFalse(self._plan())

    def test_contact_of_a_year_ago_does_not_count(self):
        self._call(self.lost, 365)
        self.assertTrue(self._plan())

    def test_call_that_reached_nobody_leaves_it_due(self):
        self._call(self.lost, 100, "not_reached")
        self.assertTrue(self._plan())

    def test_budget_of_the_day_for_who_was_worth_most(self):
        self.company.winback_yearly_budget = 1
        better = self._create_lost("Better", amount=900, user_id=self.anna.id)
        self.assertEqual(self._plan().res_id, better.id)
        self.assertFalse(self._plan())
        # the next day it is the other's turn
        self.assertEqual(self._plan(self.today + timedelta(days=1)).res_id, self.lost.id)

    def test_without_a_budget_none(self):
        self.company.winback_yearly_budget = 0
        self.assertFalse(self._plan())

    def test_for_so_many_years(self):
        self.company.winback_yearly_years = 1
        self.assertFalse(self._plan())

    def test_who_is_left_alone(self):
        reason = self.env["winback.reason"].create({"name": "R", "is_recoverable": False})
        case = {"partner_id": self.lost.id, "company_id": self.company.id}
        left_alone = {
            "archived": lambda: self.lost.write({"active": False}),
            "excluded": lambda: self.env["winback.exclusion"].create({"partner_id": self.lost.id}),
            "given up": lambda: (self._run(), self._get_status(self.lost).action_give_up()),
            "case": lambda: self.env["winback.case"].create(case),
            "hopeless": lambda: self.env["winback.case"].create(
                {**case, "state": "later", "date_closed": self._day(9), "reason_id": reason.id}
            ),
        }
        for name, leave_alone in left_alone.items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                leave_alone()
                self.assertFalse(self._plan())
                savepoint.rollback()
                self.env.invalidate_all()

    def test_without_a_salesperson_the_leader_then_the_superior(self):
        orders = self.env["sale.order"].search([("partner_id", "=", self.lost.id)])
        for order in orders:
            self._set_columns(order, user_id=None)
        self.assertFalse(self._plan())  # nobody: no task without an owner
        superior = new_test_user(
            self.env, "yc_boss", groups="sales_team.group_sale_manager",
            company_id=self.company.id, company_ids=self.company.ids,
        )  # fmt: skip
        self.company.winback_superior_id = superior
        self.assertEqual(self._plan().user_id, superior)

    def test_salesperson_who_has_left_is_passed_over(self):
        self.anna.active = False
        self.assertFalse(self._plan())
