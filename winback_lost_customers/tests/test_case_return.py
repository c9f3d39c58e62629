from odoo.tests import tagged

from .common_case import MODULE, REASON_TYPE, CaseCase


@tagged("post_install", "-at_install")
class TestCaseReturn(CaseCase):
    def setUp(self):
        super().setUp()
        self.case = self._open()

    def test_order_wins_the_case_in_a_live_run(self):
        order = self._create_order(self.customer, 0, user_id=self.anna.id)
        self._run()
        self.assertEqual(self.case.state, "won")
        self.assertEqual(self.case.won_order_id, order)
        self.assertEqual(self.case.date_closed, self.today)

    def test_run_as_of_a_day_before_wins_nothing(self):
        self._create_order(self.customer, 0)
        self._run(self._day(1))
        self.assertEqual(self.case.state, "new")

    def test_order_before_the_opening_does_not_count(self):
        self._create_order(self.customer, 1)
        self._run()
        self.assertEqual(self.case.state, "new")

    def test_quotation_does_not_count(self):
        self._create_order(self.customer, 0, state="sent")
        self._run()
        self.assertEqual(self.case.state, "new")

    def test_order_in_another_company_does_not_count(self):
        self._create_order(self.customer, 0, company=self._create_company("Other Test Company"))
        self._run()
        self.assertEqual(self.case.state, "new")

    def test_order_of_a_contact_counts(self):
        contact = self.env["res.partner"].create(
            {"name": "Person", "parent_id": self.customer.id}
        )
        order = self._create_order(contact, 0)
        self._run()
        self.assertEqual(self.case.won_order_id, order)

    def test_run_for_some_customers_leaves_the_others(self):
        self._create_order(self.customer, 0)
        other = self._create_customer("Other")
        self._run(partners=other)
        self.assertEqual(self.case.state, "new")
        self._run(partners=self.customer)
        self.assertEqual(self.case.state, "won")

    def test_case_closed_otherwise_is_not_won(self):
        self.case._close("gone")
        self._create_order(self.customer, 0)
        self._run()
        self.assertEqual(self.case.state, "gone")

    def test_return_is_followed_step_by_step(self):
        self._create_order(self.customer, 0)
        self._run()
        planned = self._get_planned(self.case, f"{MODULE}.mail_act_case_follow")
        days = sorted((day - self.today).days for day in planned.mapped("date_deadline"))
        self.assertEqual(days, [0, 7, 21, 45])
        self.assertEqual(planned.user_id, self.senior)
        self.assertEqual(self.case.planned_count, 0)

    def test_first_three_orders_are_followed(self):
        orders = self._create_orders(self.customer, [0, 0])
        self._run()
        self.assertEqual(self.case.order_ids.order_id, orders)
        later = self._create_orders(self.customer, [0, 0])
        self._run()
        self.assertEqual(self.case.order_ids.order_id, orders | later[0])
        self._run()
        self.assertEqual(len(self.case.order_ids), 3)

    def test_steps_of_an_order(self):
        order = self._create_order(self.customer, 0)
        self._run()
        line = self.case.order_ids.with_user(self.senior)
        self.assertEqual(line.step, "confirmed")
        self._set_columns(order, invoice_status="invoiced")
        line.invalidate_recordset()
        self.assertEqual(line.step, "invoiced")
        line.action_satisfied()
        self.assertEqual(line.step, "asked")
        self.assertEqual(line.asked_date, self.today)
        self._set_columns(order, state="cancel")
        line.invalidate_recordset()
        self.assertEqual(line.step, "cancelled")

    def test_unsatisfied_customer_complains(self):
        order = self._create_order(self.customer, 0)
        self._run()
        action = self.case.order_ids.action_not_satisfied()
        self.assertEqual(self.case.order_ids.satisfied, "no")
        self.assertEqual(action["res_model"], "winback.complaint")
        self.assertIn(order.id, action["context"].values())


@tagged("post_install", "-at_install")
class TestSecondLoss(CaseCase):
    def setUp(self):
        super().setUp()
        self.case = self._open()
        self.case._win(self._create_order(self.customer, 0))
        self._set_columns(self.case, date_closed=self._day(30))

    def _lose(self, days_ago, state="lost"):
        self._set_columns(self.status, state=state, state_since=self._day(days_ago))
        self.cases._follow_losses(self.company)

    def test_second_loss_is_noted_and_asked_for(self):
        self._lose(5)
        self.assertEqual(self.case.second_loss_date, self._day(5))
        self.assertTrue(self.case.is_second_loss)
        question = self.case.activity_ids
        self.assertEqual(question.activity_type_id, self.env.ref(REASON_TYPE))
        self.assertEqual(question.user_id, self.senior)
        self.assertIn("for the second time", self.case.message_ids[0].body)

    def test_answer_is_the_reason_of_the_second_loss(self):
        self.case.reason_id = self.reason
        self._lose(5)
        wizard = self.env["winback.case.reason"].with_user(self.senior)
        wizard.create(
            {"activity_id": self.case.activity_ids.id, "reason_id": self.delivery.id}
        ).action_answer()
        self.assertEqual(self.case.second_reason_id, self.delivery)
        self.assertEqual(self.case.reason_id, self.reason)
        self.assertFalse(self.case.activity_ids)

    def test_loss_is_noted_once(self):
        self._lose(5)
        self._lose(2)
        self.assertEqual(self.case.second_loss_date, self._day(5))
        self.assertEqual(len(self.case.activity_ids), 1)

    def test_loss_before_the_return_is_not_the_second(self):
        self._lose(30)
        self.assertFalse(self.case.second_loss_date)

    def test_customer_at_risk_is_not_lost_again(self):
        self._lose(5, state="at_risk")
        self.assertFalse(self.case.second_loss_date)

    def test_next_case_shows_the_reasons_side_by_side(self):
        self.case.reason_id = self.reason
        self._lose(5)
        case = self._open(reason_id=self.delivery.id)
        self.assertEqual(case.previous_case_id, self.case)
        self.assertEqual(case.previous_state, "won")
        self.assertEqual(case.previous_reason_id, self.reason)
        self.assertTrue(case.is_second_loss)
