from odoo.exceptions import ValidationError

from .common import WinbackCase


class TestValueClass(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold, cls.silver, cls.copper = (
            cls.env["winback.value.class"].create(
                {"name": name, "margin_share_to": share, "company_id": cls.company.id}
            )
            for name, share in (("Gold", 75), ("Silver", 95), ("Copper", 100))
        )

    def _create_buyers(self, *margins):
        """Create a customer for each margin of its last year."""
        buyers = self.env["res.partner"]
        for margin in margins:
            buyer = self._create_customer(f"Brings {margin}")
            self._create_order(buyer, 10, amount=1000, margin=margin)
            buyers |= buyer
        return buyers

    def _get_classes(self, buyers):
        return [self._get_status(buyer).value_class_id.name for buyer in buyers]

    def _assert_classes(self, buyers, *names):
        self._run()
        self.assertEqual(self._get_classes(buyers), list(names))

    def test_classes_end_exactly_at_their_share(self):
        buyers = self._create_buyers(5, 75, 20)
        self._assert_classes(buyers, "Copper", "Gold", "Silver")

    def test_class_takes_whoever_crosses_its_limit(self):
        buyers = self._create_buyers(74, 20, 6)
        self._assert_classes(buyers, "Gold", "Gold", "Silver")

    def test_single_customer_is_gold(self):
        self._assert_classes(self._create_buyers(1), "Gold")

    def test_who_brings_the_same_is_in_the_same_class(self):
        buyers = self._create_buyers(70, 10, 10, 10)
        self._assert_classes(buyers, "Gold", "Gold", "Gold", "Gold")
        buyers = self._create_buyers(900, 9)
        self._assert_classes(buyers, "Gold", "Copper")

    def test_limited_run_ranks_equal_margins_as_a_full_one(self):
        buyers = self._create_buyers(300, 10, 10, 10, 0)
        self._run()
        full = self._get_classes(buyers)
        self._run(partners=buyers[1] | buyers[3] | buyers[4])
        self.assertEqual(self._get_classes(buyers), full)
        self.assertEqual(full[1:4], ["Silver"] * 3)

    def test_nobody_with_margin_is_copper(self):
        buyers = self._create_buyers(0, 0, -5)
        self._assert_classes(buyers, "Copper", "Copper", "Copper")

    def test_loss_takes_no_share_away(self):
        buyers = self._create_buyers(75, 25, -1000)
        self._assert_classes(buyers, "Gold", "Silver", "Copper")

    def test_margin_of_the_last_active_year_counts(self):
        former = self._create_customer("Former")
        self._create_order(former, 700, amount=1000, margin=80)
        self._create_order(former, 1100, amount=9000, margin=9000)
        buyers = former | self._create_buyers(20)
        self._assert_classes(buyers, "Gold", "Silver")

    def test_excluded_customers_take_no_share(self):
        buyers = self._create_buyers(900, 75, 25)
        self.env["winback.exclusion"].create({"partner_id": buyers[0].id})
        self._run()
        self.assertEqual(self._get_classes(buyers[1:]), ["Gold", "Silver"])
        self.assertFalse(self._get_status(buyers[0]).value_class_id)

    def test_exception_needs_a_reason(self):
        buyer = self._create_buyers(100, 1)[1]
        self._run()
        with self.assertRaisesRegex(ValidationError, "class of its own"):
            self._get_status(buyer).class_override_id = self.gold

    def test_exception_shows_at_once_and_stays(self):
        buyers = self._create_buyers(100, 1)
        self._assert_classes(buyers, "Gold", "Copper")
        self._get_status(buyers[1]).write(
            {"class_override_id": self.gold.id, "class_override_reason": "referral"}
        )
        self.assertEqual(self._get_classes(buyers), ["Gold", "Gold"])
        self._assert_classes(buyers, "Gold", "Gold")

    def test_exception_taken_back_gives_the_earned_class(self):
        buyers = self._create_buyers(100, 1)
        self._run()
        status = self._get_status(buyers[1])
        status.write({"class_override_id": self.gold.id, "class_override_reason": "other"})
        status.write({"class_override_id": False, "class_override_reason": False})
        self.assertEqual(self._get_classes(buyers), ["Gold", "Copper"])

    def test_companys_own_classes_replace_the_shared(self):
        self.silver.unlink()
        self.gold.margin_share_to = 10
        self._assert_classes(self._create_buyers(10, 90, 1), "Copper", "Gold", "Copper")

    def test_shared_classes_serve_companies_without_own(self):
        other = self._create_company("Other Company")
        classes = self.env["winback.value.class"]._get_classes(other)
        self.assertTrue(classes)
        self.assertFalse(classes.company_id)

    def test_single_class_takes_everybody(self):
        (self.gold | self.silver).unlink()
        self._assert_classes(self._create_buyers(10, 0), "Copper", "Copper")

    def test_share_must_make_sense(self):
        for share in (0, -5, 100.5):
            with self.subTest(share=share), self.assertRaises(ValidationError):
                self.gold.margin_share_to = share

    def test_limited_run_gives_the_class_of_a_full_one(self):
        buyers = self._create_buyers(400, 300, 200, 100, 50, 30, 20)
        self._run()
        self._create_order(buyers[5], 3, amount=1000, margin=250)
        self._run(partners=buyers[5])
        limited = self._get_status(buyers[5]).value_class_id
        self._run()
        self.assertEqual(self._get_status(buyers[5]).value_class_id, limited)
        self.assertEqual(limited, self.gold)  # was copper before

    def test_limited_run_leaves_the_others_alone(self):
        buyers = self._create_buyers(75, 25)
        self._run()
        self._create_order(buyers[1], 3, amount=9000, margin=9000)
        self._run(partners=buyers[1])
        self.assertEqual(self._get_classes(buyers), ["Gold", "Gold"])
        self._assert_classes(buyers, "Copper", "Gold")

    def test_change_of_class_is_history(self):
        buyers = self._create_buyers(75, 25)
        self._run()
        self._create_order(buyers[1], 3, amount=9000, margin=9000)
        self._run()
        moved = self._get_transitions(buyers[1], kind="class")
        self.assertEqual(
            (moved.from_class_id, moved.to_class_id, moved.date),
            (self.silver, self.gold, self.today),
        )

    def test_former_customer_takes_no_share_in_a_limited_run(self):
        """A row kept for its decision counts in no full run, so in no limited one."""
        customers = self.env["res.partner"]
        for margin in (900, 60, 40):
            customer = self._create_customer(f"Brings {margin}")
            self._create_order(customer, 10, margin=margin)
            customers |= customer
        self._run()
        self._get_status(customers[0]).potential_amount = 5000
        order = self.env["sale.order"].search([("partner_id", "=", customers[0].id)])
        self._set_columns(order, state="cancel")
        self._run()
        full = self._get_status(customers[1]).value_class_id
        self._run(partners=customers[1])
        self.assertEqual(self._get_status(customers[1]).value_class_id, full)
