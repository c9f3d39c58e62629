from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common_figures import FiguresCase


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestWeeklyMail(FiguresCase):
    """It is Monday. Two customers of each salesperson are at risk."""

    @classmethod
    def _rebuild(cls):
        cls._run()
        cls.weekly = cls.env["winback.weekly.mail"]
        cls.cron = cls.env.ref("winback_lost_customers.ir_cron_winback_weekly_mail")
        cls.env["res.company"].search([("id", "!=", cls.company.id)]).winback_weekly_mail = False
        for user, name in ((cls.anna, "anna"), (cls.boris, "boris"), (cls.boss, "boss"), (cls.leader, "leader")):
            user.email = f"{name}@company.example.com"
        cls.env.flush_all()

    def _trigger(self):
        """Run the scheduled action; return the mails that it made, by address."""
        before = self.env["mail.mail"].search([])
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()
        made = self.env["mail.mail"].search([]) - before
        return {mail.email_to: mail for mail in made}

    def test_each_salesperson_gets_the_own_customers(self):
        mails = self._trigger()
        own = {
            self.anna: ("Silent, too", "Buys less"),
            self.boris: ("Silent", "Inquires in vain"),
        }
        for user, names in own.items():
            body = mails[user.email_formatted].body_html
            for name in ("Silent, too", "Buys less", "Inquires in vain"):
                self.assertEqual(name in body, name in names, f"{name} in the mail of {user.name}")
            self.assertEqual(body.count("/winback.status/"), 2)
            status = self._get_status(self.stories[names[0]].about["partner"])
            self.assertIn(status.sign_summary.partition("\n")[0][:40], body)
            self.assertEqual(mails[user.email_formatted].state, "outgoing")

    def test_three_at_most_the_largest_first(self):
        for number, name in enumerate(("Silent", "Silent, too", "Buys less", "Inquires in vain")):
            status = self._get_status(self.stories[name].about["partner"])
            self._set_columns(status, expected_sales_loss=100 * (number + 1))
        mail = self._trigger()[self.boss.email_formatted]
        self.assertEqual(mail.subject, "Three customers to call this week")
        self.assertEqual(mail.body_html.count("/winback.status/"), 3)
        self.assertLess(mail.body_html.index("Inquires in vain"), mail.body_html.index("Buys less"))
        self.assertIn("400.00", mail.body_html)

    def test_own_cases_come_first(self):
        case = self.env["winback.case"]._open(
            self.company, self.stories["Lost this month"].about["partner"], user=self.boris
        )
        body = self._trigger()[self.boris.email_formatted].body_html
        self.assertIn(f"/winback.case/{case.id}", body)
        self.assertNotIn("/winback.status/", body)

    def test_nothing_is_sent_twice(self):
        self.assertTrue(self._trigger())
        self.assertEqual(self._trigger(), {})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.weekly._send(self.anna, self.company)

    def test_next_week_has_its_own_mail(self):
        self._trigger()
        week = self.weekly.search([("user_id", "=", self.anna.id)])
        self.assertEqual(week.week, date(2026, 6, 15))
        with freeze_time("2026-06-21 12:00:00"):
            self.assertEqual(self._trigger(), {})
        with freeze_time("2026-06-22 12:00:00"):
            self.assertIn(self.anna.email_formatted, self._trigger())

    def test_interrupted_run_goes_on_where_it_stopped(self):
        send = type(self.weekly)._send

        def fail_for_boris(self, user, company):
            if user.login == "wbc_boris":
                raise ValueError("no mail for Boris")
            return send(self, user, company)

        with (
            patch.object(type(self.weekly), "_send", fail_for_boris),
            self.assertLogs("odoo.addons.winback_lost_customers.models.winback_weekly_mail", "ERROR"),
        ):
            first = self._trigger()
        self.assertIn(self.anna.email_formatted, first)
        self.assertNotIn(self.boris.email_formatted, first)
        self.assertEqual(list(self._trigger()), [self.boris.email_formatted])

    def test_who_has_nobody_to_call_gets_no_mail(self):
        newcomer = self._create_user("wbc_newcomer", "sales_team.group_sale_salesman")
        newcomer.email = "newcomer@company.example.com"
        self.assertNotIn(newcomer.email_formatted, self._trigger())
        self.assertTrue(self.weekly.search([("user_id", "=", newcomer.id)]), "nor in the middle of the week")

    def test_who_does_not_want_it(self):
        self.anna.with_user(self.anna).winback_weekly_mail = False
        self.boris.email = False
        mails = self._trigger()
        self.assertNotIn(self.anna.email_formatted, mails)
        self.assertIn(self.boss.email_formatted, mails)
        self.assertFalse(self.weekly.search([("user_id", "in", (self.anna | self.boris).ids)]))

    def test_company_that_does_not_want_it(self):
        self.company.winback_weekly_mail = False
        self.assertEqual(self._trigger(), {})

    def test_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.anna.lang = "fr_FR"
        with patch.object(
            type(self.env["ir.qweb"]), "_render",
            lambda qweb, template, values: f"{qweb.env.lang} {values['user'].env.lang}",
        ):  # fmt: skip
            mail = self._trigger()[self.anna.email_formatted]
        self.assertIn("fr_FR fr_FR", mail.body_html)
