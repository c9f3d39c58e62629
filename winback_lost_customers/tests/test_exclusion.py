from psycopg2.errors import UniqueViolation

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from .common import WinbackCase


class TestExclusion(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()
        cls._create_orders(cls.customer, [40, 10])
        cls._run()
        cls.status = cls._get_status(cls.customer)

    def _exclude(self, partner=None, **values):
        return self.env["winback.exclusion"].create(
            {"partner_id": (partner or self.customer).id, **values}
        )

    def test_exclusion_shows_at_once(self):
        self.assertEqual(self.status.state, "active")
        self._exclude(reason="other")
        self.assertEqual(self.status.state, "excluded")
        self.assertEqual(self.status.exclusion_reason, "other")
        self.assertEqual(self.status.exclusion_date, self.today)

    def test_exclusion_survives_runs_and_orders(self):
        self._exclude()
        self._create_order(self.customer, -5)
        self._run(self._day(-10))
        self.assertEqual(self.status.state, "excluded")
        self.assertEqual(self.status.exclusion_date, self.today)

    def test_exclusion_is_history(self):
        self._exclude()
        moved = self._get_transitions(self.customer)
        self.assertEqual(
            (moved.from_state, moved.to_state, moved.date), ("active", "excluded", self.today)
        )

    def test_exclusion_tells_the_chatter(self):
        self._exclude(note="Never pays")
        body = self.customer.message_ids[0].body
        self.assertIn("Let go on purpose", body)
        self.assertIn("Never pays", body)

    def test_exclusion_of_a_contact_is_of_the_organisation(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id}
        )
        exclusion = self._exclude(contact)
        self.assertEqual(exclusion.partner_id, self.customer)
        self.assertEqual(self.status.state, "excluded")

    def test_customer_who_became_a_contact_excludes_its_organisation(self):
        self._exclude()
        parent = self._create_customer("Parent")
        self._create_order(parent, 5)
        self.customer.write({"is_company": False, "parent_id": parent.id})
        self._run()
        self.assertEqual(self._get_status(parent).state, "excluded")

    def test_deleting_the_exclusion_brings_the_customer_back(self):
        exclusion = self._exclude()
        exclusion.unlink()
        self.assertEqual(self.status.state, "active")
        self.assertFalse(self.status.exclusion_reason)
        self.assertFalse(self.status.exclusion_date)
        self.assertIn("No longer excluded", self.customer.message_ids[0].body)

    def test_exclusion_of_a_later_date_waits(self):
        exclusion = self._exclude(date=self._day(-1))
        self.assertEqual(self.status.state, "active")
        self._run(self._day(-1))
        self.assertEqual(self.status.state, "excluded")
        exclusion.date = self._day(-3)
        self.assertEqual(self.status.state, "active")

    def test_exclusion_did_not_hold_before_its_date(self):
        self._exclude(date=self._day(4))
        self.engine._run_as_of(self.company, self._day(5))
        row = self._read_table("winback_run_status")[self.customer.id]
        self.assertEqual(row["state"], "active")

    def test_customer_is_excluded_once_in_a_company(self):
        self._exclude()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self._exclude()

    def test_exclusion_is_of_one_company(self):
        other = self._create_company("Other Company")
        self._create_order(self.customer, 5, company=other)
        self._exclude()
        self._run(company=other)
        self.assertEqual(self._get_status(self.customer, other).state, "new")

    # payment intermediaries

    def test_intermediary_needs_the_organisation_behind(self):
        with self.assertRaisesRegex(ValidationError, "organisation behind"):
            self._exclude(reason="intermediary")

    def test_intermediary_cannot_stand_behind_itself(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id}
        )
        for behind in self.customer | contact:
            with self.subTest(behind=behind.name), self.assertRaises(ValidationError):
                self._exclude(reason="intermediary", behind_partner_id=behind.id)

    def test_intermediary_with_the_organisation_is_excluded(self):
        behind = self._create_customer("Behind")
        self._exclude(reason="intermediary", behind_partner_id=behind.id)
        self.assertEqual(self.status.exclusion_reason, "intermediary")

    # minimum potential

    def test_low_potential_is_left_out(self):
        self.company.winback_min_potential = 201
        self._run()  # bought for 200
        self.assertEqual(self.status.state, "excluded")
        self.assertEqual(self.status.exclusion_reason, "low_potential")

    def test_potential_at_the_minimum_stays(self):
        self.company.winback_min_potential = 200
        self._run()
        self.assertEqual(self.status.state, "active")

    def test_estimated_potential_counts_before_the_sales(self):
        self.company.winback_min_potential = 500
        self.status.potential_amount = 500
        self.assertEqual(self.status.state, "active")
        self.status.potential_amount = 499
        self.assertEqual(self.status.state, "excluded")

    def test_estimated_potential_can_lie_below_the_sales(self):
        self.company.winback_min_potential = 150
        self.status.potential_amount = 100
        self.assertEqual(self.status.state, "excluded")

    def test_decision_counts_before_low_potential(self):
        self.company.winback_min_potential = 1000
        self._exclude(reason="let_go")
        self.assertEqual(self.status.exclusion_reason, "let_go")

    def test_potential_cannot_be_negative(self):
        with self.assertRaises(ValidationError):
            self.status.potential_amount = -1

    # wizard

    def test_wizard_excludes_all_that_are_selected(self):
        others = self.env["res.partner"]
        for number in range(3):
            partner = self._create_customer(f"Customer {number}")
            self._create_order(partner, 10)
            others |= partner
        self._run()
        statuses = self.env["winback.status"].search([("partner_id", "in", others.ids)])
        self._exclude(others[0], reason="other")
        wizard = (
            self.env["winback.exclude"]
            .with_context(active_model="winback.status", active_ids=statuses.ids)
            .create({"reason": "let_go", "note": "Too far away"})
        )
        self.assertEqual(wizard.status_ids, statuses)
        wizard.action_exclude()
        self.assertEqual(set(statuses.mapped("state")), {"excluded"})
        reasons = {status.partner_id: status.exclusion_reason for status in statuses}
        self.assertEqual([reasons[p] for p in others], ["other", "let_go", "let_go"])
        self.assertEqual(self.status.state, "active")
