from datetime import date, datetime
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import WinbackCase
from .test_access import WinbackAccessCase


@tagged("post_install", "-at_install")
class TestTimeline(WinbackCase):
    def _get_timeline(self, customer):
        self._run()
        return self._get_status(customer).get_timeline()

    def _get_markers(self, timeline):
        return {marker["key"]: marker["date"] for marker in timeline["markers"]}

    def _create_rhythm(self, *days_ago, **values):
        customer = self._create_customer()
        self._create_orders(customer, days_ago, **values)
        return customer

    # purchases

    def test_purchases_are_days_with_amount_and_orders(self):
        customer = self._create_rhythm(40, amount=250)
        orders = self._create_orders(customer, [10, 10], amount=100)
        first, second = self._get_timeline(customer)["purchases"]
        self.assertEqual((first["date"], first["amount"]), (self._day(40), 250))
        self.assertEqual((second["date"], second["amount"]), (self._day(10), 200))
        self.assertEqual(second["orders"], [{"id": order.id, "name": order.name} for order in orders])
        self.assertEqual(second["label"], ", ".join(orders.mapped("name")))
        self.assertIn("200", second["total"])
        self.assertFalse(second["hidden"])

    def test_only_confirmed_orders_of_the_company_count(self):
        other = self._create_company("Other Company")
        customer = self._create_rhythm(40, 10)
        self._create_orders(customer, [30], state="cancel")
        self._create_orders(customer, [20], state="draft")
        self._create_orders(customer, [15], company=other)
        timeline = self._get_timeline(customer)
        self.assertEqual([p["date"] for p in timeline["purchases"]], [self._day(40), self._day(10)])

    def test_contacts_count_for_their_company_archived_or_not(self):
        customer = self._create_rhythm(40)
        contact = self._create_customer("Contact", parent_id=customer.id, is_company=False)
        self._create_orders(contact, [10])
        contact.active = False
        self.assertEqual(len(self._get_timeline(customer)["purchases"]), 2)

    def test_amounts_are_in_the_companys_currency(self):
        customer = self._create_rhythm(10, amount=300, rate=1.5)
        self.assertEqual(self._get_timeline(customer)["purchases"][0]["amount"], 200)

    def test_days_are_those_of_the_companys_zone(self):
        self.company.partner_id.tz = "Pacific/Auckland"
        customer = self._create_customer()
        self._create_orders(customer, [0], moment=datetime(2026, 6, 10, 22, 0))
        self.assertEqual(self._get_timeline(customer)["purchases"][0]["date"], date(2026, 6, 11))

    def test_returns_are_points_of_their_own(self):
        customer = self._create_rhythm(40, 10)
        self._create_order(customer, 5, amount=-30)
        timeline = self._get_timeline(customer)
        self.assertEqual(len(timeline["purchases"]), 2)
        self.assertEqual([(r["date"], r["amount"]) for r in timeline["returns"]], [(self._day(5), -30)])

    def test_purchase_and_return_of_one_day(self):
        customer = self._create_rhythm(10, amount=100)
        self._create_order(customer, 10, amount=-30)
        timeline = self._get_timeline(customer)
        self.assertEqual(timeline["purchases"][0]["amount"], 100)
        self.assertEqual(timeline["returns"][0]["amount"], -30)

    def test_two_hundred_purchases_show_the_last_forty(self):
        customer = self._create_rhythm(*range(1, 201), amount=10)
        timeline = self._get_timeline(customer)
        self.assertEqual(len(timeline["purchases"]), 40)
        self.assertEqual(timeline["purchases"][0]["date"], self._day(40))
        self.assertEqual(timeline["purchases"][-1]["date"], self._day(1))
        self.assertEqual((timeline["earlier"]["count"], timeline["earlier"]["amount"]), (160, 1600))

    def test_forty_purchases_leave_nothing_out(self):
        self.assertIsNone(self._get_timeline(self._create_rhythm(*range(1, 41)))["earlier"])

    def test_all_orders_on_one_day(self):
        timeline = self._get_timeline(self._create_rhythm(10, 10, 10))
        self.assertEqual(len(timeline["purchases"]), 1)
        self.assertEqual(len(timeline["purchases"][0]["orders"]), 3)
        self.assertIsNone(timeline["gap"])

    def test_prospect_has_no_purchases(self):
        self.company.winback_population = "negotiated"
        customer = self._create_rhythm(10, state="sent")
        timeline = self._get_timeline(customer)
        self.assertEqual(self._get_status(customer).state, "prospect")
        self.assertEqual((timeline["purchases"], timeline["returns"]), ([], []))
        self.assertEqual(self._get_markers(timeline), {"today": self.today})
        self.assertEqual(timeline["sentences"], ["Has not bought yet."])

    # days to come

    def test_markers_of_an_active_customer(self):
        timeline = self._get_timeline(self._create_rhythm(70, 40, 10))
        markers = self._get_markers(timeline)
        markers.pop("expected", None)
        self.assertEqual(
            markers,
            {"today": self.today, "risk": self._day(10 - 91), "lost": self._day(10 - 180)},
        )
        self.assertEqual(timeline["markers"], sorted(timeline["markers"], key=lambda m: m["date"]))
        self.assertEqual(timeline["gap"]["start"], self._day(10))
        self.assertEqual(timeline["gap"]["end"], self._day(-20))

    def test_days_that_are_past_are_called_so(self):
        timeline = self._get_timeline(self._create_rhythm(560, 530, 500))
        labels = {marker["key"]: marker["label"] for marker in timeline["markers"]}
        self.assertEqual((labels["risk"], labels["lost"]), ("At risk since", "Lost since"))

    def test_first_purchase_leads_to_one_off(self):
        self.company.winback_one_off_days = 100
        timeline = self._get_timeline(self._create_rhythm(10))
        self.assertEqual(self._get_markers(timeline), {"today": self.today, "lost": self._day(-90)})
        self.assertIn("One-off", timeline["markers"][1]["label"])

    def test_first_purchase_counts_as_lost_where_that_is_sooner(self):
        self.company.winback_one_off_days = 181
        timeline = self._get_timeline(self._create_rhythm(10))
        self.assertEqual(timeline["markers"][1]["label"], "Lost from")

    def test_excluded_and_given_up_customers_have_nothing_to_come(self):
        excluded, given_up = self._create_rhythm(70, 40, 10), self._create_rhythm(70, 40, 10)
        self._run()
        self.env["winback.exclusion"].create({"partner_id": excluded.id})
        self._get_status(given_up).action_give_up()
        for customer in excluded | given_up:
            self.assertEqual(self._get_markers(self._get_timeline(customer)), {"today": self.today})

    # words

    def test_sentences_tell_the_same(self):
        sentences = " ".join(self._get_timeline(self._create_rhythm(70, 40, 10))["sentences"])
        for fact in ("3 purchases", "every 30 days", "Silent for 10 days", "At risk from", "Lost from"):
            self.assertIn(fact, sentences)

    def test_texts_are_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        customer = self._create_rhythm(40, 10)
        self._run()
        timeline = self._get_status(customer).with_context(lang="fr_FR").get_timeline()
        self.assertIn("juin", timeline["purchases"][-1]["day"])

    def test_queries_do_not_grow_with_the_orders(self):
        few, many = self._create_rhythm(20, 10), self._create_rhythm(*range(1, 61))
        self._run()
        counts = []
        for customer in few | many:
            status = self._get_status(customer)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            status.get_timeline()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    # outlook

    def test_too_few_purchases_have_no_probability(self):
        for days_ago in ([10], [40, 10], [10, 10, 10]):
            with self.subTest(days_ago=days_ago):
                customer = self._create_rhythm(*days_ago)
                self._run()
                self.assertIn("fewer than three purchases", self._get_status(customer).outlook_summary)

    def test_probabilities_are_said_in_words(self):
        customer = self._create_rhythm(70, 40, 10)
        self._run()
        status = self._get_status(customer)
        self._set_columns(status, probability_source="model", p_no_purchase=0.73, p_silence=0.4)
        self.assertEqual(
            status.outlook_summary,
            "73 % that no order comes in the next 90 days. "
            "40 % that this silence lasts until the customer counts as lost.",
        )

    def test_expected_order_is_marked_until_the_customer_is_lost(self):
        customer = self._create_rhythm(70, 40, 10)
        self._run()
        status = self._get_status(customer)
        self._set_columns(status, expected_order_date=self._day(-7))
        self.assertEqual(self._get_markers(status.get_timeline())["expected"], self._day(-7))
        self._set_columns(status, state="lost")
        self.assertNotIn("expected", self._get_markers(status.get_timeline()))

    def test_excluded_customers_have_no_outlook(self):
        customer = self._create_rhythm(70, 40, 10)
        self._run()
        self.env["winback.exclusion"].create({"partner_id": customer.id})
        self.assertFalse(self._get_status(customer).outlook_summary)


@tagged("post_install", "-at_install")
class TestTimelineAccess(WinbackAccessCase):
    def _get_status_as(self, user, partner):
        status = self._as(user, "winback.status").sudo().search([("partner_id", "=", partner.id)])
        return status.with_user(user).sudo(False)

    def test_hidden_customer_has_no_timeline(self):
        for user in self.boris | self.clerk:
            status = self._get_status_as(user, self.of_anna)
            for method in (status.get_timeline, status.get_class_comparison):
                with self.subTest(user=user.login, method=method.__name__), self.assertRaises(AccessError):
                    method()

    def test_own_orders_show_with_names(self):
        timeline = self._get_status_as(self.anna, self.of_anna).get_timeline()
        self.assertEqual([len(p["orders"]) for p in timeline["purchases"]], [1, 1])

    def test_colleagues_orders_show_as_points_only(self):
        """Anna took the customer over; the orders of before are Boris's."""
        own = self._create_order(self.of_boris, 20, user_id=self.anna.id)
        self.of_boris.user_id = self.anna
        self._run()
        timeline = self._get_status_as(self.anna, self.of_boris).get_timeline()
        hidden, shown = timeline["purchases"][0], timeline["purchases"][-1]
        self.assertEqual(shown["orders"], [{"id": own.id, "name": own.name}])
        self.assertEqual((hidden["orders"], hidden["hidden"]), ([], 1))
        self.assertEqual((hidden["amount"], hidden["total"]), (None, ""))
        self.assertEqual(hidden["label"], "an order of a colleague")
        everything = self._get_status_as(self.all_docs, self.of_boris).get_timeline()
        self.assertFalse(any(point["hidden"] for point in everything["purchases"]))

    def test_day_with_orders_of_both_shows_the_own_amount(self):
        self.of_anna.user_id = self.anna
        self._create_order(self.of_anna, 20, amount=70, user_id=self.anna.id)
        self._create_orders(self.of_anna, [20, 20], amount=500, user_id=self.boris.id)
        self._run()
        point = self._get_status_as(self.anna, self.of_anna).get_timeline()["purchases"][-1]
        self.assertEqual((point["amount"], point["hidden"]), (70, 2))
        self.assertIn("2 orders of colleagues", point["label"])

    def test_earlier_amount_is_told_only_if_all_orders_are_readable(self):
        self.of_anna.user_id = self.anna
        self._create_orders(self.of_anna, range(1, 61), user_id=self.anna.id)
        self._run()
        earlier = self._get_status_as(self.anna, self.of_anna).get_timeline()["earlier"]
        self.assertEqual((earlier["count"], earlier["amount"]), (22, 2200))
        self._create_order(self.of_anna, 800, user_id=self.boris.id)
        self._run()
        earlier = self._get_status_as(self.anna, self.of_anna).get_timeline()["earlier"]
        self.assertEqual((earlier["count"], earlier["amount"]), (23, None))


@tagged("post_install", "-at_install")
class TestClassComparison(WinbackCase):
    """Customers of one class with gaps of 10, 20, ... days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.value_class = cls.env["winback.value.class"].create(
            {"name": "Gold", "company_id": cls.company.id, "margin_share_to": 100}
        )

    def _create_class(self, count):
        """Create customers who are silent for, and buy every, 10, 20, ... days."""
        customers = self.env["res.partner"]
        for number in range(1, count + 1):
            customer = self._create_customer(f"Customer {number}")
            self._create_orders(customer, [10 * number * i for i in (1, 2, 3)], amount=100 * number)
            customers |= customer
        self._run()
        return customers

    def _get_rows(self, customer):
        comparison = self._get_status(customer).get_class_comparison()
        return {row["key"]: row for row in comparison["rows"]}

    def test_median_and_standing(self):
        customers = self._create_class(9)
        rows = self._get_rows(customers[8])
        self.assertEqual((rows["gap_mean"]["own"], rows["gap_mean"]["typical"]), ("90 days", "50 days"))
        self.assertEqual(rows["silent_days"]["typical"], "50 days")
        self.assertEqual(rows["silent_days"]["standing"], "longer than 89 % of them")
        self.assertTrue(rows["silent_days"]["is_bad"])
        self.assertIn("1,500", rows["amount_active_year"]["typical"].replace("\xa0", ""))
        self.assertEqual(rows["amount_active_year"]["standing"], "more than 89 % of them")
        self.assertFalse(rows["amount_active_year"]["is_bad"])
        best = self._get_rows(customers[0])
        self.assertEqual(best["silent_days"]["standing"], "shorter than 89 % of them")
        self.assertFalse(best["silent_days"]["is_bad"])
        self.assertTrue(best["amount_active_year"]["is_bad"])

    def test_sentence(self):
        customers = self._create_class(9)
        note = self._get_status(customers[8]).get_class_comparison()["note"]
        self.assertEqual(
            note,
            "Silent for 90 days; half of the customers of class Gold who still buy are silent "
            "for less than 50.",
        )

    def test_only_who_still_buys_makes_what_is_normal(self):
        customers = self._create_class(5)
        lost = self._create_customer("Lost")
        self._create_orders(lost, [900, 800, 700])
        self._run()
        self.assertEqual(self._get_status(lost).state, "lost")
        self.assertEqual(self._get_rows(customers[0])["silent_days"]["typical"], "30 days")
        rows = self._get_rows(lost)
        self.assertEqual(rows["silent_days"]["standing"], "longer than 100 % of them")
        self.assertEqual(rows["return_count"]["own"], "never")
        self.assertEqual(rows["return_count"]["typical"], "0 % of those once lost")

    def test_returns_of_the_class(self):
        customers = self._create_class(5)
        self._create_orders(customers[0], [700, 690])
        lost = self._create_customer("Lost")
        self._create_orders(lost, [900, 800, 700])
        self._run()
        row = self._get_rows(customers[0])["return_count"]
        self.assertEqual((row["own"], row["typical"]), ("once", "50 % of those once lost"))

    def test_never_lost_class_has_no_row_of_returns(self):
        self.assertNotIn("return_count", self._get_rows(self._create_class(5)[0]))

    def test_large_table_is_sampled_unless_the_class_is_small(self):
        status = self._get_status(self._create_class(9)[0])
        exact = status._get_class_stats()
        model = type(status)
        with patch.object(model, "_get_sample_step", lambda self: 3):
            self.assertEqual(status._get_class_stats(), exact)
        sampled = status._query_class_stats(3)
        self.assertLess(sampled["customers"], 9)
        self.assertLessEqual(status._query_class_stats(1)["customers"], 9)

    def test_small_class_tells_nothing(self):
        comparison = self._get_status(self._create_class(4)[0]).get_class_comparison()
        self.assertFalse(comparison["rows"])
        self.assertIn("too few", comparison["note"])

    def test_other_companies_and_classes_take_no_part(self):
        customers = self._create_class(5)
        other = self._create_company("Other Company")
        elsewhere = self._create_customer("Elsewhere")
        self._create_orders(elsewhere, [3, 2, 1], company=other)
        self._run(company=other)
        self._create_orders(customers[0], [3, 2, 1], company=other)
        self._run(company=other)
        self.assertEqual(self._get_rows(customers[0])["silent_days"]["typical"], "30 days")

    def test_customer_without_class_is_not_compared(self):
        customer = self._create_class(5)[0]
        self.env["winback.exclusion"].create({"partner_id": customer.id})
        self.assertIsNone(self._get_status(customer).get_class_comparison())

    def test_single_purchase_has_no_gap_to_compare(self):
        self._create_class(5)
        customer = self._create_customer("New")
        self._create_order(customer, 5)
        self._run()
        self.assertNotIn("gap_mean", self._get_rows(customer))

    def test_margins_take_no_part(self):
        status = self._get_status(self._create_class(5)[0])
        figures = status._get_figures_to_compare()
        self.assertFalse([f for f in figures if "margin" in f["sql"].code])
