from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common_case import MODULE, CaseCase

CALL = "mail.mail_activity_data_call"


@tagged("post_install", "-at_install")
class TestCaseContact(CaseCase):
    def setUp(self):
        super().setUp()
        self.case = self._open_prepared().with_user(self.senior)

    def _get_days(self):
        """Return in how many days contacts are planned."""
        planned = self._get_planned(self.case, CALL)
        return sorted((day - self.today).days for day in planned.mapped("date_deadline"))

    def test_prepared_case_has_a_plan(self):
        self.assertEqual(self._get_days(), [0, 10, 30])
        self.assertEqual(self.case.planned_count, 3)
        self.assertEqual(self.case.done_count, 0)
        self.assertEqual(self.case.missing_contact_count, 3)
        self.assertEqual(self.case.date_next, self.today)

    def test_reached(self):
        self.case.action_reached()
        self.assertEqual(self.case.state, "contact")
        self.assertEqual(self.case.done_count, 1)
        self.assertEqual(self.case.attempt_count, 0)
        self.assertEqual(self.case.missing_contact_count, 2)
        self.assertEqual(self.case.last_contact_date, self.today)
        self.assertEqual(self.case.last_outcome, "reached")
        self.assertEqual(self._get_days(), [10, 30])
        self.assertEqual(self.case.date_next, self._day(-10))

    def test_page_shows_contacts_planned_and_done(self):
        self.case.action_reached()
        self.env.invalidate_all()
        [values] = self.case.web_read({"contact_ids": {"fields": {"date_done": {}}}})
        done = [bool(contact["date_done"]) for contact in values["contact_ids"]]
        self.assertEqual(sorted(done), [False, False, True])

    def test_next_step_follows_a_contact_that_is_moved(self):
        first, second, _third = self._get_planned(self.case, CALL).sorted("date_deadline")
        first.date_deadline = self._day(-20)
        self.assertEqual(self.case.date_next, self._day(-10))
        (first | second).date_deadline = self._day(-25)
        self.assertEqual(self.case.date_next, self._day(-25))

    def test_next_step_follows_a_contact_moved_by_who_does_not_see_the_case(self):
        for contact in self._get_planned(self.case, CALL):
            contact.user_id = self.anna
            contact.with_user(self.anna).date_deadline = self._day(-40)
        self.assertEqual(self.case.date_next, self._day(-40))

    def test_putting_off_moves_the_contacts_planned_for_before(self):
        self.case.action_put_off()
        self.assertEqual(self._get_days(), [7, 10, 30])
        self.assertEqual(self.case.date_next, self._day(-7))
        self.case.action_put_off()
        self.assertEqual(self._get_days(), [14, 14, 30])
        self.assertEqual(self.case.date_next, self._day(-14))
        self.assertEqual(self.case.planned_count, 3)

    def test_moved_activity_that_is_no_contact_moves_nothing(self):
        activity = self.case.activity_schedule("mail.mail_activity_data_todo")
        activity.date_deadline = self._day(5)
        self.assertEqual(self.case.date_next, self.today)

    def test_contact_planned_earlier_brings_the_next_step_forward(self):
        self._get_planned(self.case, CALL).date_deadline = self._day(-20)
        self.case.activity_schedule(CALL, date_deadline=self._day(-30))
        self.assertEqual(self.case.date_next, self._day(-20))
        self.case.activity_schedule(CALL, date_deadline=self._day(-3))
        self.assertEqual(self.case.date_next, self._day(-3))

    def test_contact_moved_after_the_end_leaves_the_case_without_a_next_step(self):
        self.case._close("gone")
        activity = self.case.activity_schedule(CALL, date_deadline=self._day(-3))
        activity.date_deadline = self._day(-5)
        self.assertFalse(self.case.date_next)

    def test_not_reached_is_tried_again(self):
        self.case.action_not_reached()
        self.assertEqual(self.case.state, "prepared")
        self.assertEqual(self.case.done_count, 0)
        self.assertEqual(self.case.attempt_count, 1)
        self.assertEqual(self.case.planned_count, 3)
        self.assertEqual(self.case.missing_contact_count, 3)
        self.assertEqual(self._get_days(), [2, 10, 30])
        self.assertEqual(self.case.date_next, self._day(-2))

    def test_refused_asks_when_to_try_again(self):
        action = self.case.action_refused()
        self.assertEqual(self.case.last_outcome, "refused")
        self.assertEqual(self.case.state, "contact")
        self.assertEqual(action["res_model"], "winback.case.close")
        self.assertEqual(action["context"]["default_state"], "later")
        self.assertEqual(action["context"]["default_case_id"], self.case.id)

    def test_agreed(self):
        self.case.action_agreed()
        self.assertEqual(self.case.last_outcome, "agreed")
        self.assertEqual(self.case.done_count, 1)

    def test_unknown_outcome_is_refused(self):
        with self.assertRaisesRegex(UserError, "no outcome of a contact"):
            self.case._log_contact("maybe")
        self.assertEqual(self.case.done_count, 0)

    def test_closed_case_has_no_contacts(self):
        self.case._close("gone")
        with self.assertRaisesRegex(UserError, "closed already"):
            self.case._log_contact("reached")

    def test_contact_beyond_the_plan_is_done_and_was_not_planned(self):
        for _number in range(4):
            self.case._log_contact("reached", note="Spoke to them")
        self.assertEqual(self.case.done_count, 4)
        self.assertEqual(self.case.planned_count, 3)
        self.assertEqual(self.case.missing_contact_count, 0)
        self.assertEqual(self.case.date_next, self._day(-14))

    def test_activity_done_in_the_thread_counts(self):
        call = self._get_planned(self.case, CALL).sorted("date_deadline")[0]
        call.with_user(self.senior).action_winback_not_reached()
        self.assertEqual(self.case.attempt_count, 1)
        call = self._get_planned(self.case, CALL).sorted("date_deadline")[0]
        call.with_user(self.senior).action_feedback(feedback="Spoke to them")
        self.assertEqual(self.case.done_count, 1)
        self.assertEqual(self.case.state, "contact")

    def test_activity_waits_for_the_preparation(self):
        self.case.check_ids[0].is_done = False
        call = self._get_planned(self.case, CALL)[0].with_user(self.senior)
        with self.assertRaisesRegex(UserError, "Prepare the contact"):
            call.action_feedback()
        self.assertTrue(call.active)

    def test_other_activities_are_no_contacts(self):
        todo = self.case.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.senior.id
        )
        todo.action_feedback()
        self.assertEqual(self.case.planned_count, 3)
        self.assertEqual(self.case.done_count, 0)

    def test_planned_contact_is_not_cancelled(self):
        call = self._get_planned(self.case, CALL)[0].with_user(self.senior)
        with self.assertRaisesRegex(UserError, "can be moved to another day"):
            call.unlink()
        call.date_deadline = self._day(-40)
        call.with_user(self.boss).unlink()
        self.assertEqual(self.case.planned_count, 3)

    def test_plan_is_only_increased(self):
        self.case.action_more_contacts()
        self.assertEqual(self.case.planned_count, 4)
        self.assertEqual(self._get_days(), [0, 7, 10, 30])
        with self.assertRaisesRegex(ValidationError, "only be increased"):
            self.case.sudo().planned_count = 3

    def test_plan_is_not_started_twice(self):
        self.case.check_ids[0].action_toggle()
        self.case.check_ids[0].action_toggle()
        self.assertEqual(self.case.state, "prepared")
        self.assertEqual(self.case.planned_count, 3)


@tagged("post_install", "-at_install")
class TestContactPlan(CaseCase):
    def test_plan_of_the_class(self):
        self._set_columns(self.status, value_class_id=self.gold.id)
        case = self._open_prepared()
        self.assertEqual(case.planned_count, 5)
        self.assertEqual(len(self._get_planned(case, "mail.mail_activity_data_meeting")), 1)

    def test_plan_of_the_reason_goes_before_that_of_the_class(self):
        self._set_columns(self.status, value_class_id=self.gold.id)
        neglect = self.env.ref(f"{MODULE}.winback_reason_neglect")
        self.assertEqual(self._open_prepared(reason=neglect).planned_count, 6)

    def test_larger_plan_adds_what_is_missing(self):
        case = self._open_prepared()
        neglect = self.env.ref(f"{MODULE}.winback_reason_neglect")
        case.check_ids[0].action_toggle()
        self._prepare(case, reason=neglect)
        self.assertEqual(case.planned_count, 6)

    def test_plan_of_another_company_is_not_used(self):
        other = self._create_company("Other Test Company")
        self.env.ref(f"{MODULE}.winback_plan_contact").company_id = other
        self.assertEqual(self._open_prepared().planned_count, 0)
