from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import TODAY, WinbackCase

CUTOFF = date(2026, 1, 31)
AGO = (TODAY - CUTOFF).days
HORIZON = 90
NOTES = (
    "silent_days", "purchase_days", "amount_active_year", "level", "p_model", "p_raw",
    "sign_ids", "is_living", "is_lost", "last_order_id",
)  # fmt: skip


class WinbackBacktestCase(WinbackCase):
    """Customers seen from a month-end half a year ago; days are counted from there."""

    @classmethod
    def _create_buyer(cls, name, before, after=(), **values):
        """Create a customer with orders so many days `before` and `after` the month-end."""
        partner = cls._create_customer(name)
        days = [AGO + number for number in before] + [AGO - number for number in after]
        cls._create_orders(partner, days, **values)
        return partner

    @classmethod
    def _create_backtest(cls, date_from=CUTOFF, date_to=CUTOFF, **values):
        return cls.env["winback.backtest"].create(
            {
                "company_id": cls.company.id,
                "date_from": date_from,
                "date_to": date_to,
                "horizon_days": HORIZON,
                **values,
            }
        )

    @classmethod
    def _do(cls, backtest):
        """Do all steps of `backtest`, as the scheduled action does them."""
        backtest._begin()
        while backtest.state == "running":
            backtest._try_advance()
        return backtest

    @classmethod
    def _observe(cls, day=CUTOFF):
        """Return what is noted at the month-end `day`, by customer's id."""
        backtest = cls._create_backtest(day, day)
        backtest._begin()
        cls.env.flush_all()
        backtest.cutoff_ids._observe()
        cls.env.cr.execute(
            SQL(
                "SELECT partner_id, %s FROM winback_backtest_customer WHERE backtest_id = %s",
                SQL(", ").join(SQL.identifier(name) for name in NOTES),
                backtest.id,
            )
        )
        return {row["partner_id"]: row for row in cls.env.cr.dictfetchall()}

    def _get_line(self, backtest, source, code=None):
        return backtest.line_ids.filtered(
            lambda line: line.source == source and (not code or line.sign_id.code == code)
        )


@tagged("post_install", "-at_install")
class TestBacktestFigures(WinbackBacktestCase):
    """Eight customers, each of a kind, counted by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.steady = cls._create_buyer("Steady", [95, 65, 35, 5], [20])
        cls.seen = cls._create_buyer("Lost and seen", [180, 150, 120])
        cls.false_alarm = cls._create_buyer("False alarm", [180, 150, 120], [90])
        cls.unwarned = cls._create_buyer("Lost without warning", [65, 35, 5], amount=900)
        cls.twice = cls._create_buyer("Bought twice", [40, 10])
        cls.once = cls._create_buyer("Bought once", [40])
        cls.long_lost = cls._create_buyer("Lost long ago", [560, 530, 500])
        cls.excluded = cls._create_buyer("Excluded", [180, 150, 120])
        cls.env["winback.exclusion"].create(
            {"partner_id": cls.excluded.id, "company_id": cls.company.id, "date": cls._day(AGO)}
        )
        cls.backtest = cls._do(cls._create_backtest())

    def test_lines_count_customers_who_were_still_there(self):
        expected = {
            # 70 points: seen and false alarm; missed: unwarned and bought twice
            ("score", None): (2, 1, 2),
            ("sign", "S1"): (2, 1, 2),
            ("sign", "S2"): (0, 0, 3),
            ("sign", "S4"): (0, 0, 3),
            ("sign", "S6"): (2, 1, 2),
        }
        self.assertEqual(self.backtest.state, "done", self.backtest.error)
        for (source, code), counts in expected.items():
            with self.subTest(source=source, code=code):
                line = self._get_line(self.backtest, source, code)
                self.assertEqual((line.flagged, line.rightly, line.missed), counts)
        score = self._get_line(self.backtest, "score")
        self.assertAlmostEqual(score.precision, 1 / 2)
        self.assertAlmostEqual(score.recall, 1 / 3)

    def test_ranking_speaks_of_customers_with_a_rhythm(self):
        # with at least three days: lost 85, 0, 100 points; kept 0, 85
        self.assertAlmostEqual(self._get_line(self.backtest, "score").auc, 4 / 6, 3)
        # silent: lost 120, 5, 500; kept 5, 120
        self.assertAlmostEqual(self._get_line(self.backtest, "recency").auc, 4 / 6, 3)
        cutoff = self.backtest.cutoff_ids
        self.assertEqual((cutoff.date, cutoff.customers, cutoff.lost), (CUTOFF, 5, 3))
        self.assertAlmostEqual(cutoff.auc_recency, 4 / 6, 3)

    def test_best_plain_rule_is_found(self):
        # from 121 days: long ago of three lost, nobody kept (.33); from 30: 2/3 - 1/2
        self.assertEqual(self.backtest.plain_days, 121)
        line = self._get_line(self.backtest, "recency")
        self.assertEqual((line.threshold, line.flagged, line.missed), (121, 0, 3))

    def test_curve_tells_what_other_thresholds_would_have_done(self):
        curve = {row[0]: row[1:] for row in self.backtest.curves["score"]}
        self.assertEqual(set(curve), set(range(101)))
        self.assertEqual(curve[0], [5, 3, 0])
        self.assertEqual(curve[85], [2, 1, 2])
        self.assertEqual(curve[86], [0, 0, 3])
        days = {row[0]: row[1:] for row in self.backtest.curves["recency"]}
        self.assertEqual(days[10], [3, 2, 1])
        self.assertEqual(days[11], [2, 1, 2])

    def test_lost_without_warning_are_listed(self):
        self.assertEqual(self.backtest.unwarned_ids.partner_id, self.unwarned | self.twice)
        first = self.backtest.unwarned_ids[0]
        self.assertEqual((first.partner_id, first.date), (self.unwarned, CUTOFF))
        self.assertEqual(first.last_order_date, CUTOFF - timedelta(days=5))
        self.assertFalse(first.warned_date)
        self.assertEqual(self.backtest.unwarned_count, 2)
        self.assertEqual(first.action_open_customer()["res_id"], self.unwarned.id)
        self._run()
        self.assertEqual(self.backtest.action_open_unwarned()["domain"], [("backtest_id", "=", self.backtest.id)])

    def test_too_few_customers_give_no_grade(self):
        self.assertEqual(self.backtest.grade, "none")
        self.assertIn("Not enough data", self.backtest.sentence)

    def test_company_without_customers_gives_no_grade(self):
        other = self._create_company("Empty")
        backtest = self._do(self._create_backtest(company_id=other.id))
        self.assertEqual((backtest.state, backtest.grade), ("done", "none"), backtest.error)
        self.assertFalse(backtest.unwarned_ids)
        self.assertEqual(self._get_line(backtest, "recency").flagged, 0)

    def test_other_companies_orders_do_not_count(self):
        other = self._create_company("Other")
        partner = self._create_buyer("Shared", [65, 35, 5], [20], company=other)
        self._create_orders(partner, [AGO + 100, AGO + 70, AGO + 40])
        notes = self._observe()
        self.assertEqual(notes[partner.id]["silent_days"], 40)
        self.assertTrue(notes[partner.id]["is_lost"])

    def test_contact_buys_for_its_company(self):
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.seen.id})
        self._create_order(contact, AGO - 30)
        self.assertFalse(self._observe()[self.seen.id]["is_lost"])

    def test_return_of_goods_is_no_purchase(self):
        self._create_order(self.seen, AGO - 30, amount=-50)
        self.assertTrue(self._observe()[self.seen.id]["is_lost"])

    def test_purchase_on_the_last_day_of_the_horizon_counts(self):
        # the false alarm bought on day 90; a day later is too late
        self.assertFalse(self._observe()[self.false_alarm.id]["is_lost"])
        late = self._create_buyer("Late", [65, 35, 5], [91])
        self.assertTrue(self._observe()[late.id]["is_lost"])

    def test_report_can_be_printed(self):
        report = self.env.ref("winback_lost_customers.winback_backtest_report")
        html, _kind = report._render_qweb_html(report.report_name, self.backtest.ids)
        for words in (b"Lost without warning", b"121 days", b"S6 Order overdue"):
            self.assertIn(words, html)


@tagged("post_install", "-at_install")
class TestBacktestGrade(WinbackBacktestCase):
    def _create_crowd(self, count, flag_lost):
        """Create `count` customers that were lost and as many that bought again, all
        silent for 20 days; those of one kind had asked in vain three times since."""
        for number in range(count):
            for is_lost in (True, False):
                partner = self._create_buyer(
                    f"Customer {number}", [80, 50, 20], () if is_lost else [10]
                )
                if is_lost == flag_lost:
                    self._create_orders(partner, [AGO + 6, AGO + 4, AGO + 2], state="cancel")

    def _do_without_model(self):
        """Return a finished back-test for which no model could be fitted."""
        model = self.env["winback.model"]
        with patch.object(type(model), "_fit", lambda self, company, day: model):
            return self._do(self._create_backtest())

    def test_probability_is_graded_where_there_is_one(self):
        """All have the same rhythm, so that it cannot tell them apart: level."""
        self._create_crowd(12, flag_lost=True)
        backtest = self._do(self._create_backtest())
        self.assertEqual((backtest.grade, backtest.graded_source), ("C", "model"), backtest.error)
        self.assertIn("in 50 of 100 pairs", backtest.sentence)
        for source in ("model", "raw"):
            line = self._get_line(backtest, source)
            self.assertTrue(line.is_probability)
            self.assertGreater(line.brier, 0)
            # all are in one bin: half of them were lost
            ((_low, _high, customers, expected, lost),) = backtest.reliability[source]
            self.assertEqual((customers, lost), (24, 0.5))
            self.assertAlmostEqual(line.ece, abs(expected - 0.5), 3)
        self.assertEqual(backtest.calibration.count("points on average"), 2)

    def test_probability_of_another_horizon_is_ranked_and_not_called_true(self):
        self._create_crowd(12, flag_lost=True)
        backtest = self._do(self._create_backtest(horizon_days=60))
        line = self._get_line(backtest, "model")
        self.assertTrue(line.auc)
        self.assertFalse(line.is_probability)
        self.assertFalse(backtest.reliability)

    def test_score_that_sees_what_silence_does_not_show_gets_an_a(self):
        self._create_crowd(12, flag_lost=True)
        backtest = self._do_without_model()
        self.assertEqual((backtest.grade, backtest.graded_source), ("A", "score"), backtest.error)
        self.assertAlmostEqual(backtest.advantage, 0.5)
        self.assertEqual((backtest.early_customers, backtest.early_lost), (24, 12))
        self.assertIn("in 100 of 100 pairs", backtest.sentence)
        self.assertIn("do so in 50", backtest.sentence)
        self.assertFalse(backtest.unwarned_ids)

    def test_score_that_flags_the_wrong_ones_gets_a_d(self):
        self._create_crowd(12, flag_lost=False)
        self.assertEqual(self._do_without_model().grade, "D")

    def test_lead_is_measured_against_the_rule_with_as_many_false_alarms(self):
        """Asked in vain from January on; the rule sees the silence two month-ends later."""
        partner = self._create_buyer("Led", [80, 50, 20])
        self._create_orders(partner, [AGO + 6, AGO + 4, AGO + 2], state="cancel")
        # false alarms of the rule from 79 days on: so the rule that matches S2, which has
        # none, must wait for 80
        self._create_buyer("Slow", [240, 160, 79], [10])
        backtest = self._do(self._create_backtest(date_to=date(2026, 3, 31)))
        self.assertEqual(len(backtest.cutoff_ids), 2)  # April would not leave 90 days
        line = self._get_line(backtest, "sign", "S2")
        self.assertEqual((line.flagged, line.rightly), (2, 2))
        self.assertEqual(line.lead_count, 0)  # silent for 48 days at the end of February
        self.assertFalse(self._get_line(backtest, "sign", "S1").lead_count)


@tagged("post_install", "-at_install")
class TestBacktestLeaks(WinbackBacktestCase):
    """What happened after a month-end must not change what was said on it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls._create_buyer("Buyer", [180, 150, 120])
        cls.asking = cls._create_buyer("Asking", [100, 60, 30], [30])
        cls.lead = cls._create_lead(cls.asking, AGO + 9, lost=True)
        cls.quotations = cls._create_orders(
            cls.asking, [AGO + 12, AGO + 6], state="sent", validity_date=cls._day(AGO + 1)
        )
        cls.customers = cls.buyer | cls.asking

    def setUp(self):
        super().setUp()
        self._remember()
        self.assertEqual(set(self.before), set(self.customers.ids))

    def _remember(self):
        """Keep what is noted, and all facts behind it, as they are before the leak."""
        self.before = self._observe()
        self.facts = self._read_table("winback_run_fact")

    def _assert_nothing_leaks(self):
        """Check the notes, and each fact: those that no sign of these tests reads, too."""
        self.assertEqual(self._observe(), self.before)
        facts = self._read_table("winback_run_fact")
        for partner in self.facts:
            differing = {
                name: (value, facts[partner][name])
                for name, value in self.facts[partner].items()
                if facts[partner][name] != value
            }
            self.assertFalse(differing)

    def _track(self, moment, function):
        """Call `function` at `moment`, with tracked values as of a user's change."""
        self.env.flush_all()
        self.env.cr.precommit.clear()
        with freeze_time(moment):
            function()
            self.env.flush_all()
            self.env.cr.precommit.run()

    def _cancel(self, order, moment):
        order = order.with_context(tracking_disable=False)
        self._track(moment, order._action_cancel)

    def test_what_is_said_before_any_leak(self):
        asking, buyer = self.before[self.asking.id], self.before[self.buyer.id]
        self.assertEqual((buyer["level"], buyer["is_lost"]), (85, True))
        self.assertEqual((asking["level"], asking["is_lost"]), (50, False))
        self.assertEqual(asking["sign_ids"], self.signs["S2"].ids)

    def test_later_order(self):
        self._create_orders(self.buyer, [AGO - HORIZON - 1, 3])
        self._create_order(self._create_customer(), 3)
        self._assert_nothing_leaks()

    def test_order_in_the_horizon_changes_only_what_came(self):
        self._create_order(self.buyer, AGO - 1)
        after = self._observe()
        self.assertFalse(after[self.buyer.id]["is_lost"])
        after[self.buyer.id]["is_lost"] = True
        self.assertEqual(after, self.before)

    def test_later_cancellation(self):
        order = self.env["sale.order"].browse(self.before[self.buyer.id]["last_order_id"])
        self._cancel(order, "2026-02-03 12:00:00")
        self.assertEqual(order.state, "cancel")
        self._assert_nothing_leaks()

    def test_later_cancellation_made_a_quotation_again(self):
        order = self.env["sale.order"].browse(self.before[self.buyer.id]["last_order_id"])
        self._cancel(order, "2026-02-03 12:00:00")
        self._track("2026-02-04 12:00:00", order.with_context(tracking_disable=False).action_draft)
        self.assertEqual(order.state, "draft")
        self._assert_nothing_leaks()

    def test_purchase_cancelled_after_the_horizon_was_one(self):
        order = self._create_order(self.buyer, AGO - 10)
        with_order = self._observe()
        self.assertFalse(with_order[self.buyer.id]["is_lost"])
        self._cancel(order, "2026-05-02 12:00:00")  # the horizon ended on May 1
        self.assertEqual(self._observe(), with_order)

    def test_purchase_cancelled_within_the_horizon_was_none(self):
        order = self._create_order(self.buyer, AGO - 10)
        self._cancel(order, "2026-05-01 12:00:00")
        self._assert_nothing_leaks()

    def test_later_archiving(self):
        self._run()
        self.customers.active = False
        self._run()
        self._assert_nothing_leaks()

    def test_later_payment_and_credit_note(self):
        """Rows as Odoo writes them; accounting needs no chart of accounts for that."""
        journal = self.env["account.journal"].create(
            {"name": "Sales", "code": "WBS", "type": "sale", "company_id": self.company.id}
        )
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": kind,
                    "partner_id": self.asking.id,
                    "journal_id": journal.id,
                    "invoice_date": day,
                    "date": day,
                }
                for kind, day in (
                    ("out_invoice", CUTOFF - timedelta(days=20)),
                    ("out_refund", CUTOFF + timedelta(days=5)),
                )
            ]
        )
        for move in moves:
            self._set_columns(
                move,
                state="posted",
                amount_untaxed_signed=100,
                amount_total_signed=100,
                amount_residual_signed=100,
                amount_residual=100,
                payment_state="not_paid",
                commercial_partner_id=self.asking.id,
                create_date=move.date,
            )
        self._remember()
        for move in moves:
            self._set_columns(
                move, amount_residual_signed=0, amount_residual=0, payment_state="paid"
            )
        self._assert_nothing_leaks()

    def test_later_change_of_salesperson(self):
        old, new = (
            new_test_user(self.env, login, groups="sales_team.group_sale_salesman")
            for login in ("wb_old", "wb_new")
        )
        orders = self.env["sale.order"].search([("partner_id", "=", self.buyer.id)])
        orders.user_id = old
        self._remember()

        def change():
            orders.with_context(tracking_disable=False).user_id = new
            self.buyer.with_context(tracking_disable=False).user_id = new

        self._track("2026-02-03 12:00:00", change)
        self.assertEqual(orders.user_id, new)
        self._assert_nothing_leaks()
        self.engine._run_as_of(self.company, CUTOFF)
        self.assertEqual(self._read_table("winback_run_status")[self.buyer.id]["user_id"], old.id)
        self.engine._run_as_of(self.company, date(2026, 2, 3))
        self.assertEqual(self._read_table("winback_run_status")[self.buyer.id]["user_id"], new.id)

    def test_salesperson_of_an_order_that_had_none(self):
        user = new_test_user(self.env, "wb_first", groups="sales_team.group_sale_salesman")
        orders = self.env["sale.order"].search([("partner_id", "=", self.buyer.id)])

        def change():
            orders.with_context(tracking_disable=False).user_id = user

        self._track("2026-02-03 12:00:00", change)
        self._assert_nothing_leaks()
        self.assertIsNone(self._read_table("winback_run_status")[self.buyer.id]["user_id"])

    def test_potential_entered_later(self):
        self._run()
        self.company.winback_min_potential = 1000
        self._remember()
        self.assertFalse(self.before)  # all sold for less
        self._get_status(self.buyer).potential_amount = 5000
        self.assertEqual(self._get_status(self.buyer).potential_date, self.today)
        self._assert_nothing_leaks()
        self._get_status(self.buyer).potential_date = CUTOFF
        self.assertEqual(set(self._observe()), set(self.buyer.ids))

    def test_given_up_later(self):
        self._run()
        self._get_status(self.customers[0]).action_give_up()
        self._assert_nothing_leaks()

    def test_class_by_exception_later(self):
        self._run()
        gold = self.env["winback.value.class"].create({"name": "Special", "company_id": self.company.id})
        status = self._get_status(self.buyer)
        status.write({"class_override_id": gold.id, "class_override_reason": "referral"})
        self.env["winback.value.class"].create(
            {"name": "Top", "company_id": self.company.id, "margin_share_to": 50}
        )
        self._assert_nothing_leaks()
        self.engine._run_as_of(self.company, CUTOFF)
        row = self._read_table("winback_run_status")[self.buyer.id]
        self.assertIsNone(row["class_override_id"])
        self.assertEqual(status.class_override_date, self.today)

    def test_excluded_later(self):
        self._run()
        self.env["winback.exclusion"].create({"partner_id": self.buyer.id})
        self._assert_nothing_leaks()

    def test_quotation_confirmed_later(self):
        """Confirming overwrites the quotation's date; the expired quotation remains."""
        quotation = self.quotations[0]
        self._set_columns(quotation, state="sale", date_order=self._noon(3))
        self._assert_nothing_leaks()

    def test_opportunity_quoted_later(self):
        quotation = self._create_order(self.asking, 3, state="sent")
        quotation.opportunity_id = self.lead
        self._assert_nothing_leaks()

    def test_opportunity_lost_later(self):
        self._create_lead(self.buyer, AGO + 3)
        self._remember()
        self.env["crm.lead"].search([("partner_id", "=", self.buyer.id)]).action_set_lost()
        self._assert_nothing_leaks()

    def test_later_message_meeting_and_call(self):
        message = self.buyer.message_post(
            author_id=self.buyer.id, message_type="comment", body="Hello"
        )
        self._set_columns(message, date=self._noon(3))
        self.env["calendar.event"].create(
            {
                "name": "Meeting",
                "start": self._noon(3),
                "stop": self._noon(3),
                "partner_ids": [Command.set(self.buyer.ids)],
            }
        )
        self._assert_nothing_leaks()

    def _create_letters(self):
        """Write to who is asking: two letters and a mailing without an answer."""
        writer = new_test_user(self.env, "wb_writer").partner_id
        messages = self.env["mail.message"].create(
            [
                {
                    "author_id": writer.id,
                    "model": self.asking._name,
                    "res_id": self.asking.id,
                    "message_type": "comment",
                    "date": self._noon(AGO + days),
                    "notification_ids": [
                        Command.create(
                            {
                                "res_partner_id": self.asking.id,
                                "notification_type": "email",
                                "notification_status": "sent",
                            }
                        )
                    ],
                }
                for days in (4, 3)
            ]
        )
        trace = self.env["mailing.trace"].create(
            {
                "model": "res.partner",
                "res_id": self.asking.id,
                "trace_status": "sent",
                "sent_datetime": self._noon(AGO + 2),
            }
        )
        self._remember()
        self.assertEqual(self.facts[self.asking.id]["touch_count"], 3)
        return messages.notification_ids, trace

    def test_letters_bounced_and_dismissed_later(self):
        letters, _trace = self._create_letters()
        letters.write({"notification_status": "bounce", "failure_type": "mail_bounce"})
        facts = self.facts[self.asking.id]
        self._assert_nothing_leaks_but(facts, "contact_")
        letters.notification_status = "canceled"
        self._assert_nothing_leaks_but(facts, "contact_")

    def _assert_nothing_leaks_but(self, facts, prefix):
        """Nothing but the columns with a `prefix`, which cannot know better."""
        self.assertEqual(self._observe(), self.before)
        now = self._read_table("winback_run_fact")[self.asking.id]
        for name in facts:
            if not name.startswith(prefix):
                self.assertEqual(now[name], facts[name], name)

    def test_mailing_answered_and_failed_later(self):
        _letters, trace = self._create_letters()
        for change in (trace.set_opened, trace.set_replied, trace.set_clicked, trace.set_failed):
            with self.subTest(change=change.__name__):
                change()
                self._assert_nothing_leaks()

    def test_call_in_vain_later(self):
        call = self.asking.activity_schedule("mail.mail_activity_data_call")
        self._remember()
        call.action_winback_not_reached()
        self._assert_nothing_leaks()

    def test_meeting_archived_later(self):
        meeting = self.env["calendar.event"].create(
            {
                "name": "Meeting",
                "start": self._noon(AGO + 10),
                "stop": self._noon(AGO + 10),
                "partner_ids": [Command.set(self.buyer.ids)],
            }
        )
        self._set_columns(meeting, write_date=self._noon(AGO + 10))
        self._remember()
        self.assertEqual(self.before[self.buyer.id]["level"], 65)  # S6; S1 is answered
        self._set_columns(meeting, active=False, write_date=self._noon(3))
        self._assert_nothing_leaks()
        self._set_columns(meeting, active=False, write_date=self._noon(AGO + 5))
        self.assertEqual(self._observe()[self.buyer.id]["level"], 85)


@tagged("post_install", "-at_install")
class TestBacktestRuns(WinbackBacktestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls._create_buyer("Buyer", [180, 150, 120])
        cls.unwarned = cls._create_buyer("Unwarned", [65, 35, 5])
        cls.cron = cls.env.ref("winback_lost_customers.ir_cron_winback_backtest")
        cls.env.flush_all()

    def _get_places(self, table):
        """Return where the rows of `table` lie: any write would move one."""
        self.env.flush_all()
        query = SQL("SELECT ctid::text, xmin::text, id FROM %s ORDER BY id", SQL.identifier(table))
        return self.env.execute_query(query)

    def test_live_status_evidence_and_history_are_never_touched(self):
        self._run()
        tables = (
            "winback_status", "winback_status_sign", "winback_transition", "winback_sign",
            "winback_exclusion", "res_company", "sale_order", "res_partner",
        )  # fmt: skip
        before = {table: self._get_places(table) for table in tables}
        self._do(self._create_backtest(date_from=date(2025, 12, 1)))
        for table in tables:
            with self.subTest(table=table):
                self.assertEqual(self._get_places(table), before[table])

    def test_cutoffs_are_month_ends_that_leave_the_horizon(self):
        backtest = self._create_backtest(date(2025, 12, 31), self.today)
        backtest._begin()
        self.assertEqual(
            backtest.cutoff_ids.mapped("date"),
            [date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)],
        )

    def test_period_without_a_month_end_is_refused(self):
        with self.assertRaises(UserError):
            self._create_backtest(date(2026, 4, 1), self.today).action_run()
        with self.assertRaises(ValidationError):
            self._create_backtest(self.today, CUTOFF)

    def test_small_company_is_tested_at_once(self):
        backtest = self._create_backtest()
        backtest.action_run()
        self.assertEqual((backtest.state, backtest.progress), ("done", 100), backtest.error)
        self.assertEqual(backtest.unwarned_ids.partner_id, self.unwarned)

    def test_large_company_is_tested_in_the_background(self):
        backtest = self._create_backtest(date(2025, 12, 31))
        with patch.object(type(backtest), "_is_small", lambda self: False):
            backtest.action_run()
        self.assertEqual((backtest.state, backtest.progress), ("running", 0))
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)]))
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.assertEqual(backtest.state, "done")
        self.assertEqual(len(backtest.cutoff_ids), 2)

    def test_interrupted_backtest_goes_on_with_the_next_month_end(self):
        backtest = self._create_backtest(date(2025, 12, 31))
        backtest._begin()
        backtest._try_advance()
        self.assertEqual(backtest.cutoff_ids.mapped("is_done"), [True, False])
        self.assertEqual(backtest.progress, 33)
        observe = type(backtest.cutoff_ids)._observe
        done = []

        def _observe(cutoff):
            done.append(cutoff.date)
            observe(cutoff)

        with (
            patch.object(type(backtest.cutoff_ids), "_observe", _observe),
            self.enter_registry_test_mode(),
        ):
            self.cron.method_direct_trigger()
        self.assertEqual(done, [CUTOFF])
        self.assertEqual(backtest.state, "done")
        together = self._do(self._create_backtest(date(2025, 12, 31)))
        self.assertEqual(backtest.curves, together.curves)

    @mute_logger("odoo.addons.winback_lost_customers.models.winback_backtest")
    def test_failure_is_told_and_does_not_stop_others(self):
        failing = self._create_backtest()
        other = self._create_backtest(date(2025, 12, 31), date(2025, 12, 31))
        (failing | other)[0]._begin()
        other._begin()
        observe = type(failing.cutoff_ids)._observe

        def _observe(cutoff):
            if cutoff.backtest_id == failing:
                raise ValueError("The power went off")
            observe(cutoff)

        with (
            patch.object(type(failing.cutoff_ids), "_observe", _observe),
            self.enter_registry_test_mode(),
        ):
            self.cron.method_direct_trigger()
        self.assertEqual((failing.state, failing.error), ("failed", "The power went off"))
        self.assertEqual(other.state, "done")
        failing.action_run()
        self.assertEqual((failing.state, failing.error), ("done", False))

    def test_stopped_backtest_forgets_its_notes(self):
        backtest = self._create_backtest(date(2025, 12, 31))
        backtest._begin()
        backtest._try_advance()
        backtest.action_stop()
        self.assertEqual(backtest.state, "draft")
        self.assertFalse(backtest.cutoff_ids)
        self.assertFalse(
            self.env["winback.backtest.customer"].search([("backtest_id", "=", backtest.id)])
        )

    def test_second_run_replaces_the_first(self):
        backtest = self._do(self._create_backtest())
        self._create_order(self.unwarned, AGO - 3)
        self._do(backtest)
        self.assertFalse(backtest.unwarned_ids)
        self.assertEqual(len(backtest.cutoff_ids), 1)

    def test_later_flag_of_the_same_silence_is_told(self):
        """Unwarned at the end of January; at the end of May it has been silent for 125
        days, but that leaves no horizon: April is out, so it needs an earlier one."""
        early = self._create_buyer("Early", [185, 155, 125])
        backtest = self._do(self._create_backtest(date(2025, 10, 31)))
        row = backtest.unwarned_ids.filtered(lambda row: row.partner_id == early)
        # silent since September 28: 33 days in October, 63 in November, 94 in December
        self.assertEqual((row.date, row.warned_date), (date(2025, 10, 31), date(2025, 12, 31)))

    def test_defaults_leave_half_of_the_history(self):
        backtest = self.env["winback.backtest"].create({})
        first = self._day(AGO + 180)
        self.assertEqual(backtest.date_from, first + (self.today - first - timedelta(days=1)) / 2)
        self.assertEqual((backtest.date_to, backtest.horizon_days), (self.today, 90))


@tagged("post_install", "-at_install")
class TestBacktestSettings(WinbackBacktestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for number in range(3):
            cls._create_buyer(f"Kept {number}", [95, 65, 35 + number], [20])
            cls._create_buyer(f"Lost {number}", [180, 150, 120])
        cls.backtest = cls._do(cls._create_backtest())

    @classmethod
    def _create_user(cls, login, *groups):
        return new_test_user(
            cls.env,
            login,
            groups=",".join(groups),
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def _as(self, user, record=None):
        record = self.backtest if record is None else record
        return record.with_user(user).with_context(allowed_company_ids=self.company.ids)

    def test_thresholds_are_written_with_the_old_ones_in_the_log(self):
        self.assertEqual(self.backtest.plain_days, 38)  # just above those who bought again
        admin = self._create_user("wb_admin", "sales_team.group_sale_manager", "base.group_system")
        backtest = self._as(admin)
        self.assertTrue(backtest.can_use_thresholds)
        backtest.chosen_score = 65
        backtest.action_use_thresholds()
        self.assertEqual(self.company.winback_risk_score, 65)
        self.assertEqual(self.signs["S6"].threshold, 38)
        text = backtest.message_ids[0].body
        for words in ("score of 65 (before: 50)", "after 38 days (before: 90)"):
            self.assertIn(words, text)

    def test_shared_sign_stays_as_it_is_for_other_companies(self):
        self.signs["S6"].unlink()
        shared = self.env.ref("winback_lost_customers.winback_sign_s6")
        shared.active = True
        self.backtest.action_use_thresholds()
        self.assertEqual(shared.threshold, 90)
        own = self.env["winback.sign"].search([("code", "=", "S6"), ("company_id", "=", self.company.id)])
        self.assertEqual(own.threshold, 38)

    def test_days_later_than_lost_are_not_used(self):
        self.backtest.plain_days = 200
        self.backtest.action_use_thresholds()
        self.assertEqual(self.signs["S6"].threshold, 90)
        self.assertIn("stays at 90 days", self.backtest.message_ids[0].body)

    def test_sales_manager_without_settings_may_not(self):
        manager = self._create_user("wb_bt_manager", "sales_team.group_sale_manager")
        backtest = self._as(manager)
        self.assertFalse(backtest.can_use_thresholds)
        with self.assertRaises(AccessError):
            backtest.action_use_thresholds()
        self.assertEqual(self.company.winback_risk_score, 50)

    def test_sales_manager_runs_and_reads(self):
        manager = self._create_user("wb_bt_manager2", "sales_team.group_sale_manager")
        backtest = self._as(manager, self.env["winback.backtest"]).create(
            {"date_from": CUTOFF, "date_to": CUTOFF}
        )
        backtest.action_run()
        self.assertEqual(backtest.state, "done", backtest.error)
        self.assertTrue(backtest.line_ids.mapped("name"))
        self.assertTrue(backtest.sentence)

    def test_salesperson_has_no_access(self):
        user = self._create_user("wb_bt_sales", "sales_team.group_sale_salesman_all_leads")
        for name in ("winback.backtest", "winback.backtest.line", "winback.backtest.customer"):
            with self.subTest(model=name), self.assertRaises(AccessError):
                self._as(user, self.env[name]).search([])

    def test_draft_has_no_thresholds_to_use(self):
        with self.assertRaises(UserError):
            self._create_backtest().action_use_thresholds()

    def test_other_companies_backtests_are_hidden(self):
        other = self._create_company("Other")
        backtest = self._create_backtest(company_id=other.id)
        manager = self._create_user("wb_bt_manager3", "sales_team.group_sale_manager")
        visible = self._as(manager, self.env["winback.backtest"]).search([])
        self.assertIn(self.backtest, visible)
        self.assertNotIn(backtest, visible)
