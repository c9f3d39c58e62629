from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..hooks import post_init_hook
from ..models.winback_engine import LOCK_KEY
from .common import WinbackCase


@tagged("post_install", "-at_install")
class TestCron(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref("winback_lost_customers.ir_cron_winback_run")
        cls.other = cls._create_company("Other Test Company")
        cls.customer = cls._create_customer()
        cls._create_orders(cls.customer, [150, 120])
        cls._create_orders(cls.customer, [40, 10], company=cls.other)
        # whatever else the database holds has been evaluated today
        others = cls.env["res.company"].search(
            [("id", "not in", (cls.company | cls.other).ids)]
        )
        others.winback_run_date = cls.today
        cls.env.flush_all()

    def _trigger(self):
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()

    def _trigger_failing(self):
        """Run the scheduled action, which fails; return what the log says."""
        with self.assertLogs("odoo.addons.base.models.ir_cron", "ERROR") as log:
            self._trigger()
        return "".join(log.output)

    def _get_version(self, partner, company):
        status = self._get_status(partner, company)
        query = SQL("SELECT ctid FROM winback_status WHERE id = %s", status.id)
        return self.env.execute_query(query)

    def test_cron_runs_every_company(self):
        self._trigger()
        self.assertEqual(self._get_status(self.customer).state, "at_risk")
        self.assertEqual(self._get_status(self.customer, self.other).state, "active")
        self.assertEqual(self.company.winback_run_date, self.today)
        self.assertEqual(self.other.winback_run_date, self.today)

    def test_cron_of_the_same_day_does_nothing(self):
        self._trigger()
        self._create_order(self.customer, 0)
        before = self._get_version(self.customer, self.company)
        self._trigger()
        self.assertEqual(self._get_version(self.customer, self.company), before)

    def test_cron_of_the_next_day_runs_again(self):
        (self.company | self.other).winback_run_date = self._day(1)
        self._trigger()
        self.assertEqual(self.company.winback_run_date, self.today)
        self.assertTrue(self._get_status(self.customer))

    def test_cron_goes_on_with_the_companies_that_are_left(self):
        run = type(self.engine)._run
        first, second = self.env["res.company"].search(
            [("id", "in", (self.company | self.other).ids)]
        )
        done = []

        def _run(engine, company, today=None, partners=None):
            if company == second:
                raise ConnectionError("The power went off")
            done.append(company.id)
            return run(engine, company, today, partners)

        with patch.object(type(self.engine), "_run", _run):
            self.assertIn("The power went off", self._trigger_failing())
        self.assertEqual(done, first.ids)
        self.assertEqual(first.winback_run_date, self.today)
        self.assertFalse(second.winback_run_date)
        before = self._get_version(self.customer, first)
        self._trigger()
        self.assertEqual(second.winback_run_date, self.today)
        self.assertTrue(self._get_status(self.customer, second))
        self.assertEqual(self._get_version(self.customer, first), before)

    @mute_logger(
        "odoo.sql_db",
        "odoo.addons.winback_lost_customers.models.winback_engine",
    )
    def test_cron_with_a_broken_sign_fails_after_the_rest(self):
        def _get_condition(self, sign, company, today):
            return SQL("f.no_such_column > 1")

        self.patch(
            type(self.env["winback.sign.no_inquiry"]), "_get_condition", _get_condition
        )
        self.assertIn("S1 (Win-Back Test Company)", self._trigger_failing())
        self.assertEqual(self._get_status(self.customer).state, "at_risk")
        self.assertTrue(self._get_status(self.customer, self.other))
        self.assertIn("no_such_column", self.signs["S1"].error)

    # the lock

    def test_second_simultaneous_run_is_refused(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK_KEY, self.company.id))
            with self.assertRaisesRegex(UserError, "at this moment"):
                self._run()
        self.assertFalse(self._get_status(self.customer))

    def test_run_of_another_company_is_not_refused(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK_KEY, self.other.id))
            self._run()
        self.assertTrue(self._get_status(self.customer))

    def test_run_is_possible_when_the_other_is_over(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK_KEY, self.company.id))
        self._run()
        self.assertTrue(self._get_status(self.customer))

    def test_run_needs_no_lock_for_the_past(self):
        with self.registry.cursor() as cr:
            cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK_KEY, self.company.id))
            self.engine._run_as_of(self.company, self._day(30))
        self.assertTrue(self._read_table("winback_run_status"))

    # settings page

    def test_settings_run_now(self):
        settings = self.env["res.config.settings"].create({"winback_risk_score": 86})
        action = settings.action_winback_run()
        self.assertEqual(action["res_model"], "winback.status")
        self.assertEqual(self.company.winback_risk_score, 86)
        self.assertEqual(self._get_status(self.customer).state, "active")  # 85 points


class TestHooks(WinbackCase):
    """What happens when the add-on is installed."""

    def test_installation_evaluates_customers_at_once(self):
        customer = self._create_customer()
        self._create_orders(customer, [150, 120])
        post_init_hook(self.env)
        self.assertTrue(self._get_status(customer))

    @mute_logger("odoo.addons.winback_lost_customers.hooks")
    def test_installation_survives_a_failing_run(self):
        cron = self.env.ref("winback_lost_customers.ir_cron_winback_run")
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", cron.id)])

        def _run(self, company, today=None, partners=None):
            raise ValueError("broken")

        with patch.object(type(self.env["winback.engine"]), "_run", _run):
            post_init_hook(self.env)
        self.assertGreater(triggers.search_count([("cron_id", "=", cron.id)]), before)

    def test_first_customers_after_an_empty_installation_have_no_history_yet(self):
        """A company that begins empty is told of by the reconstruction, too."""
        post_init_hook(self.env)
        customer = self._create_customer()
        self._create_orders(customer, [150, 120])
        report = self._run()
        self.assertEqual(report["written"]["winback.transition"], 0)
        self.assertTrue(self._get_status(customer))
