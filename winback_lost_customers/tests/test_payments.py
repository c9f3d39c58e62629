from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from .common import WinbackCase


@tagged("post_install", "-at_install")
class WinbackPaymentsCase(WinbackCase):
    """Real invoices, payments and credit notes of a company with a chart of accounts.

    Seen from the fixed today, with a recent period of 90 days: invoices of 0-89 days
    ago are recent, of 90-454 base, of 365-454 season; due ones 14 days later each.
    """

    thresholds = {**WinbackCase.thresholds, "S4I": 50, "S4P": 50}
    weights = {**WinbackCase.weights, "S4I": 20, "S4P": 20}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading(
            "generic_coa", company=cls.company, install_demo=False
        )
        cls.customer = cls._create_customer()
        cls._create_orders(cls.customer, [900, 10])

    @classmethod
    def _create_invoices(cls, days_ago, due=None, partner=None, amount=100, **values):
        """Post an invoice for each number in `days_ago`, due on that day or, if
        given, `due` days ago."""
        moves = cls.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": (partner or cls.customer).id,
                    "company_id": cls.company.id,
                    "invoice_date": cls._day(days),
                    "invoice_date_due": cls._day(days if due is None else due),
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "Goods", "quantity": 1, "price_unit": amount, "tax_ids": []}
                        )
                    ],
                    **values,
                }
                for days in days_ago
            ]
        )
        moves.action_post()
        return moves

    @classmethod
    def _pay(cls, moves, days_late=0, amount=None):
        """Pay each of the `moves` so many days after it was due."""
        for move in moves:
            wizard = cls.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            )
            payment = wizard.create({"payment_date": move.invoice_date_due + timedelta(days_late)})
            if amount:
                payment.amount = amount
            payment._create_payments()

    @classmethod
    def _refund(cls, moves, days_ago):
        """Take the `moves` back by credit notes of that day, reconciled with them."""
        wizard = (
            cls.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create({"date": cls._day(days_ago), "journal_id": moves[:1].journal_id.id})
        )
        wizard.reverse_moves()
        refunds = moves.reversal_move_ids
        refunds.filtered(lambda move: move.state == "draft").action_post()
        for move in moves:
            lines = (move | move.reversal_move_ids).line_ids
            lines.filtered(
                lambda line: line.account_type == "asset_receivable" and not line.reconciled
            ).reconcile()
        return refunds

    def _get(self, *columns, **options):
        facts = self._get_facts(self.customer, **options)
        return [facts[column] for column in columns]


@tagged("post_install", "-at_install")
class TestPaymentFacts(WinbackPaymentsCase):
    INVOICES = ("invoices_recent", "invoices_base", "invoices_season")
    DUE = ("due_recent", "due_base", "due_season")
    PAID = ("paid_recent", "paid_base", "paid_season")

    def test_invoices_are_counted_in_their_windows(self):
        """One day on each side of each border."""
        self._create_invoices([0, 89, 90, 364, 365, 454, 455])
        self.assertEqual(self._get(*self.INVOICES), [2, 4, 2])
        self.assertEqual(self._get("first_invoice_date"), [self._day(455)])

    def test_due_invoices_are_counted_14_days_later(self):
        self._create_invoices([13, 14, 103, 104, 378, 379, 468, 469])
        self.assertEqual(self._get(*self.DUE), [2, 4, 2])

    def test_customer_without_invoices_has_none(self):
        self.assertEqual(self._get("first_invoice_date", *self.INVOICES), [None] * 4)

    def test_invoice_not_yet_due_is_no_sign(self):
        """Written 60 days ago, due in 10 days or 13 days ago: not judged yet."""
        self._create_invoices([60], due=-10)
        self._create_invoices([60], due=13)
        self.assertEqual(self._get(*self.INVOICES, *self.DUE), [2, 0, 0, 0, 0, 0])

    def test_payment_is_in_time_until_the_14th_day(self):
        on_time, late, _never = self._create_invoices([60, 60, 60])
        self._pay(on_time, days_late=14)
        self._pay(late, days_late=15)
        self.assertEqual(self._get("due_recent", "paid_recent"), [3, 1])

    def test_payment_in_advance_is_in_time(self):
        self._pay(self._create_invoices([60], due=30), days_late=-20)
        self.assertEqual(self._get("due_recent", "paid_recent"), [1, 1])

    def test_partial_payment_is_none(self):
        self._pay(self._create_invoices([60]), amount=99)
        self.assertEqual(self._get("due_recent", "paid_recent"), [1, 0])

    def test_second_half_paid_late_is_late(self):
        invoice = self._create_invoices([60])
        self._pay(invoice, amount=50)
        self._pay(invoice, days_late=20)
        self.assertEqual(self._get("due_recent", "paid_recent"), [1, 0])

    def test_reversed_invoice_counts_nowhere(self):
        """An invoice taken back by a credit note has no residual, and was not paid."""
        invoices = self._create_invoices([60, 60])
        self._refund(invoices[0], 40)
        self.assertEqual(invoices[0].payment_state, "reversed")
        self.assertEqual(self._get("invoices_recent", "due_recent", "paid_recent"), [1, 1, 0])

    def test_partly_refunded_invoice_is_paid_by_its_rest(self):
        invoice, open_one = self._create_invoices([60, 60])
        for move in (invoice, open_one):
            refund = self._create_invoices([60], amount=30, move_type="out_refund")
            lines = (move | refund).line_ids
            lines.filtered(lambda line: line.account_type == "asset_receivable").reconcile()
        self._pay(invoice)
        self.assertEqual((invoice.payment_state, open_one.payment_state), ("paid", "partial"))
        self.assertEqual(self._get("invoices_recent", "due_recent", "paid_recent"), [2, 2, 1])

    def test_draft_cancelled_and_free_invoices_do_not_count(self):
        draft, cancelled = self._create_invoices([60, 60])
        draft.button_draft()
        cancelled.button_draft()
        cancelled.button_cancel()
        self._create_invoices([60], amount=0)
        self.assertEqual(self._get("invoices_recent", "due_recent"), [None, None])

    def test_credit_notes_and_bills_are_no_invoices(self):
        self._create_invoices([60], move_type="out_refund")
        self._create_invoices([60], move_type="in_invoice")
        self.assertEqual(self._get("invoices_recent", "due_recent"), [None, None])

    def test_payment_without_an_entry_counts(self):
        """Where the payment method has no outstanding account, Odoo books no entry."""
        in_time, late = self._create_invoices([60, 60])
        self._pay(in_time)
        self._pay(late, days_late=20)
        for move in (in_time, late):
            payment = move.matched_payment_ids
            payment.move_id.line_ids.remove_move_reconcile()
            self._set_columns(payment, move_id=None, state="paid")
            self._set_columns(move, payment_state="in_payment")
        self.assertEqual(self._get("due_recent", "paid_recent"), [2, 1])

    def test_settled_without_a_payment_is_believed(self):
        self._set_columns(self._create_invoices([60]), payment_state="paid")
        self.assertEqual(self._get("due_recent", "paid_recent"), [1, 1])

    def test_legacy_invoice_is_not_judged(self):
        self._set_columns(self._create_invoices([60]), payment_state="invoicing_legacy")
        self.assertEqual(self._get("due_recent"), [None])

    def test_contacts_count_for_their_company(self):
        contact = self._create_customer("Buyer", is_company=False, parent_id=self.customer.id)
        self._create_invoices([60])
        self._create_invoices([70], partner=contact)
        self.assertEqual(self._get("invoices_recent", "due_recent"), [2, 2])
        self.assertEqual(self._get("first_invoice_date"), [self._day(70)])

    def test_invoices_of_another_company_do_not_count(self):
        other = self._create_company("Other Company")
        moves = self._create_invoices([60])
        self._set_columns(moves, company_id=other.id)
        self.assertEqual(self._get("invoices_recent"), [None])

    def test_currency_does_not_matter(self):
        dollars = self.env.ref("base.USD")
        dollars.active = True
        moves = self._create_invoices([60, 50], currency_id=dollars.id)
        self._pay(moves[0])
        self.assertEqual(self._get("due_recent", "paid_recent"), [2, 1])

    def test_future_payment_is_unknown_on_a_past_day(self):
        """As of 20 days ago: due 60 days ago, paid 10 days ago."""
        invoice = self._create_invoices([60])
        self._pay(invoice, days_late=50)
        self.assertEqual(self._get("due_recent", "paid_recent", today=self._day(20)), [1, 0])
        self.assertEqual(self._get("due_recent", "paid_recent"), [1, 0])

    def test_future_credit_note_is_unknown_on_a_past_day(self):
        self._refund(self._create_invoices([60]), 10)
        columns = ("invoices_recent", "due_recent", "paid_recent")
        self.assertEqual(self._get(*columns, today=self._day(11)), [1, 1, 0])
        self.assertEqual(self._get(*columns, today=self._day(10)), [None] * 3)

    def test_future_invoice_is_unknown_on_a_past_day(self):
        self._create_invoices([60])
        self.assertEqual(self._get("invoices_recent", today=self._day(60)), [1])
        self.assertEqual(self._get("invoices_recent", today=self._day(61)), [None])

    def test_invoice_cancelled_since_counts_on_a_past_day(self):
        invoice = self._create_invoices([60])
        for days, old, new in ((60, "Draft", "Posted"), (5, "Posted", "Draft"), (5, "Draft", "Cancelled")):
            self._track_state(invoice, days, old, new)
        self._set_columns(invoice, state="cancel")
        self.assertEqual(self._get("invoices_recent", today=self._day(6)), [1])
        self.assertEqual(self._get("invoices_recent", today=self._day(5)), [None])
        self.assertEqual(self._get("invoices_recent"), [None])

    def _track_state(self, move, days_ago, old, new):
        """Record a change of state as Odoo does, in the chatter of the day."""
        message = self.env["mail.message"].create(
            {"model": "account.move", "res_id": move.id, "date": self._noon(days_ago)}
        )
        self.env["mail.tracking.value"].create(
            {
                "mail_message_id": message.id,
                "field_id": self.env["ir.model.fields"]._get("account.move", "state").id,
                "old_value_char": old,
                "new_value_char": new,
            }
        )

    def test_limited_facts_are_those_of_the_full_run(self):
        other = self._create_customer("Other")
        self._create_order(other, 5)
        for partner in (self.customer, other):
            moves = self._create_invoices([300, 200, 60, 20], partner=partner)
            self._pay(moves[:3], days_late=5)
        full = self._get_all_facts()
        limited = self._get_all_facts(partners=other)
        self.assertEqual(list(limited), [other.id])
        self.assertEqual(limited[other.id], full[other.id])
        self.assertEqual(full[other.id]["paid_base"], 2)


@tagged("post_install", "-at_install")
class TestSignInvoicesAndPayments(WinbackPaymentsCase):
    def _get_drop(self):
        return self._get_evidence(self.customer, "S4I")

    def _create_base(self, season=(370, 390, 410, 430)):
        """Ten invoices in the year before, none of them in the season (365 to 454 days
        ago) unless given, and an older one."""
        self._create_invoices([500, *season])
        self._create_invoices(range(100, 350, 25))  # ten of them

    def test_invoices_fewer_by_half_hold(self):
        """14 in the base year: 3.45 expected; 4 in the season; 1 now."""
        self._create_base()
        self._create_invoices([5])
        evidence = self._get_drop()
        self.assertEqual(evidence.value, 71)  # 1 - 1 / 3.452 = 71.0 %; 75 of the season
        self.assertEqual(
            evidence.explanation,
            "71 % fewer invoices: 1 in the last 90 days. At its own pace there would be 3; "
            "in the same season a year ago there were 4.",
        )
        self.assertEqual(len(evidence.documents), 15)  # the oldest lies before

    def test_invoices_are_compared_with_the_season(self):
        """As few as in the same months a year ago: no sign."""
        self._create_base(season=(430,))
        self._create_invoices(range(101, 200, 30))
        self._create_invoices([5])
        self.assertEqual(self._get("invoices_base", "invoices_season"), [15, 1])
        self.assertFalse(self._get_drop())

    def test_invoices_exactly_at_the_threshold_hold(self):
        """180 days before the last 90, eight invoices: four expected, two are half."""
        self._create_invoices([270, 250, 230, 210, 190, 170, 150, 130])
        self._create_invoices([10, 5])
        evidence = self._get_drop()
        self.assertEqual(evidence.value, 50)
        self.assertEqual(self._get("invoices_base"), [8])
        self.assertNotIn("season", evidence.explanation)
        self._create_invoices([6])
        self.assertFalse(self._get_drop())

    def test_invoices_need_three_expected(self):
        """Five in 180 days make two and a half expected: one is chance."""
        self._create_invoices([270, 250, 230, 210, 190])
        self._create_invoices([5])
        self.assertFalse(self._get_drop())
        self._create_invoices([170])
        self.assertTrue(self._get_drop())

    def test_invoices_need_half_a_year(self):
        self._create_invoices([269, 250, 230, 210, 190, 170, 150, 130])
        self._create_invoices([5])
        self.assertFalse(self._get_drop())

    def test_invoices_must_still_come(self):
        self._create_base()
        self.assertFalse(self._get_drop())

    def test_invoices_taken_back_are_none(self):
        self._create_invoices([270, 250, 230, 210, 190, 170, 150, 130])
        moves = self._create_invoices([12, 10, 5])
        self.assertFalse(self._get_drop())
        self._refund(moves[0], 1)
        self.assertTrue(self._get_drop())

    def test_payments_fewer_by_half_hold(self):
        """All four paid in the base; two of four recently is exactly half."""
        self._pay(self._create_invoices([300, 250, 200, 150]))
        recent = self._create_invoices([80, 70, 60, 50])
        self._pay(recent[:2])
        evidence = self._get_evidence(self.customer, "S4P")
        self.assertEqual(evidence.value, 50)
        self.assertEqual(
            evidence.explanation,
            "Paid only 2 of 4 invoices in time: 50 % of those due in 90 days up to two "
            "weeks ago, instead of 100 % in the year before.",
        )
        open_first = [*recent[2:], *recent[:2]]
        self.assertEqual(evidence.documents, [["account.move", move.id] for move in open_first])

    def test_payments_above_the_threshold_are_no_sign(self):
        self._pay(self._create_invoices([300, 250, 200, 150]))
        self._pay(self._create_invoices([80, 70, 60, 50])[:3])
        self.assertFalse(self._get_evidence(self.customer, "S4P"))

    def test_habitual_late_payer_has_no_level_to_fall_from(self):
        self._pay(self._create_invoices([300, 250, 200, 150]), days_late=60)
        self._create_invoices([80, 70, 60, 50])
        self.assertFalse(self._get_evidence(self.customer, "S4P"))

    def test_payments_need_three_due(self):
        self._pay(self._create_invoices([300, 250, 200, 150]))
        self._create_invoices([80, 70])
        self.assertFalse(self._get_evidence(self.customer, "S4P"))
        self._create_invoices([60])
        self.assertTrue(self._get_evidence(self.customer, "S4P"))

    def test_payments_need_four_due_before(self):
        self._pay(self._create_invoices([300, 250, 200]))
        self._create_invoices([80, 70, 60])
        self.assertFalse(self._get_evidence(self.customer, "S4P"))
        self._pay(self._create_invoices([150]))
        self.assertTrue(self._get_evidence(self.customer, "S4P"))

    def test_payments_are_compared_with_the_season(self):
        """Who never pays in these months does not fall in them."""
        self._pay(self._create_invoices([300, 250, 200, 150]))
        self._create_invoices([440, 420, 400])
        self._create_invoices([80, 70, 60])
        self.assertFalse(self._get_evidence(self.customer, "S4P"))

    def test_invoices_not_yet_due_do_not_hurt(self):
        self._pay(self._create_invoices([300, 250, 200, 150]))
        self._pay(self._create_invoices([80, 70, 60]))
        self._create_invoices([50, 40, 30, 20, 10], due=-30)
        self.assertFalse(self._get_evidence(self.customer, "S4P"))
