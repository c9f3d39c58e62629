from odoo.exceptions import UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged


class TestCallOutcome(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.env["res.partner"].create({"name": "Customer"})

    def _schedule(self, activity_type="mail.mail_activity_data_call", **values):
        return self.partner.activity_schedule(activity_type, **values)

    def test_reached_call_is_done(self):
        call = self._schedule()
        self.assertFalse(call.action_winback_outcome("reached", feedback="Likes us"))
        self.assertEqual(
            (call.active, call.winback_outcome, call.feedback), (False, "reached", "Likes us")
        )

    def test_call_not_reached_is_done_and_plans_the_next(self):
        call = self._schedule()
        action = call.action_winback_not_reached()
        self.assertEqual((call.active, call.winback_outcome), (False, "not_reached"))
        following = self.env["mail.activity"].with_context(**action["context"]).new({})
        self.assertEqual(following.activity_type_id, call.activity_type_id)
        self.assertEqual(following.res_id, self.partner.id)

    def test_call_with_a_fixed_successor_plans_nothing_else(self):
        call = self._schedule()
        call.activity_type_id.write(
            {
                "chaining_type": "trigger",
                "triggered_next_type_id": self.env.ref("mail.mail_activity_data_todo").id,
            }
        )
        self.assertFalse(call.action_winback_not_reached())
        self.assertEqual(len(self.partner.activity_ids), 1)

    def test_several_calls_are_closed_at_once(self):
        calls = self._schedule() + self._schedule()
        self.assertFalse(calls.action_winback_not_reached())
        self.assertEqual(calls.mapped("active"), [False, False])

    def test_chatter_says_the_outcome(self):
        self._schedule().action_winback_not_reached()
        self.assertIn("Not reached", self.partner.message_ids[0].body)
        self._schedule().action_feedback()
        self.assertNotIn("eached", self.partner.message_ids[0].body)

    def test_only_calls_have_an_outcome(self):
        task = self._schedule("mail.mail_activity_data_todo")
        with self.assertRaises(UserError):
            task.action_winback_reached()
        self.assertTrue(task.active)

    def test_unknown_outcome_is_refused(self):
        with self.assertRaises(ValueError):
            self._schedule().action_winback_outcome("perhaps")

    def test_outcome_is_not_copied(self):
        call = self._schedule()
        call.action_winback_reached()
        self.assertFalse(call.copy().winback_outcome)


@tagged("post_install", "-at_install")
class TestCallOutcomeTour(HttpCase):
    def test_call_is_closed_in_one_click(self):
        user = new_test_user(
            self.env,
            "winback_caller",
            groups="base.group_user,base.group_partner_manager,sales_team.group_sale_salesman",
            tour_enabled=False,
        )
        partner = self.env["res.partner"].create({"name": "Called Customer"})
        calls = self.env["mail.activity"]
        for summary in ("First call", "Second call"):
            calls += partner.activity_schedule(
                "mail.mail_activity_data_call", summary=summary, user_id=user.id
            )
        self.start_tour(
            f"/odoo/res.partner/{partner.id}", "winback_call_outcome_tour", login=user.login
        )
        self.assertEqual(calls.mapped("winback_outcome"), ["not_reached", "reached"])
        self.assertEqual(calls.mapped("active"), [False, False])
        self.assertEqual(partner.activity_ids.mapped("summary"), ["Third call"])
        self.assertEqual(calls[1].feedback, "Wants an offer")
