from unittest import SkipTest

from odoo.tests import tagged

from .common import WinbackCase


class UnhappyCase(WinbackCase):
    """Factories for what makes customers dissatisfied; the sign looks back 90 days."""

    thresholds = {**WinbackCase.thresholds, "S5": 90}
    weights = {**WinbackCase.weights, "S5": 30}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()
        cls.order = cls._create_order(cls.customer, 200)

    @classmethod
    def _create_move(cls, partner, days_ago, move_type="out_refund", company=None, **values):
        """Create a posted invoice or credit note without lines."""
        company = company or cls.company
        journal = cls.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", company.id)]
        ) or cls.env["account.journal"].create(
            {"name": "Sales", "code": "WBS", "type": "sale", "company_id": company.id}
        )
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": partner.id,
                "journal_id": journal.id,
                "company_id": company.id,
                "reversed_entry_id": values.pop("reversed_entry_id", False),
            }
        )
        values = {"state": "posted", "amount_total": 100, **values}
        cls._set_columns(
            move, name=f"WBS/{move.id}", invoice_date=cls._day(days_ago), **values
        )
        return move

    @classmethod
    def _create_rating(cls, partner, days_ago, rating=1, **values):
        if "rating.rating" not in cls.env:
            raise SkipTest("ratings are not installed")
        record = cls.env["rating.rating"].create(
            {
                "res_model_id": cls.env["ir.model"]._get_id("sale.order"),
                "res_id": cls.order.id,
                "partner_id": partner.id,
                "rating": rating,
                "consumed": True,
                **values,
            }
        )
        cls.env.flush_all()
        cls._set_columns(record, rated_on=cls._noon(days_ago))
        return record

    def _get_events(self, partner=None, **options):
        """Return (kind, days ago, id) of the events of a customer."""
        facts = self._get_facts(partner or self.customer, **options) or {}
        return [
            (event["kind"], self._days_since(event["day"]), event["id"])
            for event in facts.get("unhappy_events") or []
        ]

    def _days_since(self, day):
        return (self.today - type(self.today).fromisoformat(day)).days


@tagged("post_install", "-at_install")
class TestUnhappyFacts(UnhappyCase):
    def test_customer_without_complaint_has_no_events(self):
        self.assertIsNone(self._get_facts(self.customer)["unhappy_events"])

    def test_credit_note_counts(self):
        refund = self._create_move(self.customer, 20)
        self.assertEqual(self._get_events(), [("refund", 20, refund.id)])

    def test_credit_note_of_a_contact_counts_for_the_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id, "active": False}
        )
        refund = self._create_move(contact, 20)
        self.assertEqual(self._get_events(), [("refund", 20, refund.id)])

    def test_draft_and_cancelled_credit_notes_do_not_count(self):
        self._create_move(self.customer, 20, state="draft")
        self._create_move(self.customer, 20, state="cancel")
        self.assertEqual(self._get_events(), [])

    def test_invoice_and_vendor_credit_note_do_not_count(self):
        self._create_move(self.customer, 20, move_type="out_invoice")
        refund = self._create_move(self.customer, 20)
        self._set_columns(refund, move_type="in_refund")
        self.assertEqual(self._get_events(), [])

    def test_credit_note_after_today_is_invisible(self):
        self._create_move(self.customer, 20)
        self.assertEqual(self._get_events(today=self._day(21)), [])
        self.assertEqual(len(self._get_events(today=self._day(20))), 1)

    def test_credit_note_of_other_company_does_not_count(self):
        other = self._create_company("Other Company")
        self._create_order(self.customer, 100, company=other)
        refund = self._create_move(self.customer, 20, company=other)
        self.assertEqual(self._get_events(), [])
        self.assertEqual(self._get_events(company=other), [("refund", 20, refund.id)])

    def test_invoice_written_anew_is_no_dissatisfaction(self):
        invoice = self._create_move(self.customer, 30, move_type="out_invoice")
        self._create_move(self.customer, 20, reversed_entry_id=invoice.id)
        self._create_move(self.customer, 13, move_type="out_invoice")
        self.assertEqual(len(self._get_events(today=self._day(14))), 1, "not written yet")
        self.assertEqual(self._get_events(), [])

    def test_other_invoices_do_not_excuse_a_credit_note(self):
        invoice = self._create_move(self.customer, 30, move_type="out_invoice")
        self._create_move(self.customer, 20, reversed_entry_id=invoice.id)
        self._create_move(self.customer, 20, move_type="out_invoice", amount_total=99)
        self._create_move(self.customer, 12, move_type="out_invoice")
        self._create_move(self.customer, 20, move_type="out_invoice", state="draft")
        self.assertEqual(len(self._get_events()), 1)

    def test_goods_sent_back_count(self):
        returned = self._create_order(self.customer, 20, amount=-30)
        self.assertEqual(self._get_events(), [("return", 20, returned.id)])

    def test_order_of_zero_and_unconfirmed_return_do_not_count(self):
        self._create_order(self.customer, 20, amount=0)
        self._create_order(self.customer, 20, amount=-30, state="sent")
        self._create_order(self.customer, 20, amount=-30, state="cancel")
        self.assertEqual(self._get_events(), [])

    def test_goods_sent_back_with_credit_note_count_once(self):
        product = self.env["product.product"].create({"name": "Mug"})
        returned = self._create_order(
            self.customer, 20, order_line=[(0, 0, {"product_id": product.id})]
        )
        self._set_columns(returned, amount_untaxed=-30)
        refund = self._create_move(self.customer, 15)
        lines = self.env["account.move.line"].with_context(skip_invoice_sync=True)
        line = lines.create(
            {"move_id": refund.id, "display_type": "line_note", "name": "Mug"}
        )
        returned.order_line.invoice_lines = line
        self.assertEqual(self._get_events(), [("refund", 15, refund.id)])
        self.assertEqual(
            self._get_events(today=self._day(16)), [("return", 20, returned.id)]
        )

    def test_bad_rating_counts_from_below_three(self):
        self._create_rating(self.customer, 10, rating=3)
        self._create_rating(self.customer, 10, rating=5)
        self.assertEqual(self._get_events(), [])
        rating = self._create_rating(self.customer, 10, rating=2.9)
        self.assertEqual(self._get_events(), [("rating", 10, rating.id)])

    def test_rating_not_given_yet_does_not_count(self):
        self._create_rating(self.customer, 10, consumed=False)
        self._create_rating(self.customer, 10, rating=0)
        self.assertEqual(self._get_events(), [])

    def test_rating_of_an_employee_does_not_count(self):
        user = self.env["res.users"].create({"name": "Employee", "login": "wb_employee"})
        user.partner_id.parent_id = self.customer
        self._create_rating(user.partner_id, 10)
        self.assertEqual(self._get_events(), [])

    def test_rating_after_today_is_invisible(self):
        self._create_rating(self.customer, 10)
        self.assertEqual(self._get_events(today=self._day(11)), [])
        self.assertEqual(len(self._get_events(today=self._day(10))), 1)

    def test_rating_of_other_company_does_not_count(self):
        other = self._create_company("Other Company")
        message = self.env["mail.message"].create(
            {"model": "sale.order", "res_id": self.order.id}
        )
        self._set_columns(message, record_company_id=other.id)
        self._create_rating(self.customer, 10, message_id=message.id)
        self.assertEqual(self._get_events(), [])

    def test_old_event_before_the_last_purchase_is_forgotten(self):
        self._create_order(self.customer, 800)
        self._create_move(self.customer, 365)
        self.assertEqual(self._get_events(), [])
        self._create_move(self.customer, 364)
        self.assertEqual(len(self._get_events()), 1)

    def test_old_event_since_the_last_purchase_is_kept(self):
        customer = self._create_customer("Gone")
        self._create_order(customer, 900)
        self._create_move(customer, 901)
        refund = self._create_move(customer, 900)
        self.assertEqual(self._get_events(customer), [("refund", 900, refund.id)])

    def test_return_does_not_count_as_purchase_after_the_event(self):
        customer = self._create_customer("Gone")
        self._create_order(customer, 900)
        self._create_move(customer, 800)
        self._create_order(customer, 500, amount=-10)
        self.assertEqual([e[:2] for e in self._get_events(customer)], [("refund", 800), ("return", 500)])

    def test_who_is_no_customer_has_no_facts(self):
        stranger = self._create_customer("Stranger")
        self._create_move(stranger, 20)
        self.assertIsNone(self._get_facts(stranger))

    def test_limited_query_gives_the_same_rows(self):
        other = self._create_customer("Other")
        self._create_order(other, 100)
        contact = self.env["res.partner"].create({"name": "C", "parent_id": self.customer.id})
        for partner in (self.customer, contact, other):
            self._create_move(partner, 30)
            self._create_rating(partner, 20)
            self._create_order(partner, 10, amount=-5)
        full = self._get_all_facts()
        limited = self._get_all_facts(partners=self.customer)
        self.assertEqual(len(full[self.customer.id]["unhappy_events"]), 6)
        self.assertEqual(limited, {self.customer.id: full[self.customer.id]})


@tagged("post_install", "-at_install")
class TestUnhappySign(UnhappyCase):
    def _holds(self, **options):
        return bool(self._get_evidence(self.customer, "S5", **options))

    def test_customer_without_events_is_not_dissatisfied(self):
        self._create_order(self.customer, 5)
        self.assertFalse(self._holds())

    def test_event_since_the_last_purchase_counts_at_any_age(self):
        self._create_move(self.customer, 195)
        self.assertTrue(self._holds())

    def test_event_before_the_last_purchase_counts_while_recent(self):
        self._create_move(self.customer, 90)
        self._create_order(self.customer, 10)
        self.assertFalse(self._holds())
        self._create_move(self.customer, 89)
        self.assertTrue(self._holds())

    def test_event_of_the_day_of_the_purchase_counts(self):
        self._create_move(self.customer, 200)
        self.assertTrue(self._holds())

    def test_threshold_is_the_sign_s_own(self):
        self._create_move(self.customer, 89)
        self._create_order(self.customer, 10)
        self.signs["S5"].threshold = 30
        self.assertFalse(self._holds())
        self.signs["S5"].threshold = 365
        self.assertTrue(self._holds())

    def test_evidence_has_figures_and_documents(self):
        refund = self._create_move(self.customer, 150)
        rating = self._create_rating(self.customer, 20)
        evidence = self._get_evidence(self.customer, "S5")
        self.assertEqual(evidence.since, self._day(150))
        self.assertEqual(evidence.reference_date, self._day(20))
        self.assertEqual(
            evidence.documents, [["rating.rating", rating.id], ["account.move", refund.id]]
        )
        self.assertEqual(
            evidence.explanation,
            f"Causes of dissatisfaction: 2. The last one is a bad rating of 05/26/2026: {self.order.name}.",
        )

    def test_evidence_leaves_old_events_out(self):
        self._create_move(self.customer, 150)
        self._create_order(self.customer, 100)
        refund = self._create_move(self.customer, 20)
        evidence = self._get_evidence(self.customer, "S5")
        self.assertEqual(evidence.documents, [["account.move", refund.id]])
        self.assertEqual(evidence.figures["count"], 1)
        self.assertEqual(evidence.since, self._day(20))

    def test_sign_ends_with_a_purchase_when_no_longer_recent(self):
        self._create_move(self.customer, 150)
        self.assertTrue(self._holds())
        self._create_order(self.customer, 1)
        self.assertFalse(self._holds())

    def test_as_of_a_past_day(self):
        self._create_order(self.customer, 10)
        self._create_move(self.customer, 150)
        self.engine._run_as_of(self.company, self._day(140))
        self.assertIn(self.customer.id, self._read_table("winback_run_sign"))
        self.engine._run_as_of(self.company, self._day(151))
        self.assertNotIn(self.customer.id, self._read_table("winback_run_sign"))

    def test_every_kind_has_a_word(self):
        words = self.env["winback.sign.unhappy"]._get_words()
        for kind, model, _query in self.env["winback.fact.unhappy"]._get_documents(
            self.company, self.today
        ):
            with self.subTest(kind=kind):
                self.assertIn(kind, words)
                self.assertIn(model, self.env)
