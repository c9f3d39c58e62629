from datetime import date

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import WinbackCase

FIRST, LAST = date(2024, 6, 30), date(2026, 5, 31)  # month-ends before the fixed today


@tagged("post_install", "-at_install")
class WinbackHistoryCase(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.history = cls.env["winback.history"]
        cls.customer = cls._create_customer()

    @classmethod
    def _reconstruct(cls):
        """Reconstruct all month-ends that are missing."""
        for day in cls.history._get_missing_month_ends(cls.company):
            cls.history._reconstruct(cls.company, day)

    @classmethod
    def _get_story(cls, partner=None):
        """Return the transitions of states as (date, from, to)."""
        return [
            (moved.date, moved.from_state, moved.to_state)
            for moved in cls._get_transitions(partner or cls.customer)
        ]

    def _get_states_as_of(self, day):
        self.engine._run_as_of(self.company, day)
        return self._read_table("winback_run_status")

    def _assert_joined(self, partner):
        """Each transition begins where the one before ended; the last one tells the
        live state."""
        story = self._get_story(partner)
        self.assertTrue(story)
        self.assertFalse(story[0][1])
        for before, after in zip(story, story[1:]):
            self.assertEqual(after[1], before[2], story)
            self.assertNotEqual(after[1], after[2], story)
            self.assertLessEqual(before[0], after[0], story)
        self.assertEqual(story[-1][2], self._get_status(partner).state, story)


@tagged("post_install", "-at_install")
class TestHistory(WinbackHistoryCase):
    def test_history_is_of_24_month_ends(self):
        missing = self.history._get_missing_month_ends(self.company)
        self.assertEqual((len(missing), missing[0], missing[-1]), (24, FIRST, LAST))

    def test_history_of_the_first_month_reaches_back(self):
        self._create_orders(self.customer, [1500, 1400])
        self._run()
        self._reconstruct()
        self.assertEqual(self._get_story(), [(self._day(1220), False, "lost")])

    def test_history_joins_the_live_status(self):
        partners = self.env["res.partner"]
        for days in ([500, 470, 100], [1500, 1400], [300], [20, 3], [200, 105], [900, 800, 400]):
            partner = self._create_customer(f"Bought {days} days ago")
            self._create_orders(partner, days)
            partners |= partner
        self._run()
        self._reconstruct()
        for partner in partners:
            with self.subTest(partner=partner.name):
                self._assert_joined(partner)

    def test_history_changed_since_the_month_end_is_joined(self):
        """The last month-end was on 31 May; the customer ordered on 5 June."""
        self._create_orders(self.customer, [500, 470, 10])
        self._run()
        self._reconstruct()
        self.assertEqual(self._get_story()[-1], (self._day(10), "lost", "won_back"))

    def test_history_goes_on_with_live_transitions(self):
        self._create_orders(self.customer, [100, 60])
        self._run()
        self._reconstruct()
        self._create_order(self.customer, 0)
        self._run()
        self.engine._run(self.company, self._day(-91))
        self._assert_joined(self.customer)
        last = self._get_transitions(self.customer)[-1]
        self.assertEqual((last.to_state, last.reconstructed), ("at_risk", False))

    def test_rebuilding_replaces_the_last_24_months(self):
        """What was seen within them goes, too: it may not fit to the settings of now."""
        self._create_orders(self.customer, [80, 50])
        self._run()
        self._reconstruct()
        self.env["winback.exclusion"].create({"partner_id": self.customer.id})
        self.assertEqual(self._get_story()[-1], (self.today, "active", "excluded"))
        self.history._restart(self.company)
        self.assertEqual(self._get_story(), [])
        self._reconstruct()
        self.assertEqual(self._get_story()[-1], (self.today, "active", "excluded"))

    def test_rebuilding_keeps_what_was_seen_before_the_24_months(self):
        self._create_orders(self.customer, [40, 10])
        self._run()
        for day in (date(2024, 5, 31), date(2024, 6, 1)):
            self.env["winback.transition"].create(
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "kind": "state",
                    "date": day,
                    "to_state": "lost",
                }
            )
        self.history._restart(self.company)
        self.assertEqual(self._get_story(), [(date(2024, 5, 31), False, "lost")])

    def test_history_rebuilt_before_the_first_run_is_joined(self):
        """Both actions are triggered at installation; either may come first."""
        self._create_orders(self.customer, [500, 470, 10])
        self._reconstruct()
        self._run()
        self._assert_joined(self.customer)

    def test_history_rebuilt_after_documents_were_imported_is_joined(self):
        """Old orders are imported into a company that runs already: the live run
        writes one transition for each customer; rebuilding tells what was before."""
        self._run()
        self._create_orders(self.customer, [500, 470, 100])
        self._run()
        self.history._restart(self.company)
        self._reconstruct()
        self._assert_joined(self.customer)

    def test_first_run_of_a_company_writes_no_history(self):
        self._create_orders(self.customer, [500, 470, 100])
        self._run()
        self.assertEqual(self._get_story(), [])

    def test_history_leaves_live_rows_alone(self):
        self._create_orders(self.customer, [500, 470, 100])
        self._run()
        query = SQL("SELECT id, ctid FROM winback_status WHERE company_id = %s", self.company.id)
        before = self.env.execute_query(query)
        self._reconstruct()
        self.assertEqual(self.env.execute_query(query), before)

    def test_history_goes_month_by_month(self):
        self._create_orders(self.customer, [500, 470, 100])
        self.history._reconstruct(self.company, FIRST)
        self.assertEqual(self._get_story(), [])
        self.assertEqual(self.company.winback_history_date, FIRST)
        self.assertEqual(self.history._get_progress(self.company), (1, 24))
        missing = self.history._get_missing_month_ends(self.company)
        self.assertEqual(missing[0], date(2024, 7, 31))

    def test_progress_ends_at_all(self):
        self.assertEqual(self.history._get_progress(self.company), (0, 24))
        self._reconstruct()
        self.assertEqual(self.history._get_progress(self.company), (24, 24))

    def test_history_that_crosses_a_month_is_finished_once(self):
        """Begun in June and gone on with in July: the rest of the months, and the
        new one not again by the next night."""
        self.history._reconstruct(self.company, FIRST)
        with freeze_time("2026-07-02 12:00:00"):
            self._reconstruct()
            self.assertEqual(self.history._get_missing_month_ends(self.company), [])


@tagged("post_install", "-at_install")
class TestHistoryOfOne(WinbackHistoryCase):
    """Bought on days 500 and 470 before, lost 180 days later, back 100 days ago."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_orders(cls.customer, [500, 470, 100])
        cls._run()
        cls._reconstruct()
        cls.story = cls._get_story()

    def test_history_tells_the_exact_days(self):
        self.assertEqual(self.story[0], (self._day(500), False, "new"))
        self.assertIn((self._day(470 - 180), "at_risk", "lost"), self.story)
        self.assertEqual(self.story[-1], (self._day(100), "lost", "won_back"))

    def test_history_is_marked_as_reconstructed(self):
        self.assertEqual(set(self._get_transitions(self.customer).mapped("reconstructed")), {True})

    def test_history_is_idempotent(self):
        self.assertEqual(self.history._get_missing_month_ends(self.company), [])
        for day in (date(2025, 3, 31), LAST):
            self.history._reconstruct(self.company, day)
        self.assertEqual(self._get_story(), self.story)

    def test_history_rebuilt_is_the_same(self):
        self.history._restart(self.company)
        self.assertEqual(self._get_story(), [])
        self._reconstruct()
        self.assertEqual(self._get_story(), self.story)

    def test_rebuilding_leaves_other_companies_alone(self):
        other = self._create_company("Other Company")
        self.history._restart(other)
        self.assertEqual(self._get_story(), self.story)

    def test_history_tells_the_classes(self):
        moved = self._get_transitions(self.customer, kind="class")
        self.assertEqual(len(moved), 1)
        self.assertEqual(moved.to_class_id, self._get_status(self.customer).value_class_id)


@tagged("post_install", "-at_install")
class TestHistoryCron(WinbackHistoryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref("winback_lost_customers.ir_cron_winback_history")
        others = cls.env["res.company"].search([("id", "!=", cls.company.id)])
        others.write({"winback_history_date": LAST, "winback_history_start": LAST})
        cls._create_orders(cls.customer, [500, 470, 100])
        cls._run()

    def _trigger(self):
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()

    def test_cron_reconstructs_and_then_rests(self):
        self._trigger()
        self.assertEqual(self.company.winback_history_date, LAST)
        self._assert_joined(self.customer)
        story = self._get_story()
        self._trigger()
        self.assertEqual(self._get_story(), story)

    def test_cron_resumes_after_an_interruption(self):
        reconstruct = type(self.history)._reconstruct
        limits = [date(2025, 5, 31)]
        done = []

        def _reconstruct(history, company, day):
            if day > limits[-1]:
                raise ConnectionError("The power went off")
            done.append(day)
            return reconstruct(history, company, day)

        self.patch(type(self.history), "_reconstruct", _reconstruct)
        with self.assertLogs("odoo.addons.base.models.ir_cron", "ERROR") as log:
            self._trigger()
        self.assertIn("The power went off", "".join(log.output))
        self.assertEqual(self.company.winback_history_date, limits[0])
        self.assertEqual(len(done), 12)
        limits.append(date(2026, 12, 31))
        self._trigger()
        self.assertEqual(len(done), 24)  # no month twice
        self.assertEqual(len(set(done)), 24)
        self._assert_joined(self.customer)

    def test_settings_rebuild_in_the_background(self):
        self._trigger()
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.winback_history_progress, "24 of 24 month-ends")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.cron.id)])
        settings.action_winback_rebuild_history()
        self.assertFalse(self.company.winback_history_date)
        self.assertEqual(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.cron.id)]),
            triggers + 1,
        )


@tagged("post_install", "-at_install")
class TestAsOf(WinbackHistoryCase):
    def test_as_of_is_what_a_live_run_said_then(self):
        """Run on 1 March, then let life go on, then look back at 1 March."""
        customers = self.env["res.partner"]
        ago = (self.today - date(2026, 3, 1)).days
        for days in ([400, 370], [40, 10], [100], [300], [1030, 1000, 100], [700, 690, 30, 2]):
            partner = self._create_customer()
            self._create_orders(partner, [ago + number for number in days])
            self._create_order(partner, ago + 3, state="cancel")
            customers |= partner
        with freeze_time("2026-03-01 12:00:00"):
            self._run(today=date(2026, 3, 1))
            self.env.cr.execute("CREATE TEMP TABLE then_status AS TABLE winback_run_status")
            live = self._read_table("then_status")
        for partner in customers:
            self._create_orders(partner, [ago - 1, 10])
            self._create_order(partner, 20, state="draft")
            self._create_lead(partner, 15)
        self._run()
        looked_back = self._get_states_as_of(date(2026, 3, 1))
        self.assertEqual(set(looked_back), set(live))
        for partner_id, row in looked_back.items():
            self.assertEqual(row, live[partner_id])

    def test_as_of_writes_nothing(self):
        self._create_orders(self.customer, [40, 10])
        self._run()
        status = self._get_status(self.customer)
        self.company.flush_recordset()
        tables = ("winback_status", "winback_status_sign", "winback_transition", "res_company")
        before = [self._get_places(table) for table in tables]
        self._get_states_as_of(self._day(200))
        self.assertEqual([self._get_places(table) for table in tables], before)
        self.assertEqual(status.state, "active")
        self.assertEqual(self.company.winback_run_date, self.today)

    def _get_places(self, table):
        return self.env.execute_query(SQL("SELECT id, ctid FROM %s", SQL.identifier(table)))

    def test_as_of_before_the_first_order_knows_nobody(self):
        self._create_orders(self.customer, [40, 10])
        self.assertEqual(self._get_states_as_of(self._day(41)), {})
        self.assertIn(self.customer.id, self._get_states_as_of(self._day(40)))

    def _cancel(self, order, moment):
        """Cancel `order` at `moment`, as a user does: with a tracked value."""
        self.env.flush_all()
        self.env.cr.precommit.clear()
        with freeze_time(moment):
            order.with_context(tracking_disable=False)._action_cancel()
            self.env.flush_all()
            self.env.cr.precommit.run()

    def test_order_cancelled_later_was_confirmed_then(self):
        self._create_order(self.customer, 100)
        order = self._create_order(self.customer, 60)
        self._cancel(order, "2026-06-01 12:00:00")
        self.assertEqual(order.state, "cancel")
        now = self._get_facts(self.customer)
        self.assertEqual((now["order_count"], now["last_order_date"]), (1, self._day(100)))
        then = self._get_facts(self.customer, today=date(2026, 5, 31))
        self.assertEqual((then["order_count"], then["last_order_date"]), (2, self._day(60)))
        self.assertEqual(then["fruitless_count"], 0)

    def test_order_cancelled_earlier_was_cancelled_then(self):
        self._create_order(self.customer, 100)
        order = self._create_order(self.customer, 60)
        self._cancel(order, "2026-05-31 12:00:00")
        then = self._get_facts(self.customer, today=date(2026, 5, 31))
        self.assertEqual((then["order_count"], then["fruitless_count"]), (1, 1))

    def test_order_cancelled_later_in_another_language_was_confirmed_then(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env.ref("sale.selection__sale_order__state__sale").with_context(
            lang="fr_FR"
        ).name = "Bon de commande"
        order = self._create_order(self.customer, 60)
        self._cancel(order.with_context(lang="fr_FR"), "2026-06-01 12:00:00")
        then = self._get_facts(self.customer, today=date(2026, 5, 31))
        self.assertEqual(then["order_count"], 1)

    def test_cancelled_without_trace_counts_as_always_cancelled(self):
        self._create_order(self.customer, 100)
        self._create_order(self.customer, 60, state="cancel")
        self.assertEqual(self._get_facts(self.customer, today=self._day(50))["order_count"], 1)

    def test_quotation_cancelled_later_was_open_then(self):
        """Odoo tracks the change from Quotation to Cancelled, too."""
        self._create_order(self.customer, 100)
        quotation = self._create_order(self.customer, 60, state="sent")
        self.env.flush_all()
        self.env.cr.precommit.clear()
        quotation.with_context(tracking_disable=False)._action_cancel()
        self.env.flush_all()
        self.env.cr.precommit.run()
        then = self._get_facts(self.customer, today=date(2026, 5, 31))
        self.assertEqual(then["fruitless_count"], 0)
