from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_case import CaseCase


@tagged("post_install", "-at_install")
class TestHandover(CaseCase):
    """Another account manager, in one click on the complaint."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.user_id = cls.anna
        order = cls.status.last_order_id
        cls.complaint = cls._create_complaint(order_id=order.id, team_id=cls.team.id, user_id=cls.leader.id)

    def test_leader_gives_the_customer_to_a_colleague(self):
        complaint = self.complaint.with_user(self.leader)
        self.assertTrue(complaint.may_hand_over)
        action = complaint.action_change_account_manager()
        self.assertEqual(self.customer.user_id, self.senior)
        self.assertEqual(self.cases.browse(action["res_id"]).user_id, self.senior)
        self.assertIn(self.senior.name, self.complaint.message_ids[0].body)

    def test_second_click_changes_nothing(self):
        self.complaint.action_change_account_manager()
        self.complaint.action_change_account_manager()
        self.assertEqual(self.customer.user_id, self.senior)

    def test_superior_of_the_settings_decides_too(self):
        head = self._create_user("wbh_head", "sales_team.group_sale_salesman")
        self.company.winback_superior_id = head
        self.assertTrue(self.complaint.with_user(head).may_hand_over)

    def test_salesperson_does_not_decide_it(self):
        self.complaint.user_id = self.anna
        complaint = self.complaint.with_user(self.anna)
        self.assertFalse(complaint.may_hand_over)
        with self.assertRaises(AccessError):
            complaint.action_change_account_manager()
        self.assertEqual(self.customer.user_id, self.anna)

    def test_nobody_else_leads_to_the_case(self):
        self.team.member_ids -= self.senior
        self.team.user_id = False
        self.company.winback_superior_id = False
        action = self.complaint.action_change_account_manager()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("nobody else", action["params"]["message"])
        self.assertEqual(action["params"]["next"]["res_model"], "winback.case")
        self.assertEqual(self.customer.user_id, self.anna)

    def test_leader_may_on_the_case_too(self):
        case = self._open()
        self.assertTrue(case.with_user(self.leader).may_hand_over)
        self.assertFalse(case.with_user(self.senior).may_hand_over)
