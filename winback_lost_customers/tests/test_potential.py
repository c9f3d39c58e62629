from .common import WinbackCase


class WinbackPotentialCase(WinbackCase):
    thresholds = {**WinbackCase.thresholds, "S12": 30}
    weights = {**WinbackCase.weights, "S12": 10}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.industry = cls.env["res.partner.industry"].create({"name": "Bakeries"})
        cls.place = {"industry_id": cls.industry.id, "country_id": cls.env.ref("base.bg").id}

    def _create_buyer(self, *amounts, since=400, **values):
        """Create a customer of the industry with an order in the last 365 days for each
        of `amounts`, the latest 10 days ago, and one of 1 so many days ago before."""
        buyer = self._create_customer(f"Buys {amounts}", **{**self.place, **values})
        self._create_order(buyer, since, amount=1)
        for index, amount in enumerate(amounts):
            self._create_order(buyer, 10 + 30 * index, amount=amount)
        return buyer

    def _create_peers(self, *amounts, number=10, **values):
        return [self._create_buyer(*amounts, **values) for _index in range(number)]

    def _get_potential(self, partner, **options):
        facts = self._get_facts(partner, **options)
        names = ("potential_used", "potential_source", "potential_peers", "potential_order")
        return tuple(facts[name] for name in names)


class TestPotential(WinbackPotentialCase):
    def test_potential_is_the_upper_quartile_of_similar_customers(self):
        """Eleven years of 100 to 1100: between the eighth and ninth, 850; 600 an order."""
        buyers = [self._create_buyer(amount) for amount in range(100, 1200, 100)]
        self.assertEqual(self._get_potential(buyers[0]), (850, "estimated", 10, 600))

    def test_potential_counts_orders_of_the_year(self):
        buyer = self._create_peers(150, 100, 50, number=11)[0]
        self.assertEqual(self._get_facts(buyer)["orders_year"], 3)
        self.assertEqual(self._get_potential(buyer), (300, "estimated", 10, 100))

    def test_potential_is_rounded_to_two_digits(self):
        buyer = self._create_peers(123456, number=11)[0]
        self.assertEqual(self._get_potential(buyer)[0], 120000)

    def test_potential_needs_ten_similar_customers(self):
        buyer = self._create_peers(100)[0]
        self.assertEqual(self._get_potential(buyer), (0, None, None, 0))
        self._create_buyer(100)
        self.assertEqual(self._get_potential(buyer)[1:3], ("estimated", 10))

    def test_newcomer_is_measured_and_no_measure(self):
        """Younger than a year: ten others count, and it is none of them."""
        self._create_peers(100)
        self.assertEqual(
            self._get_potential(self._create_buyer(5000, since=364)),
            (100, "estimated", 10, 100),
        )

    def test_similar_is_industry_and_country(self):
        self._create_peers(100)
        other = self.env["res.partner.industry"].create({"name": "Mills"})
        for values in (
            {"industry_id": other.id},
            {"industry_id": False},
            {"country_id": False},
            {"country_id": self.env.ref("base.de").id},
        ):
            with self.subTest(values):
                self.assertEqual(self._get_potential(self._create_buyer(1, **values))[0], 0)

    def test_customers_without_country_are_similar(self):
        buyer = self._create_peers(100, number=11, country_id=False)[0]
        self.assertEqual(self._get_potential(buyer)[:3], (100, "estimated", 10))

    def test_excluded_and_silent_customers_are_no_measure(self):
        buyers = self._create_peers(100, number=11)
        self._create_buyer(since=500)
        self.assertEqual(self._get_potential(buyers[0])[2], 10)
        self.env["winback.exclusion"].create({"partner_id": buyers[1].id})
        self.assertEqual(self._get_potential(buyers[0])[0], 0)

    def test_other_companies_are_no_measure(self):
        buyer = self._create_peers(100)[0]
        other = self._create_company("Other Company")
        stranger = self._create_customer("Stranger", **self.place)
        self._create_orders(stranger, [400, 10], company=other)
        self.assertEqual(self._get_potential(buyer)[0], 0)

    def test_entered_potential_comes_first(self):
        buyer = self._create_peers(100, number=11)[0]
        self._run()
        self._get_status(buyer).potential_amount = 7777
        self.assertEqual(self._get_potential(buyer), (7777, "entered", None, 0))
        status = self._get_status(buyer)
        self.assertEqual((status.potential_used, status.potential_source), (7777, "entered"))

    def test_entered_potential_is_unknown_on_a_past_day(self):
        buyer = self._create_peers(100, number=11)[0]
        self._run()
        self._get_status(buyer).potential_amount = 7777
        self.assertEqual(
            self._get_potential(buyer, today=self._day(1)), (100, "estimated", 10, 100)
        )

    def test_future_order_is_no_measure_on_a_past_day(self):
        buyer = self._create_peers(100, number=11)[0]
        self.assertEqual(self._get_potential(buyer, today=self._day(11))[0], 0)

    def test_limited_facts_are_those_of_the_full_run(self):
        buyers = [self._create_buyer(amount) for amount in range(100, 1200, 100)]
        self._run()
        self._create_order(buyers[0], 5, amount=3000)
        self._run(partners=buyers[0])
        full = self._get_all_facts()
        self.assertEqual(full[buyers[0].id]["potential_used"], 950)
        for buyer in buyers[:3]:
            self.assertEqual(self._get_all_facts(partners=buyer), {buyer.id: full[buyer.id]})


class TestSignLittlePotential(WinbackPotentialCase):
    def _get_little(self, partner):
        return self._get_evidence(partner, "S12")

    def test_little_of_the_estimate_holds_and_explains(self):
        self._create_peers(200, 200, 200, 200, 200)
        buyer = self._create_buyer(280)
        evidence = self._get_little(buyer)
        self.assertEqual(evidence.value, 28)
        self.assertEqual(
            evidence.explanation.replace("\N{NO-BREAK SPACE}", " "),
            "Buys 28 % of its potential: 280.00 € of 1,000.00 € a year, estimated from 10 "
            "similar customers. An average order of 280.00 € is not smaller than theirs "
            "(200.00 €): it orders more rarely.",
        )
        self.assertEqual(len(evidence.documents), 1)

    def test_little_of_the_estimate_is_below_the_threshold(self):
        self._create_peers(200, 200, 200, 200, 200)
        for amount, share in ((295, None), (294, 29)):  # 29.5 is 30 in whole percent
            with self.subTest(amount=amount):
                evidence = self._get_little(self._create_buyer(amount))
                self.assertEqual(evidence.value if evidence else None, share)

    def test_small_customer_is_no_large_potential(self):
        """Orders smaller than the typical one: a small customer, not a lost share."""
        self._create_peers(200, 200, 200, 200, 200)
        self.assertTrue(self._get_little(self._create_buyer(200)))
        self.assertFalse(self._get_little(self._create_buyer(199)))

    def test_little_of_the_entered_potential_holds(self):
        """Orders of any size count, as a user knows the customer."""
        buyer = self._create_buyer(10, 19)
        self._run()
        self._get_status(buyer).potential_amount = 100
        evidence = self._get_little(buyer)
        self.assertEqual(evidence.value, 29)
        self.assertEqual(
            evidence.explanation.replace("\N{NO-BREAK SPACE}", " "),
            "Buys 29 % of its potential: 29.00 € of 100.00 € a year, the potential as entered.",
        )
        self._get_status(buyer).potential_amount = 96  # 30.2 %
        self.assertFalse(self._get_little(buyer))

    def test_half_a_year_counts_for_a_year(self):
        """10 in the 200 days as a customer (9 and the first order of 1) are 18.25 a year."""
        buyer = self._create_buyer(9, since=200)
        self._run()
        self._get_status(buyer).potential_amount = 65
        self.assertEqual(self._get_little(buyer).value, 28)

    def test_little_potential_needs_half_a_year(self):
        for since in (179, 180):
            with self.subTest(since=since):
                buyer = self._create_buyer(9, since=since)
                self._run()
                self._get_status(buyer).potential_amount = 1000
                self.assertEqual(bool(self._get_little(buyer)), since == 180)

    def test_little_potential_needs_a_recent_purchase(self):
        buyer = self._create_customer(**self.place)
        self._create_orders(buyer, [300, 200])
        self._run()
        self._get_status(buyer).potential_amount = 100000
        self.assertFalse(self._get_little(buyer))

    def test_no_potential_is_no_sign(self):
        self.assertFalse(self._get_little(self._create_buyer(10)))
