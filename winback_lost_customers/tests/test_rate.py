from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tests.common import BaseCase
from odoo.tools import mute_logger

from ..models.winback_rate import GENERAL_PRIOR
from ..tools.value import (
    break_even_rate,
    expected_incremental_profit,
    get_own_rates,
    get_posterior_rate,
)
from .common import WinbackCase


class TestValueTools(BaseCase):
    """Against figures reckoned by hand."""

    def test_profit_counts_only_who_would_not_have_come(self):
        # (0.25 - 0.10) x 1,000 - 20 - 30
        self.assertAlmostEqual(expected_incremental_profit(0.25, 0.1, 1000, 20, 30), 100)

    def test_profit_is_negative_when_treatment_harms(self):
        # the published campaign: churn of 10 % among the treated, 6 % in the control group
        self.assertAlmostEqual(expected_incremental_profit(0.9, 0.94, 500), -20)

    def test_break_even(self):
        self.assertAlmostEqual(break_even_rate(0.1, 1000, 20, 30), 0.15)

    def test_profit_at_the_break_even_is_nothing(self):
        rate = break_even_rate(0.08, 730, 12.5, 3)
        self.assertAlmostEqual(expected_incremental_profit(rate, 0.08, 730, 12.5, 3), 0)

    def test_no_break_even_without_margin_or_above_certainty(self):
        self.assertIsNone(break_even_rate(0.1, 0, 10))
        self.assertIsNone(break_even_rate(0.1, -50, 10))
        self.assertIsNone(break_even_rate(0.5, 100, 51))
        self.assertAlmostEqual(break_even_rate(0.5, 100, 50), 1)

    def test_own_rates_of_somebody_unknown_are_those_of_its_like(self):
        self.assertEqual(get_own_rates(0.2, 0.1), (0.2, 0.1))

    def test_own_rates_of_an_average_customer_are_those_of_its_like(self):
        treated, untreated = get_own_rates(0.2, 0.1, 0.9)
        self.assertAlmostEqual(treated, 0.2)
        self.assertAlmostEqual(untreated, 0.1)

    def test_who_comes_anyway_cannot_be_won(self):
        self.assertEqual(get_own_rates(0.2, 0.1, 0), (1, 1))

    def test_who_never_comes_by_itself_is_won_more_often(self):
        treated, untreated = get_own_rates(0.2, 0.1, 1)
        self.assertAlmostEqual(treated, 1 / 9)
        self.assertEqual(untreated, 0)

    def test_own_rates_where_all_of_its_like_come_anyway(self):
        self.assertEqual(get_own_rates(1, 1, 0.5), (0.5, 0.5))

    def test_posterior_rate(self):
        # (0.2 x 20 + 10) / (20 + 20)
        self.assertAlmostEqual(get_posterior_rate(0.2, 20, 10, 20), 0.35)
        self.assertEqual(get_posterior_rate(0.2, 20, 0, 0), 0.2)
        self.assertEqual(get_posterior_rate(0.2, 0, 0, 0), 0.2)

    def test_posterior_rate_of_impossible_counts(self):
        for returned, tried in ((5, 4), (-1, 4)):
            with self.subTest(returned=returned), self.assertRaises(ValueError):
                get_posterior_rate(0.2, 20, returned, tried)


@tagged("post_install", "-at_install")
class TestRate(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rates = cls.env["winback.rate"]
        cls.rates.search([]).unlink()
        cls.gold = cls.env.ref("winback_lost_customers.winback_value_class_gold")
        cls.copper = cls.env.ref("winback_lost_customers.winback_value_class_copper")
        cls.price, cls.neglect = cls.env["winback.reason"].create(
            [{"name": "Price (test)"}, {"name": "Neglect (test)"}]
        )
        cls.no_class = cls.gold.browse()
        cls.no_reason = cls.price.browse()

    def _create_rate(self, treated, untreated, value_class=None, reason=None, **values):
        return self.rates.create(
            {
                "treated": treated,
                "untreated": untreated,
                "value_class_id": value_class and value_class.id,
                "reason_id": reason and reason.id,
                **values,
            }
        )

    def _get(self, value_class=None, reason=None, company=None):
        return self.rates._get_rate(
            company or self.company,
            value_class or self.no_class,
            reason or self.no_reason,
            self.today,
        )

    def _create_cases(self, count, returned, days_ago=100, state="gone", company=None, **values):
        """Create closed cases opened so long ago; the first `returned` ordered a week
        later."""
        company = company or self.company
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {i}", "is_company": True} for i in range(count)]
        )
        cases = self.env["winback.case"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "date_open": self._day(days_ago),
                    "date_closed": self._day(1),
                    "state": state,
                    **values,
                }
                for partner in partners
            ]
        )
        for partner in partners[:returned]:
            self._create_order(partner, days_ago - 7, company=company)
        return cases

    def _create_members(self, arm, count, returned, days_ago=100, state="running"):
        campaign = self.env["winback.campaign"].create(
            {
                "name": "Campaign",
                "company_id": self.company.id,
                "state": state,
                "date_start": self._day(days_ago),
            }
        )
        partners = self.env["res.partner"].create(
            [{"name": f"Member {i}", "is_company": True} for i in range(count)]
        )
        self.env["winback.campaign.member"].create(
            [{"campaign_id": campaign.id, "partner_id": p.id, "arm": arm} for p in partners]
        )
        for partner in partners[:returned]:
            self._create_order(partner, days_ago - 7)

    # assumptions

    def test_without_any_record_the_general_assumption_holds(self):
        self.assertEqual(self._get()[:2], GENERAL_PRIOR[:2])
        self.assertFalse(self._get().is_measured)

    def test_fallbacks_from_the_closest_to_the_general(self):
        self._create_rate(0.5, 0.05)
        self.assertEqual(self._get(self.gold, self.price).treated, 0.5)
        self._create_rate(0.4, 0.04, self.gold)
        self.assertEqual(self._get(self.gold, self.price).treated, 0.4)
        self._create_rate(0.3, 0.03, None, self.price)
        self.assertEqual(self._get(self.gold, self.price).treated, 0.3)
        self._create_rate(0.2, 0.02, self.gold, self.price)
        self.assertEqual(self._get(self.gold, self.price).treated, 0.2)
        self.assertEqual(self._get(self.copper, self.neglect).treated, 0.5)
        self.assertEqual(self._get(self.gold).treated, 0.4)

    def test_own_assumption_of_a_company_goes_before_the_shared_one(self):
        other = self._create_company("Other Test Company")
        self._create_rate(0.3, 0.1, company_id=self.company.id)
        self._create_rate(0.2, 0.1)
        self.assertEqual(self._get().treated, 0.3)
        self.assertEqual(self._get(company=other).treated, 0.2)

    def test_rates_are_complete_for_all_classes_and_reasons(self):
        rates = self.rates._get_rates(self.company, self.today)
        for value_class in (self.no_class, self.gold, self.copper):
            for reason in (self.no_reason, self.price, self.neglect):
                self.assertIn((value_class.id or False, reason.id or False), rates)

    def test_archived_reason_still_has_a_rate(self):
        self.price.active = False
        self.assertEqual(self._get(self.gold, self.price)[:2], GENERAL_PRIOR[:2])

    def test_impossible_assumptions_are_refused(self):
        for values in ({"treated": 1.2}, {"untreated": -0.1}, {"strength": 0}):
            with self.subTest(**values), self.assertRaises(ValidationError):
                self._create_rate(**{"treated": 0.2, "untreated": 0.1, **values})

    @mute_logger("odoo.sql_db")
    def test_second_assumption_for_the_same_is_refused(self):
        self._create_rate(0.2, 0.1, self.gold)
        with self.assertRaises(Exception), self.env.cr.savepoint():  # noqa: B017
            self._create_rate(0.3, 0.1, self.gold)

    # measuring

    def test_cases_move_the_treated_rate(self):
        self._create_rate(0.2, 0.1, strength=20)
        self._create_cases(20, 10)
        # (0.2 x 20 + 10) / 40
        self.assertAlmostEqual(self._get().treated, 0.35)
        self.assertEqual(self._get().untreated, 0.1)
        self.assertFalse(self._get().is_measured)

    def test_control_group_moves_the_untreated_rate(self):
        self._create_rate(0.2, 0.1, strength=20)
        self._create_members("control", 20, 8)
        # (0.1 x 20 + 8) / 40
        self.assertAlmostEqual(self._get().untreated, 0.25)
        self.assertEqual(self._get().treated, 0.2)

    def test_measured_when_both_arms_weigh_as_much_as_the_assumption(self):
        self._create_rate(0.2, 0.1, strength=5)
        self._create_cases(5, 1)
        self._create_members("control", 4, 1)
        self.assertFalse(self._get().is_measured)
        self._create_members("control", 1, 0)
        self.assertTrue(self._get().is_measured)

    def test_treated_member_without_a_case_counts(self):
        self._create_rate(0.2, 0.1, strength=20)
        self._create_members("treatment", 20, 10)
        self.assertAlmostEqual(self._get().treated, 0.35)

    def test_left_out_members_and_drafts_do_not_count(self):
        self._create_rate(0.2, 0.1)
        self._create_members("left_out", 5, 5)
        self._create_members("control", 5, 5, state="draft")
        self.assertEqual(self._get()[:2], (0.2, 0.1))

    def test_dismissed_cases_have_not_been_tried(self):
        self._create_rate(0.2, 0.1)
        self._create_cases(10, 10, state="dismissed")
        self.assertEqual(self._get().treated, 0.2)

    def test_horizon_must_have_passed(self):
        self._create_rate(0.2, 0.1, strength=20)
        self._create_cases(20, 10, days_ago=90)  # the horizon ends today
        self.assertEqual(self._get().treated, 0.2)
        self._create_cases(20, 10, days_ago=91)
        self.assertAlmostEqual(self._get().treated, 0.35)

    def test_order_after_the_horizon_is_no_return(self):
        self._create_rate(0.2, 0.1, strength=20)
        cases = self._create_cases(20, 0, days_ago=200)
        self._create_order(cases[0].partner_id, 200 - 91)  # one day late
        self.assertAlmostEqual(self._get().treated, 0.1)
        self._create_order(cases[0].partner_id, 200 - 90)
        self.assertAlmostEqual(self._get().treated, 5 / 40)

    def test_order_of_a_contact_and_quotations(self):
        self._create_rate(0.2, 0.1, strength=20)
        cases = self._create_cases(20, 0)
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": cases[0].partner_id.id}
        )
        self._create_order(contact, 50)
        self._create_order(cases[1].partner_id, 50, state="sent")
        self.assertAlmostEqual(self._get().treated, 5 / 40)

    def test_other_company_measures_for_itself(self):
        self._create_rate(0.2, 0.1, strength=20)
        other = self._create_company("Other Test Company")
        self._create_cases(20, 20, company=other)
        self.assertEqual(self._get().treated, 0.2)
        self.assertAlmostEqual(self._get(company=other).treated, 0.6)

    def test_own_measurements_count_once(self):
        self._create_rate(0.2, 0.1, strength=10)
        self._create_cases(10, 5, opening_class_id=self.gold.id)
        self._create_cases(10, 0, opening_class_id=self.copper.id)
        # the general assumption, moved by copper only: 2 of 20; then by gold: (1 + 5) / 20
        self.assertAlmostEqual(self._get(self.gold).treated, 0.3)
        self.assertAlmostEqual(self._get(self.copper).treated, (10 * 7 / 20 + 0) / 20)
        self.assertAlmostEqual(self._get().treated, 7 / 30)

    def test_reason_of_the_customer_goes_before_ours(self):
        self._create_rate(0.2, 0.1, None, self.price, strength=10)
        self._create_rate(0.2, 0.1, None, self.neglect, strength=10)
        self._create_cases(
            10, 10, reason_id=self.price.id, customer_reason_id=self.neglect.id
        )
        self.assertAlmostEqual(self._get(reason=self.neglect).treated, 0.6)
        self.assertEqual(self._get(reason=self.price).treated, 0.2)

    def test_screen_shows_what_the_assumption_has_become(self):
        rate = self._create_rate(0.2, 0.1, strength=20)
        self._create_cases(20, 10)
        rate.invalidate_recordset()
        self.assertAlmostEqual(rate.treated_now, 0.35)
        self.assertEqual((rate.treated_count, rate.untreated_count), (20, 0))
