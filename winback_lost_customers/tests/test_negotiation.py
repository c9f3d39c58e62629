from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common_case import MODULE, PROMISE_TYPE, CaseCase


@tagged("post_install", "-at_install")
class TestNegotiation(CaseCase):
    def setUp(self):
        super().setUp()
        self.case = self._open()
        self.cron = self.env.ref(f"{MODULE}.ir_cron_winback_promise")

    def _promise(self, **values):
        return self.env["winback.negotiation"].create(
            {
                "case_id": self.case.id,
                "kind": "our_promise",
                "name": "Free delivery",
                "user_id": self.leader.id,
                "date_due": self.today,
                **values,
            }
        )

    def _remind(self):
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()
        return self._get_planned(self.case, PROMISE_TYPE)

    def test_promises_need_an_owner_and_a_day(self):
        for kind in ("our_promise", "customer_promise"):
            for name in ("user_id", "date_due"):
                with self.subTest(f"{kind} {name}"), self.assertRaisesRegex(
                    ValidationError, "Say who sees to"
                ):
                    self._promise(kind=kind, **{name: False})

    def test_claims_need_neither(self):
        claim = self._promise(kind="customer_claim", user_id=False, date_due=False)
        self.assertFalse(claim.is_promise)
        self.assertEqual(self.case.open_promise_count, 0)
        with self.assertRaisesRegex(UserError, "Only promises"):
            claim.action_kept()
        with self.assertRaises(ValidationError):
            claim.kind = "our_promise"

    def test_cron_reminds_once(self):
        promise = self._promise()
        reminder = self._remind()
        self.assertEqual(reminder.user_id, self.leader)
        self.assertEqual(reminder.summary, "Promised to Customer: Free delivery")
        self.assertEqual(promise.reminded_date, self.today)
        self.assertEqual(self._remind(), reminder)

    def test_reminder_of_the_customers_promise(self):
        self._promise(kind="customer_promise", name="Answer")
        self.assertEqual(self._remind().summary, "Promised by Customer: Answer")

    def test_nobody_is_reminded_before_the_day(self):
        self._promise(date_due=self._day(-1))
        self.assertFalse(self._remind())

    def test_nobody_is_reminded_of_what_is_settled(self):
        self._promise().action_kept()
        self.assertFalse(self._remind())

    def test_owner_is_reminded_when_nobody_else_is_there(self):
        self._promise()
        self.leader.active = False
        self.assertEqual(self._remind().user_id, self.senior)

    def test_another_day_reminds_again(self):
        promise = self._promise()
        reminder = self._remind()
        promise.date_due = self._day(-3)
        self.assertFalse(reminder.exists())
        self.assertFalse(promise.reminded_date)
        self.assertFalse(self._remind())

    def test_kept_and_broken_are_dated(self):
        promise = self._promise()
        reminder = self._remind()
        self.assertEqual(self.case.open_promise_count, 1)
        promise.action_broken()
        self.assertEqual(promise.state, "broken")
        self.assertEqual(promise.date_settled, self.today)
        self.assertFalse(reminder.exists())
        self.assertEqual(self.case.open_promise_count, 0)
        promise.state = "open"
        self.assertFalse(promise.date_settled)
        self.assertTrue(self._remind())

    def test_promise_entered_when_it_is_settled_already_is_dated(self):
        self.assertEqual(self._promise(state="kept").date_settled, self.today)
        self.assertEqual(self._promise(state="broken").date_settled, self.today)
        self.assertFalse(self._promise().date_settled)
        self.assertFalse(self._promise(state="open").date_settled)

    def test_reminder_done_keeps_the_promise(self):
        promise = self._promise()
        self._remind().with_user(self.leader).action_feedback()
        self.assertEqual(promise.state, "kept")
        self.assertEqual(promise.date_settled, self.today)

    def test_reminder_outlives_the_case(self):
        promise = self._promise()
        reminder = self._remind()
        self.case._win(self._create_order(self.customer, 0))
        self.assertTrue(reminder.exists())
        reminder.action_feedback()
        self.assertEqual(promise.state, "kept")

    def test_reminder_stays_with_who_sees_to_it(self):
        self._promise()
        reminder = self._remind()
        self.case.user_id = self.boss
        self.assertEqual(reminder.user_id, self.leader)

    def test_who_does_not_see_the_case_sees_no_negotiation(self):
        with self.assertRaises(AccessError):
            self._promise().with_user(self.anna).read(["name"])
