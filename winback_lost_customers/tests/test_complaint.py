from datetime import date, datetime, timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ..models import winback_complaint_activity
from .common_complaint import ComplaintCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestComplaintDeadline(ComplaintCase):
    def test_serious_complaint_is_due_after_four_working_hours(self):
        complaint = self._create_complaint(severity="serious")
        self.assertDeadline(complaint, 2026, 6, 15, 17)

    def test_small_complaint_is_due_after_sixteen_working_hours(self):
        self.assertDeadline(self._create_complaint(), 2026, 6, 17, 12)

    def test_hours_are_the_companys(self):
        self.company.winback_complaint_serious_hours = 2
        self.assertDeadline(self._create_complaint(severity="serious"), 2026, 6, 15, 15)

    def test_weekend_does_not_count(self):
        friday = datetime(2026, 6, 12, 16)
        complaint = self._create_complaint(severity="serious", date_received=friday)
        self.assertDeadline(complaint, 2026, 6, 15, 11)
        saturday = datetime(2026, 6, 13, 9)
        complaint = self._create_complaint(severity="serious", date_received=saturday)
        self.assertDeadline(complaint, 2026, 6, 15, 12)

    def test_holiday_of_the_company_does_not_count(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.company.resource_calendar_id.id,
                "company_id": self.company.id,
                "date_from": datetime(2026, 6, 16),
                "date_to": datetime(2026, 6, 17),
            }
        )
        self.assertDeadline(self._create_complaint(), 2026, 6, 18, 12)

    def test_zone_of_the_schedule_counts(self):
        self.company.resource_calendar_id.tz = "America/New_York"
        # 8 o'clock there: the day has just begun
        self.assertDeadline(self._create_complaint(severity="serious"), 2026, 6, 15, 16)

    def test_daylight_saving_counts(self):
        self.company.resource_calendar_id.tz = "Europe/Berlin"
        # Friday 16 o'clock there, in winter time; summer time begins on Sunday
        friday = datetime(2026, 3, 27, 15)
        complaint = self._create_complaint(severity="serious", date_received=friday)
        self.assertDeadline(complaint, 2026, 3, 30, 9)
        # Friday 16 o'clock in summer time; winter time begins on Sunday
        friday = datetime(2026, 10, 23, 14)
        complaint = self._create_complaint(severity="serious", date_received=friday)
        self.assertDeadline(complaint, 2026, 10, 26, 10)

    def test_without_schedule_plain_hours_count(self):
        self.company.resource_calendar_id.attendance_ids.unlink()
        self.assertDeadline(self._create_complaint(severity="serious"), 2026, 6, 15, 16)

    def test_severity_moves_the_deadline_of_the_unanswered(self):
        complaint = self._create_complaint()
        complaint.severity = "serious"
        self.assertDeadline(complaint, 2026, 6, 15, 17)

    def test_severity_leaves_the_deadline_of_the_answered(self):
        complaint = self._create_complaint(severity="serious")
        complaint.action_answered()
        complaint.severity = "small"
        self.assertDeadline(complaint, 2026, 6, 15, 17)

    def test_late_is_who_waits_after_the_deadline(self):
        complaint = self._create_complaint(severity="serious")
        for moment, late in (
            ("2026-06-15 17:00:00", False),
            ("2026-06-15 17:00:01", True),
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                complaint.invalidate_recordset(["is_late"])
                self.assertEqual(complaint.is_late, late)
                found = complaint.search([("is_late", "=", True), ("id", "=", complaint.id)])
                self.assertEqual(bool(found), late)
                found = complaint.search([("is_late", "=", False), ("id", "=", complaint.id)])
                self.assertEqual(bool(found), not late)

    def test_late_is_who_was_answered_after_the_deadline(self):
        late = self._create_complaint(severity="serious")
        in_time = self._create_complaint(severity="small")
        with freeze_time("2026-06-16 09:00:00"):
            (late | in_time).action_answered()
        self.assertEqual((late | in_time).mapped("is_late"), [True, False])
        self.assertEqual((late | in_time).mapped("in_time"), [0, 100])
        both = [("id", "in", (late | in_time).ids)]
        self.assertEqual(late.search([("is_late", "=", True), *both]), late)
        self.assertEqual(late.search([("is_late", "!=", True), *both]), in_time)

    def test_what_is_no_complaint_is_never_late(self):
        complaint = self._create_complaint(severity="serious")
        complaint.action_cancel()
        with freeze_time("2026-07-01 12:00:00"):
            complaint.invalidate_recordset(["is_late"])
            self.assertFalse(complaint.is_late)
            self.assertFalse(complaint.search([("is_late", "=", True), ("id", "=", complaint.id)]))

    def test_answer_time_is_in_working_hours(self):
        complaint = self._create_complaint()
        with freeze_time("2026-06-16 10:00:00"):
            complaint.action_answered()
        self.assertEqual(complaint.answer_hours, 6)
        self.assertEqual(complaint.date_answered, datetime(2026, 6, 16, 10))

    def test_answer_times_are_grouped(self):
        for hours, severity in ((1, "serious"), (3, "serious"), (25, "serious"), (2, "small")):
            complaint = self._create_complaint(severity=severity)
            complaint.write(
                {
                    "state": "answered",
                    "date_answered": datetime(2026, 6, 15, 13) + timedelta(hours=hours),
                }
            )
        groups = complaint.formatted_read_group(
            [("company_id", "=", self.company.id), ("date_answered", "!=", False)],
            ["severity"],
            ["answer_hours:avg", "in_time:avg"],
        )
        by_severity = {group["severity"]: group for group in groups}
        # 25 hours later are nine working hours later: 4 of Monday, 5 with the lunch
        self.assertAlmostEqual(by_severity["serious"]["answer_hours:avg"], (1 + 3 + 9) / 3, 2)
        self.assertAlmostEqual(by_severity["serious"]["in_time:avg"], 200 / 3, 2)
        self.assertEqual(by_severity["small"]["in_time:avg"], 100)

    def test_answer_before_the_receipt_is_refused(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._create_complaint(date_answered=datetime(2026, 6, 14)).flush_recordset()

    def test_entered_later_keeps_its_own_dates(self):
        complaint = self._create_complaint(
            state="closed",
            remedy="Replaced",
            date_received=datetime(2026, 5, 4, 9),
            date_answered=datetime(2026, 5, 4, 10),
            date_closed=datetime(2026, 5, 5, 10),
        )
        self.assertEqual(complaint.answer_hours, 1)
        self.assertDeadline(complaint, 2026, 5, 6, 9)
        self.assertEqual(complaint.date_closed, datetime(2026, 5, 5, 10))
        self.assertFalse(complaint.activity_ids)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestComplaintOwner(ComplaintCase):
    def test_owner_is_the_customers_salesperson(self):
        complaint = self._create_complaint()
        self.assertEqual(complaint.user_id, self.anna)
        self.assertEqual(complaint.team_id, self.team)
        self.assertEqual(complaint.superior_id, self.leader)

    def test_contact_has_the_salesperson_of_its_organisation(self):
        contact = self._create_customer("Contact", is_company=False, parent_id=self.customer.id)
        contact.user_id = False
        complaint = self._create_complaint(partner_id=contact.id)
        self.assertEqual(complaint.user_id, self.anna)
        self.assertEqual(complaint.commercial_partner_id, self.customer)

    def test_owner_is_the_salesperson_of_the_order(self):
        self.customer.user_id = False
        order = self._create_problem_order(user_id=self.anna.id)
        self.assertEqual(self._create_complaint(order_id=order.id).user_id, self.anna)

    def test_owner_is_the_salesperson_of_the_last_order(self):
        self.customer.user_id = False
        self._create_order(self.customer, 10, user_id=self.anna.id)
        self._run()
        self.assertEqual(self._create_complaint().user_id, self.anna)

    def test_conflict_belongs_to_the_superior(self):
        complaint = self._create_complaint(is_conflict=True)
        self.assertEqual(complaint.user_id, self.leader)

    def test_superior_is_named_in_the_settings(self):
        self.team.user_id = False
        self.company.winback_superior_id = self.boss
        self.assertEqual(self._create_complaint().superior_id, self.boss)
        self.assertEqual(self._create_complaint(is_conflict=True).user_id, self.boss)

    def test_leader_has_the_superior_of_the_settings(self):
        self.company.winback_superior_id = self.boss
        self.customer.user_id = self.leader
        self.assertEqual(self._create_complaint().superior_id, self.boss)

    def test_new_leader_becomes_superior(self):
        complaint = self._create_complaint()
        self.team.user_id = self.boss
        self.assertEqual(complaint.superior_id, self.boss)

    def test_customer_of_nobody_goes_to_the_superior_of_the_settings(self):
        self.customer.user_id = False
        self.assertFalse(self._create_complaint().user_id)
        self.company.winback_superior_id = self.boss
        self.assertEqual(self._create_complaint().user_id, self.boss)

    def test_archived_salesperson_owns_nothing(self):
        self.company.winback_superior_id = self.boss
        self.anna.active = False
        self.assertEqual(self._create_complaint().user_id, self.boss)

    def test_salesperson_of_another_company_owns_nothing(self):
        other = self._create_company("Other Company")
        stranger = self._create_user("wbc_other", "sales_team.group_sale_salesman", other)
        self.customer.user_id = stranger
        self.assertFalse(self._create_complaint().user_id)

    def test_owner_stays_when_the_customer_changes(self):
        complaint = self._create_complaint()
        complaint.user_id = self.boss
        complaint.partner_id = self._create_customer("Another")
        self.assertEqual(complaint.user_id, self.boss)

    def test_named_owner_is_kept(self):
        self.assertEqual(self._create_complaint(user_id=self.boss.id).user_id, self.boss)

    def test_form_proposes_owner_and_team(self):
        with Form(self.env["winback.complaint"]) as form:
            form.name = "Broken"
            form.partner_id = self.customer
            self.assertEqual(form.user_id, self.anna)
            form.is_conflict = True
            self.assertEqual(form.user_id, self.leader)

    def test_form_takes_the_customer_of_the_order(self):
        order = self._create_problem_order()
        with Form(self.env["winback.complaint"].with_context(**order._get_complaint_defaults())) as form:
            self.assertEqual(form.partner_id, self.customer)
            self.assertEqual(form.order_id, order)
        self.assertEqual(order.winback_complaint_count, 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestComplaintActivities(ComplaintCase):
    def test_owner_is_asked_for_an_answer_until_the_deadline(self):
        activity = self._get_activities(self._create_complaint(), "answer")
        self.assertEqual(activity.user_id, self.anna)
        self.assertEqual(activity.date_deadline, date(2026, 6, 17))

    def test_day_of_the_activity_is_the_companys(self):
        self.company.partner_id.tz = "Pacific/Kiritimati"  # fourteen hours ahead
        activity = self._get_activities(self._create_complaint(), "answer")
        self.assertEqual(activity.date_deadline, date(2026, 6, 18))

    def test_new_owner_takes_over_the_activity(self):
        complaint = self._create_complaint()
        complaint.user_id = self.boss
        self.assertEqual(self._get_activities(complaint, "answer").user_id, self.boss)

    def test_late_owner_gets_the_activity(self):
        self.customer.user_id = False
        complaint = self._create_complaint()
        self.assertFalse(complaint.activity_ids)
        complaint.user_id = self.anna
        self.assertEqual(self._get_activities(complaint, "answer").user_id, self.anna)

    def test_severity_moves_the_activity(self):
        complaint = self._create_complaint()
        complaint.severity = "serious"
        activity = self._get_activities(complaint, "answer")
        self.assertEqual(activity.date_deadline, date(2026, 6, 15))

    def test_answer_finishes_the_activity(self):
        complaint = self._create_complaint()
        complaint.action_answered()
        self.assertFalse(complaint.activity_ids)

    def test_cancelled_complaint_leaves_no_activity(self):
        complaint = self._create_complaint(is_conflict=True, user_id=self.anna.id)
        complaint.action_cancel()
        self.assertFalse(complaint.activity_ids)

    def test_conflict_tells_the_superior_at_once(self):
        complaint = self._create_complaint()
        complaint.is_conflict = True
        activity = self._get_activities(complaint, "conflict")
        self.assertEqual(activity.user_id, self.leader)
        self.assertEqual(activity.date_deadline, self.today)
        self.assertEqual(complaint.conflict_date, datetime(2026, 6, 15, 12))
        self.assertEqual(self._get_activities(complaint, "answer").user_id, self.anna)

    def test_conflict_from_the_start_asks_the_superior_once(self):
        complaint = self._create_complaint(is_conflict=True)
        self.assertEqual(self._get_activities(complaint, "conflict").user_id, self.leader)
        self.assertEqual(len(complaint.activity_ids), 1)

    def test_conflict_named_twice_tells_once(self):
        complaint = self._create_complaint()
        complaint.is_conflict = True
        complaint.is_conflict = True
        self.assertEqual(len(self._get_activities(complaint, "conflict")), 1)

    def test_settled_conflict_finishes_the_activity(self):
        complaint = self._create_complaint()
        complaint.is_conflict = True
        complaint.is_conflict = False
        self.assertFalse(self._get_activities(complaint, "conflict"))
        self.assertTrue(self._get_activities(complaint, "answer"))

    def test_answer_leaves_the_conflict_open(self):
        complaint = self._create_complaint(is_conflict=True)
        complaint.action_answered()
        self.assertTrue(self._get_activities(complaint, "conflict"))

    def test_owner_follows(self):
        complaint = self._create_complaint()
        self.assertIn(self.anna.partner_id, complaint.message_partner_ids)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestComplaintEscalation(ComplaintCase):
    def setUp(self):
        super().setUp()
        self.env["winback.complaint"].search([]).write({"escalated_date": datetime(2026, 1, 1)})
        self.cron = self.env.ref("winback_lost_customers.ir_cron_winback_complaint")

    def _run_cron(self, moment):
        with freeze_time(moment), self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_late_complaint_tells_the_superior(self):
        complaint = self._create_complaint(severity="serious")
        self._run_cron("2026-06-15 18:00:00")
        activity = self._get_activities(complaint, "late")
        self.assertEqual(activity.user_id, self.leader)
        self.assertEqual(activity.date_deadline, self.today)
        self.assertEqual(complaint.escalated_date, datetime(2026, 6, 15, 18))

    def test_superior_is_told_once(self):
        complaint = self._create_complaint(severity="serious")
        self._run_cron("2026-06-15 18:00:00")
        self._run_cron("2026-06-16 18:00:00")
        self.assertEqual(len(self._get_activities(complaint, "late")), 1)
        self.assertEqual(complaint.escalated_date, datetime(2026, 6, 15, 18))
        self._get_activities(complaint, "late").action_done()
        self._run_cron("2026-06-17 18:00:00")
        self.assertFalse(self._get_activities(complaint, "late"))

    def test_not_yet_late_answered_and_cancelled_are_left(self):
        waiting, answered, cancelled = (
            self._create_complaint(severity=severity) for severity in ("small", "serious", "serious")
        )
        answered.action_answered()
        cancelled.action_cancel()
        self._run_cron("2026-06-15 18:00:00")
        self.assertFalse(any((waiting | answered | cancelled).mapped("escalated_date")))

    def test_all_batches_are_done_in_one_run(self):
        complaints = self.env["winback.complaint"]
        for _ in range(5):
            complaints |= self._create_complaint(severity="serious")
        with patch.object(winback_complaint_activity, "BATCH_SIZE", 2):
            self._run_cron("2026-06-15 18:00:00")
        self.assertTrue(all(complaints.mapped("escalated_date")))
        self.assertEqual(len(self._get_activities(complaints, "late")), 5)

    def test_interrupted_run_is_resumed(self):
        complaints = self.env["winback.complaint"]
        for _ in range(3):
            complaints |= self._create_complaint(severity="serious")
        with freeze_time("2026-06-15 18:00:00"):
            complaints[0]._escalate()  # the rest was not reached
        self._run_cron("2026-06-15 19:00:00")
        self.assertEqual(len(self._get_activities(complaints, "late")), 3)
        self.assertEqual(complaints[0].escalated_date, datetime(2026, 6, 15, 18))

    def test_without_superior_the_owner_is_told(self):
        self.team.user_id = False
        complaint = self._create_complaint(severity="serious")
        self._run_cron("2026-06-15 18:00:00")
        self.assertEqual(self._get_activities(complaint, "late").user_id, self.anna)

    @mute_logger("odoo.addons.winback_lost_customers.models.winback_complaint_activity")
    def test_nobody_to_tell_does_not_stop_the_run(self):
        self.customer.user_id = False
        alone = self._create_complaint(severity="serious")
        self.customer.user_id = self.anna
        complaint = self._create_complaint(severity="serious")
        self._run_cron("2026-06-15 18:00:00")
        self.assertTrue(alone.escalated_date)
        self.assertTrue(self._get_activities(complaint, "late"))

    def test_answer_finishes_the_superiors_activity(self):
        complaint = self._create_complaint(severity="serious")
        self._run_cron("2026-06-15 18:00:00")
        complaint.with_user(self.anna).action_answered()
        self.assertFalse(complaint.activity_ids)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestComplaintStates(ComplaintCase):
    def _close(self, complaint, satisfied="yes"):
        action = complaint.action_close()
        wizard = self.env[action["res_model"]].with_context(**action["context"])
        wizard.create({"remedy": "Replaced", "satisfied": satisfied}).action_close()

    def test_taking_makes_the_user_the_owner(self):
        complaint = self._create_complaint()
        complaint.with_user(self.boss).action_take()
        self.assertEqual(complaint.user_id, self.boss)
        self.assertEqual(complaint.state, "in_progress")

    def test_first_answer_is_dated_once(self):
        complaint = self._create_complaint()
        complaint.action_answered()
        with freeze_time("2026-06-16 12:00:00"):
            complaint.state = "in_progress"
            complaint.state = "answered"
        self.assertEqual(complaint.date_answered, datetime(2026, 6, 15, 12))

    def test_closing_asks_for_remedy_and_satisfaction(self):
        for answer, satisfied in (("yes", "yes"), ("no", "no"), ("not_asked", False)):
            with self.subTest(answer=answer):
                complaint = self._create_complaint()
                self._close(complaint, answer)
                self.assertEqual(complaint.state, "closed")
                self.assertEqual(complaint.satisfied, satisfied)
                self.assertEqual(complaint.remedy, "Replaced")
                self.assertEqual(complaint.date_closed, datetime(2026, 6, 15, 12))
                self.assertEqual(complaint.date_answered, datetime(2026, 6, 15, 12))

    def test_closing_needs_a_remedy(self):
        complaint = self._create_complaint()
        for remedy in (False, " "):
            with self.subTest(remedy=remedy), self.assertRaises(ValidationError):
                complaint.write({"state": "closed", "remedy": remedy})

    def test_closing_finishes_all_activities(self):
        complaint = self._create_complaint(is_conflict=True, user_id=self.anna.id)
        self.assertEqual(len(complaint.activity_ids), 2)
        self._close(complaint)
        self.assertFalse(complaint.activity_ids)

    def test_reopening_asks_again(self):
        complaint = self._create_complaint()
        self._close(complaint, "no")
        complaint.action_reopen()
        self.assertEqual(complaint.state, "in_progress")
        self.assertFalse(complaint.date_closed)
        self.assertFalse(complaint.satisfied)
        self.assertTrue(complaint.date_answered)

    def test_reopening_the_unanswered_asks_for_an_answer(self):
        complaint = self._create_complaint()
        complaint.action_cancel()
        complaint.action_reopen()
        self.assertTrue(self._get_activities(complaint, "answer"))

    def test_moving_many_dates_each(self):
        complaints = self._create_complaint() | self._create_complaint()
        complaints[0].date_answered = datetime(2026, 6, 15, 12)
        with freeze_time("2026-06-15 13:30:00"):
            complaints.state = "answered"
        self.assertEqual(
            complaints.mapped("date_answered"),
            [datetime(2026, 6, 15, 12), datetime(2026, 6, 15, 13, 30)],
        )

    def test_changes_are_noted_in_the_thread(self):
        complaint = self._create_complaint().with_context(tracking_disable=False)
        self.env.cr.flush()
        complaint.write({"severity": "serious", "is_conflict": True, "state": "in_progress"})
        self.env.cr.flush()
        tracked = complaint.message_ids.tracking_value_ids.field_id.mapped("name")
        self.assertLessEqual({"severity", "is_conflict", "state"}, set(tracked))
        state = self.env.ref("winback_lost_customers.mt_complaint_state")
        self.assertIn(state, complaint.message_ids.subtype_id)

    # what cannot be

    def test_order_of_another_customer_is_refused(self):
        order = self._create_problem_order(partner=self._create_customer("Another"))
        with self.assertRaises(ValidationError):
            self._create_complaint(order_id=order.id)
        complaint = self._create_complaint()
        with self.assertRaises(ValidationError):
            complaint.order_id = order

    def test_order_of_another_company_is_refused(self):
        order = self._create_problem_order(company=self._create_company("Other Company"))
        with self.assertRaises(ValidationError):
            self._create_complaint(order_id=order.id)

    def test_customer_of_another_company_is_refused(self):
        other = self._create_company("Other Company")
        with self.assertRaises(ValidationError):
            self._create_complaint(partner_id=self._create_customer("X", company_id=other.id).id)

    def test_order_of_a_colleague_of_the_customer_is_fine(self):
        contact = self._create_customer("Contact", is_company=False, parent_id=self.customer.id)
        order = self._create_problem_order(partner=contact)
        self.assertTrue(self._create_complaint(order_id=order.id))

    def test_order_names_the_customer(self):
        order = self._create_problem_order()
        complaint = self.env["winback.complaint"].create({"name": "X", "order_id": order.id})
        self.assertEqual(complaint.partner_id, self.customer)

    def test_archived_customer_may_complain(self):
        self.customer.active = False
        complaint = self._create_complaint()
        self.assertEqual(complaint.commercial_partner_id, self.customer)
        self._close(complaint)

    def test_settings_out_of_range_are_refused(self):
        for name, value in (
            ("winback_complaint_serious_hours", 0),
            ("winback_complaint_small_hours", 401),
            ("winback_compensation_max_percent", 101),
            ("winback_compensation_days", -1),
        ):
            with self.subTest(name=name), self.assertRaises(ValidationError):
                self.company[name] = value

    def test_merged_customers_keep_their_complaints(self):
        twin = self._create_customer("Twin", email="twin@customer.example.com")
        order = self._create_problem_order(partner=twin)
        complaints = self._create_complaint() | self._create_complaint(
            partner_id=twin.id, order_id=order.id
        )
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | twin).ids, self.customer
        )
        self.env.invalidate_all()
        self.assertEqual(complaints.partner_id, self.customer)
        self.assertEqual(complaints.commercial_partner_id, self.customer)
        complaints.write({"severity": "serious", "order_id": order.id})

    def test_customer_with_complaints_cannot_be_deleted(self):
        self._create_complaint().flush_recordset()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.customer.unlink()

    # counts

    def test_counts_are_of_the_organisation(self):
        contact = self._create_customer("Contact", is_company=False, parent_id=self.customer.id)
        order = self._create_problem_order()
        self._run()
        self._create_complaint(order_id=order.id)
        self._create_complaint(partner_id=contact.id)
        self.assertEqual(self.customer.winback_complaint_count, 2)
        self.assertEqual(contact.winback_complaint_count, 2)
        self.assertEqual(order.winback_complaint_count, 1)
        self.assertEqual(self._get_status(self.customer).complaint_count, 2)
        action = contact.action_open_winback_complaints()
        self.assertEqual(self.env["winback.complaint"].search_count(action["domain"]), 2)

    def test_counts_are_of_the_company(self):
        other = self._create_company("Other Company")
        self._create_complaint(company_id=other.id)
        self.assertEqual(self.customer.winback_complaint_count, 0)
        self.assertEqual(self.customer.with_company(other).winback_complaint_count, 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestComplaintAccess(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boris = cls._create_user("wbc_boris", "sales_team.group_sale_salesman")
        cls.all_docs = cls._create_user("wbc_all", "sales_team.group_sale_salesman_all_leads")
        cls.clerk = cls._create_user("wbc_clerk", "base.group_user")
        cls.portal = cls._create_user("wbc_portal", "base.group_portal")
        cls.of_boris = cls._create_customer("Of Boris", user_id=cls.boris.id)
        cls.of_nobody = cls._create_customer("Of nobody")
        cls.mine = cls._create_complaint()
        cls.boris_own = cls._create_complaint(partner_id=cls.of_boris.id)
        cls.handed = cls._create_complaint(user_id=cls.boss.id)  # Anna's customer
        cls.free = cls._create_complaint(partner_id=cls.of_nobody.id)
        cls.every = cls.mine | cls.boris_own | cls.handed | cls.free

    def _see(self, user):
        complaints = self.env["winback.complaint"].with_user(user)
        return complaints.with_context(allowed_company_ids=user.company_ids.ids).search(
            [("id", "in", self.every.ids)]
        ).sudo()

    def test_salesperson_sees_own_ones_own_customers_and_unassigned(self):
        self.assertEqual(self._see(self.anna), self.mine | self.handed | self.free)
        self.assertEqual(self._see(self.boris), self.boris_own | self.free)

    def test_salesperson_sees_complaints_about_own_orders(self):
        order = self._create_problem_order(partner=self.of_nobody, user_id=self.anna.id)
        self.boris_own.write({"partner_id": self.of_nobody.id, "order_id": order.id})
        self.assertIn(self.boris_own, self._see(self.anna))

    def test_leader_sees_the_team(self):
        self.assertEqual(self._see(self.leader), self.mine | self.handed | self.free)

    def test_superior_of_the_settings_sees_what_is_told(self):
        deputy = self._create_user("wbc_deputy", "sales_team.group_sale_salesman")
        self.company.winback_superior_id = deputy
        self.assertEqual(self._see(deputy), self.boris_own | self.free)

    def test_all_documents_and_managers_see_all(self):
        for user in self.all_docs | self.boss:
            with self.subTest(user=user.login):
                self.assertEqual(self._see(user), self.every)

    def test_clerk_and_portal_see_nothing(self):
        for user in self.clerk | self.portal:
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._see(user)

    def test_other_company_is_hidden(self):
        other = self._create_company("Other Company")
        stranger = self._create_user("wbc_other", "sales_team.group_sale_manager", other)
        self.assertFalse(self._see(stranger))

    def test_salesperson_handles_a_complaint_from_start_to_end(self):
        complaint = self.env["winback.complaint"].with_user(self.anna).create(
            {"name": "Broken", "partner_id": self.customer.id, "is_conflict": True}
        )
        complaint.action_take()
        complaint.write({"severity": "serious"})
        complaint.action_answered()
        complaint.write({"state": "closed", "remedy": "Replaced", "satisfied": "no"})
        complaint.action_reopen()
        self.assertEqual(complaint.state, "in_progress")

    def test_salesperson_may_hand_over(self):
        complaint = self.free.with_user(self.boris)
        complaint.user_id = self.boss
        self.assertEqual(self._get_activities(self.free, "answer").user_id, self.boss)

    def test_salesperson_leaves_others_complaints_alone(self):
        with self.assertRaises(AccessError):
            self.boris_own.with_user(self.anna).action_take()

    def test_only_managers_delete(self):
        with self.assertRaises(AccessError):
            self.mine.with_user(self.anna).unlink()
        self.mine.with_user(self.boss).unlink()
        self.assertFalse(self.mine.exists())

    def test_what_the_system_states_cannot_be_forged(self):
        card = self.env["loyalty.card"].search([], limit=1)
        for user in self.anna | self.boss:
            for values in (
                {"escalated_date": datetime(2026, 6, 15)},
                {"compensation_card_id": card.id},
                {"compensation_amount": 5},
                {"compensation_user_id": user.id},
            ):
                with self.subTest(user=user.login, values=values), self.assertRaises(AccessError):
                    self.mine.with_user(user).write(values)
        with self.assertRaises(AccessError):
            self.mine.with_user(self.boss).create(
                {"name": "X", "partner_id": self.customer.id, "compensation_amount": 5}
            )

    def test_counts_follow_the_rules(self):
        self.customer.user_id = self.boris
        (self.mine | self.handed).team_id = False
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.customer.with_user(self.anna).winback_complaint_count, 1)
        self.env.invalidate_all()
        self.assertEqual(self.customer.with_user(self.boss).winback_complaint_count, 2)

    def test_clerk_reads_contacts_and_orders_without_the_counts(self):
        for model in ("res.partner", "sale.order"):
            names = self.env[model].with_user(self.clerk).fields_get()
            self.assertNotIn("winback_complaint_count", names)
        rows = self.customer.with_user(self.clerk).sudo().read(["winback_complaint_count"])
        self.assertEqual(rows[0]["winback_complaint_count"], 0)

    def test_compensated_complaint_is_never_deleted(self):
        order = self._create_problem_order()
        self.mine.write(
            {"order_id": order.id, "compensation_percent": 5, "compensation_kind": "code"}
        )
        self.mine.action_issue_compensation()
        with self.assertRaises(UserError):
            self.mine.with_user(self.boss).unlink()
