from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common_complaint import ComplaintCase


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestOccasion(ComplaintCase):
    @classmethod
    def _create_occasion(cls, **values):
        return cls.env["winback.occasion"].create(
            {
                "name": "Founded",
                "partner_id": cls.customer.id,
                "date": "2001-06-17",
                **values,
            }
        )

    def _remind(self):
        cron = self.env.ref("winback_lost_customers.ir_cron_winback_occasion")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()

    def _get_reminders(self):
        kind = self.env.ref("winback_lost_customers.mail_act_congratulate")
        return self.customer.activity_ids.filtered(lambda a: a.activity_type_id == kind)

    def test_occasion_next_time_is_this_year_or_next(self):
        self.assertEqual(self._create_occasion().next_date, date(2026, 6, 17))
        self.assertEqual(self._create_occasion(date="2001-06-15").next_date, date(2026, 6, 15))
        self.assertEqual(self._create_occasion(date="2001-06-14").next_date, date(2027, 6, 14))
        self.assertEqual(self._create_occasion(date="2030-01-01").next_date, date(2030, 1, 1))

    def test_occasion_of_leap_day_falls_on_the_last_of_february(self):
        self.assertEqual(self._create_occasion(date="2004-02-29").next_date, date(2027, 2, 28))

    def test_occasion_once_is_over_when_past(self):
        self.assertFalse(self._create_occasion(date="2026-06-14", is_yearly=False).next_date)
        future = self._create_occasion(date="2026-06-16", is_yearly=False)
        self.assertEqual(future.next_date, date(2026, 6, 16))

    def test_occasion_reminds_the_salesperson_once(self):
        occasion = self._create_occasion(days_ahead=2)
        self._remind()
        self._remind()
        reminder = self._get_reminders()
        self.assertEqual(len(reminder), 1)
        self.assertEqual(reminder.user_id, self.anna)
        self.assertEqual(reminder.date_deadline, date(2026, 6, 17))
        self.assertEqual(occasion.next_date, date(2027, 6, 17))

    def test_occasion_does_not_remind_too_early(self):
        self._create_occasion(days_ahead=1)
        self._remind()
        self.assertFalse(self._get_reminders())

    def test_occasion_missed_while_nobody_reminded_moves_on(self):
        occasion = self._create_occasion()
        self._set_columns(occasion, next_date=self._day(3))
        self._remind()
        # this year's day is still to come, and it is near enough
        self.assertEqual(self._get_reminders().date_deadline, date(2026, 6, 17))

    def test_occasion_of_a_person_goes_to_who_looks_after_the_organisation(self):
        person = self.env["res.partner"].create({"name": "P", "parent_id": self.customer.id})
        person.user_id = False
        occasion = self._create_occasion(partner_id=person.id)
        self.assertEqual(occasion._get_user(), self.anna)
        occasion.user_id = self.leader
        self.assertEqual(occasion._get_user(), self.leader)

    def test_occasion_of_archived_customer_is_silent(self):
        self._create_occasion()
        self.customer.active = False
        self._remind()
        self.assertFalse(self.customer.activity_ids)

    def test_occasion_of_another_companys_customer_is_refused(self):
        other = self._create_company("Elsewhere")
        self.customer.company_id = other
        with self.assertRaises(ValidationError):
            self._create_occasion()

    def test_occasion_reminder_ahead_is_limited(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._create_occasion(days_ahead=61)


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestSpotCheck(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.winback_superior_id = cls.boss
        cls.company.winback_spot_checks = 2
        cls.customers = cls.env["res.partner"]
        for number in range(5):
            cls.customers |= cls._create_customer(f"Key {number}")
        for customer in cls.customers:
            cls._create_orders(customer, [60, 30, 5], amount=1000)
        cls.small = cls._create_customer("Small")
        cls._create_orders(cls.small, [60, 30, 5], amount=1)
        cls._run()

    def _draw(self, today=None):
        return self.env["winback.spot.check"]._draw(self.company, today or self.today)

    def test_spot_check_draws_so_many_of_the_best_class(self):
        checks = self._draw()
        self.assertEqual(len(checks), 2)
        self.assertLessEqual(checks.partner_id, self.customers)
        self.assertEqual(checks.user_id, self.boss)
        self.assertEqual(checks.activity_ids.user_id, self.boss)
        self.assertEqual(set(checks.mapped("month")), {date(2026, 6, 1)})

    def test_spot_check_is_drawn_once_a_month(self):
        self._draw()
        self.assertFalse(self._draw(self.today + timedelta(days=10)))
        self.assertEqual(len(self._draw(date(2026, 7, 1))), 2)

    def test_spot_check_takes_those_not_asked_for_longest(self):
        drawn = [self._draw(date(2026, month, 1)).partner_id for month in (6, 7, 8)]
        self.assertFalse(drawn[0] & drawn[1])
        self.assertEqual(drawn[0] | drawn[1] | drawn[2], self.customers)

    def test_spot_check_of_none_draws_nobody(self):
        self.company.winback_spot_checks = 0
        cron = self.env.ref("winback_lost_customers.ir_cron_winback_spot_check")
        others = self.env["res.company"].search([("id", "!=", self.company.id)])
        others.winback_spot_checks = 0
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertFalse(self.env["winback.spot.check"].search([]))

    def test_spot_check_done_closes_its_activity(self):
        check = self._draw()[0]
        check.with_user(self.boss).action_done()
        self.assertEqual(check.state, "done")
        self.assertEqual(check.date_done, self.today)
        self.assertFalse(check.activity_ids)

    def test_spot_check_handed_over_takes_its_activity_along(self):
        check = self._draw()[0]
        check.user_id = self.leader
        self.assertEqual(check.activity_ids.user_id, self.leader)

    def test_spot_check_is_alarming_when_something_is_wrong(self):
        check = self._draw()[0]
        check.write({"promises_kept": "partly", "well_looked_after": "yes"})
        self.assertFalse(check.is_alarming)
        check.buys_elsewhere = "yes"
        self.assertTrue(check.is_alarming)

    def test_spot_check_is_not_for_the_salesperson(self):
        check = self._draw()[0]
        with self.assertRaises(AccessError):
            check.with_user(self.anna).read(["note"])


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestOwnChange(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # lost (after 180 days) on days -170 - 180 = 10 days ago, and 40 days ago
        for days in (190, 220):
            customer = cls._create_customer(f"Lost {days}")
            cls._create_orders(customer, [days + 30, days])
        cls._run(today=cls._day(95))
        cls._run()

    def _create_change(self, days_ago):
        return self.env["winback.own.change"].create(
            {"name": "Prices", "date": self._day(days_ago)}
        )

    def test_own_change_counts_losses_before_and_after(self):
        change = self._create_change(20)
        self.assertEqual((change.lost_before, change.lost_after), (1, 1))
        change = self._create_change(40)
        self.assertEqual((change.lost_before, change.lost_after), (0, 2))

    def test_own_change_of_another_company_sees_none(self):
        change = self._create_change(20)
        change.company_id = self._create_company("Elsewhere")
        self.assertEqual((change.lost_before, change.lost_after), (0, 0))

    def test_own_change_opens_the_losses(self):
        action = self._create_change(20).action_open_losses()
        self.assertEqual(self.env[action["res_model"]].search_count(action["domain"]), 2)

    def test_own_change_is_entered_by_managers(self):
        with self.assertRaises(AccessError):
            self.env["winback.own.change"].with_user(self.anna).create({"name": "x"})
