from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_case import CaseCase


@tagged("post_install", "-at_install")
class TestCaseAssignment(CaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.junior = cls._create_user("wbc_junior", "sales_team.group_sale_salesman")
        cls.team.member_ids += cls.junior
        # of customers whom she did not lose she gets none either
        cls._get_member(cls.anna).winback_away_until = cls._day(-9)

    def _get_explanation(self, case):
        return " ".join(case.message_ids.mapped("body"))

    def test_never_who_lost_the_customer(self):
        (self._get_member(self.senior) | self._get_member(self.junior)).unlink()
        self.team.user_id = False
        case = self._open()
        self.assertFalse(case.user_id)
        self.assertIn("Nobody may take this case", self._get_explanation(case))

    def test_wanted_owner_who_lost_the_customer_does_not_get_it(self):
        self.assertEqual(self._open(user=self.anna).user_id, self.junior)

    def test_wanted_owner_gets_it(self):
        self.assertEqual(self._open(user=self.leader).user_id, self.leader)

    def test_first_class_goes_to_the_senior(self):
        self._set_columns(self.status, value_class_id=self.gold.id)
        self.assertEqual(self._open().user_id, self.senior)

    def test_without_a_class_it_goes_to_the_junior(self):
        self.assertEqual(self._open().user_id, self.junior)

    def test_seniority_of_the_class_decides(self):
        self._set_columns(self.status, value_class_id=self.gold.id)
        self.gold.case_seniority = "management"
        self.assertEqual(self._open().user_id, self.leader)

    def test_largest_customers_are_the_managements_own(self):
        self.company.winback_management_margin_rank = 1
        small = self._create_customer("Small")
        self._create_history(small, margin=10)
        self._run()
        self._set_columns(self._get_status(small), value_class_id=None)
        self.assertEqual(self._open().user_id, self.leader)
        self.assertEqual(self._open(small).user_id, self.junior)

    def test_who_is_away_gets_nothing(self):
        member = self._get_member(self.junior)
        member.winback_away_until = self.today
        case = self._open()
        self.assertEqual(case.user_id, self.senior)
        self.assertIn("is away until", self._get_explanation(case))
        member.winback_away_until = self._day(1)
        self.assertEqual(self._open(self._create_customer("Two")).user_id, self.junior)

    def test_who_has_enough_gets_nothing(self):
        self.company.winback_case_load = 1
        customers = [self._create_customer(name) for name in "AB"]
        self.assertEqual(self._open(customers[0]).user_id, self.junior)
        case = self._open(customers[1])
        self.assertEqual(case.user_id, self.senior)
        self.assertIn(f"{self.junior.name} has 1 open cases", self._get_explanation(case))

    def test_load_is_spread_in_one_batch(self):
        self.member.winback_seniority = "junior"
        customers = self.env["res.partner"]
        for name in "ABCD":
            customers |= self._create_customer(name)
        owners = [case.user_id for case in self._open(customers)]
        self.assertEqual(owners.count(self.junior), 2)
        self.assertEqual(owners.count(self.senior), 2)

    def test_closed_cases_are_no_load(self):
        self.company.winback_case_load = 1
        self._open(self._create_customer("A"))._close("dismissed")
        self.assertEqual(self._open().user_id, self.junior)

    def test_thread_says_why(self):
        words = self._get_explanation(self._open())
        self.assertIn(f"Given to {self.junior.name}", words)
        self.assertIn("no class yet", words)
        self.assertIn(f"not {self.anna.name}, who made the last order", words)

    def test_leader_assigns_again_and_members_do_not(self):
        case = self._open(user=self.senior)
        with self.assertRaises(AccessError):
            case.with_user(self.senior).action_assign()
        case.with_user(self.leader).action_assign()
        self.assertEqual(case.user_id, self.junior)

    def test_new_owner_gets_what_was_planned(self):
        case = self._open_prepared()
        planned = case.contact_ids
        self.assertEqual(planned.user_id, self.junior)
        case.user_id = self.senior
        self.assertEqual(planned.user_id, self.senior)


@tagged("post_install", "-at_install")
class TestAccountManager(CaseCase):
    def setUp(self):
        super().setUp()
        self.contact = self.env["res.partner"].create(
            {"name": "Person", "parent_id": self.customer.id, "user_id": self.anna.id}
        )
        self.quotation = self._create_order(
            self.customer, 5, state="draft", user_id=self.anna.id
        )
        self.lead = self._create_lead(self.contact, user_id=self.anna.id)
        self.case = self._open()

    def test_everything_open_goes_along(self):
        activity = self.customer.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.anna.id
        )
        last = self.status.last_order_id
        self.case.with_user(self.leader).action_change_account_manager()
        self.assertEqual(self.customer.user_id, self.senior)
        self.assertEqual(self.contact.user_id, self.senior)
        self.assertEqual(self.quotation.user_id, self.senior)
        self.assertEqual(self.lead.user_id, self.senior)
        self.assertEqual(activity.user_id, self.senior)
        self.assertEqual(last.user_id, self.anna)
        self.assertIn("1 quotations, 1 opportunities", self.case.message_ids[0].body)

    def test_won_and_lost_opportunities_stay(self):
        self.lead.action_set_lost()
        self.case.action_change_account_manager()
        self.assertEqual(self.lead.user_id, self.anna)

    def test_owner_does_not_decide_it(self):
        with self.assertRaises(AccessError):
            self.case.with_user(self.senior).action_change_account_manager()
        self.assertEqual(self.customer.user_id, self.anna)

    def test_case_without_an_owner(self):
        self.case.user_id = False
        with self.assertRaisesRegex(UserError, "no owner yet"):
            self.case.action_change_account_manager()
