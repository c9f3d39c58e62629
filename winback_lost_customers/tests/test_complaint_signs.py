from odoo.tests import tagged

from .common import WinbackCase
from .test_unhappy import UnhappyCase


class ComplaintFactory:
    """How to make a complaint of the past."""

    @classmethod
    def _create_complaint(cls, partner, days_ago, closed=None, **values):
        """Create a complaint received `days_ago`, and closed so many days ago."""
        if closed is not None:
            values = {"state": "closed", "remedy": "Apologised", **values}
        complaint = cls.env["winback.complaint"].create(
            {
                "name": "Broken mugs",
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "date_received": cls._noon(days_ago),
                **values,
            }
        )
        if closed is not None:
            cls.env.flush_all()
            cls._set_columns(
                complaint, date_answered=cls._noon(closed), date_closed=cls._noon(closed)
            )
        return complaint


@tagged("post_install", "-at_install")
class TestUnhappyComplaints(ComplaintFactory, UnhappyCase):
    def test_open_complaint_counts_at_any_age(self):
        complaint = self._create_complaint(self.customer, 900)
        self._create_order(self.customer, 1)
        self.assertEqual(self._get_events(), [("complaint", 900, complaint.id)])
        self.assertTrue(self._get_evidence(self.customer, "S5"))
        complaint.state = "answered"
        self.assertTrue(self._get_evidence(self.customer, "S5"))

    def test_closed_small_complaint_does_not_count(self):
        self._create_complaint(self.customer, 20, closed=10)
        self.assertEqual(self._get_events(), [])

    def test_closed_serious_complaint_counts_from_its_receipt(self):
        complaint = self._create_complaint(self.customer, 20, closed=10, severity="serious")
        self.assertEqual(self._get_events(), [("complaint", 20, complaint.id)])

    def test_satisfied_customer_has_no_cause(self):
        self._create_complaint(
            self.customer, 20, closed=10, severity="serious", satisfied="yes"
        )
        self.assertEqual(self._get_events(), [])

    def test_unsatisfied_customer_counts_from_the_end(self):
        complaint = self._create_complaint(self.customer, 150, closed=80, satisfied="no")
        self._create_order(self.customer, 1)
        self.assertEqual(self._get_events(), [("complaint", 80, complaint.id)])
        self.assertTrue(self._get_evidence(self.customer, "S5"))
        self._set_columns(complaint, date_closed=self._noon(90))
        self.assertFalse(self._get_evidence(self.customer, "S5"))

    def test_dismissed_complaint_never_counts(self):
        complaint = self._create_complaint(self.customer, 20, severity="serious")
        complaint.state = "cancelled"
        self.assertEqual(self._get_events(), [])

    def test_complaint_without_customer_does_not_count(self):
        self._create_complaint(self.env["res.partner"], 20)
        self.assertEqual(self._get_events(), [])

    def test_complaint_of_a_contact_counts_for_the_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id}
        )
        complaint = self._create_complaint(contact, 20)
        self.assertEqual(self._get_events(), [("complaint", 20, complaint.id)])

    def test_complaint_of_other_company_does_not_count(self):
        other = self._create_company("Other Company")
        self._create_complaint(self.customer, 20, company_id=other.id)
        self.assertEqual(self._get_events(), [])

    def test_complaint_as_of_a_past_day(self):
        complaint = self._create_complaint(self.customer, 20, closed=10, satisfied="yes")
        self.assertEqual(self._get_events(today=self._day(21)), [])
        expected = [("complaint", 20, complaint.id)]
        self.assertEqual(self._get_events(today=self._day(11)), expected)
        self.assertEqual(self._get_events(today=self._day(10)), [])

    def test_explanation_names_the_complaint(self):
        self._create_complaint(self.customer, 5)
        self.assertEqual(
            self._get_evidence(self.customer, "S5").explanation,
            "Causes of dissatisfaction: 1. The last one is a complaint of 06/10/2026: Broken mugs.",
        )


@tagged("post_install", "-at_install")
class TestOpenConflict(ComplaintFactory, WinbackCase):
    thresholds = {**WinbackCase.thresholds, "S7": 1}
    weights = {**WinbackCase.weights, "S7": 10}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()
        cls._create_order(cls.customer, 5)

    def _create_conflict(self, days_ago, partner=None, **values):
        conflict = self._create_complaint(
            partner or self.customer, days_ago, is_conflict=True, **values
        )
        self.env.flush_all()
        return conflict

    def _holds(self, **options):
        return bool(self._get_evidence(self.customer, "S7", **options))

    def test_customer_without_conflict(self):
        self._create_complaint(self.customer, 3, severity="serious")
        self.assertFalse(self._holds())
        self.assertEqual(self._get_facts(self.customer)["conflict_count"], 0)

    def test_conflict_holds_until_it_is_closed(self):
        conflict = self._create_conflict(30)
        for state in ("new", "in_progress", "answered"):
            conflict.state = state
            self.assertTrue(self._holds(), state)
        conflict.write({"state": "closed", "remedy": "Made up"})
        self.assertFalse(self._holds())

    def test_dismissed_conflict_does_not_hold(self):
        self._create_conflict(30).state = "cancelled"
        self.assertFalse(self._holds())

    def test_evidence_tells_the_oldest_conflict(self):
        newer = self._create_conflict(3)
        older = self._create_conflict(30, name="Wrong colour")
        evidence = self._get_evidence(self.customer, "S7")
        self.assertEqual(evidence.since, self._day(30))
        self.assertEqual(evidence.measure, 2)
        self.assertEqual(
            evidence.documents,
            [["winback.complaint", older.id], ["winback.complaint", newer.id]],
        )
        self.assertEqual(
            evidence.explanation, "Open conflicts: 2, the oldest since 05/16/2026: Wrong colour."
        )

    def test_conflict_counts_from_the_day_it_flared_up(self):
        complaint = self._create_complaint(self.customer, 30)
        complaint.is_conflict = True
        self._set_columns(complaint, conflict_date=self._noon(10))
        self.assertFalse(self._holds(today=self._day(11)))
        self.assertEqual(self._get_facts(self.customer)["conflict_since"], self._day(10))

    def test_closed_conflict_held_before_as_of_a_past_day(self):
        self._create_conflict(30, closed=10)
        self.assertIsNone(self._get_facts(self.customer)["conflict_since"])
        facts = self._get_facts(self.customer, today=self._day(11))
        self.assertIsNone(facts, "no customer yet")
        self._create_order(self.customer, 100)
        facts = self._get_facts(self.customer, today=self._day(11))
        self.assertEqual(facts["conflict_count"], 1)
        self.assertEqual(self._get_facts(self.customer, today=self._day(10))["conflict_count"], 0)

    def test_threshold_is_the_least_number(self):
        self.signs["S7"].threshold = 2
        self._create_conflict(30)
        self.assertFalse(self._holds())
        self._create_conflict(20)
        self.assertTrue(self._holds())

    def test_delivered_sign_puts_the_customer_at_risk_alone(self):
        self.assertEqual(
            self.env.ref("winback_lost_customers.winback_sign_s7").severity, "critical"
        )
        self.signs["S7"].severity = "critical"
        self._create_conflict(3)
        self._create_order(self.customer, 40)
        self.assertEqual(self._get_state(self.customer), "at_risk")

    def test_conflicts_of_other_company_and_customers_do_not_count(self):
        other = self._create_company("Other Company")
        self._create_conflict(3, company_id=other.id)
        self._create_conflict(3, partner=self._create_customer("Other"))
        self.assertFalse(self._holds())

    def test_limited_query_gives_the_same_rows(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id}
        )
        other = self._create_customer("Other")
        self._create_order(other, 3)
        for partner in (self.customer, contact, other):
            self._create_conflict(3, partner=partner)
        full = self._get_all_facts()
        limited = self._get_all_facts(partners=self.customer)
        self.assertEqual(full[self.customer.id]["conflict_count"], 2)
        self.assertEqual(limited, {self.customer.id: full[self.customer.id]})
