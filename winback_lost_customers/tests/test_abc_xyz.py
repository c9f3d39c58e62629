from datetime import date, datetime

from odoo.exceptions import AccessError, ValidationError

from .common import WinbackCase

JULY_25, MARCH_26 = (2025, 7), (2026, 3)


class WinbackAbcCase(WinbackCase):
    """Seen from 15 June 2026 with a recent period of 90 days (17 March): the twelve
    months of now are June 2025 - May 2026, those before March 2025 - February 2026."""

    thresholds = {**WinbackCase.thresholds, "S8": 1}
    weights = {**WinbackCase.weights, "S8": 20}

    def _create_months(self, first, *amounts, partner=None, margins=None, **values):
        """Create a customer with an order in each month from `first` on (year, month);
        an amount of zero is no order. The margin is the amount unless given."""
        partner = partner or self._create_customer(f"Months {amounts}")
        for index, amount in enumerate(amounts):
            if not amount:
                continue
            years, month = divmod(first[1] - 1 + index, 12)
            moment = datetime(first[0] + years, month + 1, 15, 12)
            margin = margins[index] if margins else amount
            self._create_order(partner, amount=amount, margin=margin, moment=moment, **values)
        return partner

    def _create_known(self, *amounts, margins=None):
        """Create a customer since 2024 with the months March 2025 - May 2026."""
        partner = self._create_months((2024, 1), 1)
        return self._create_months((2025, 3), *amounts, partner=partner, margins=margins)

    def _get_classes(self, *partners, **options):
        """Return (before, now) of each customer."""
        facts = self._get_all_facts(**options)
        classes = [
            (facts[partner.id]["abc_xyz_before"], facts[partner.id]["abc_xyz"])
            for partner in partners
        ]
        return classes if len(classes) > 1 else classes[0]


class TestDemand(WinbackAbcCase):
    def _get_demand(self, partner, **options):
        facts = self._get_facts(partner, **options)
        names = ("amount", "margin", "squares")
        return [
            [float(facts[f"demand_{name}{suffix}"]) for name in names]
            for suffix in ("", "_before")
        ]

    def test_demand_is_summed_by_months(self):
        """Two orders of one month are squared together; both periods share nine."""
        buyer = self._create_months((2025, 2), 1000, 10, 20, 30, 40, margins=[1, 2, 3, 4, 5])
        self._create_months((2025, 6), 60, partner=buyer, margins=[6])
        self._create_months((2026, 5), 7, 5000, partner=buyer, margins=[7, 8])
        now, before = self._get_demand(buyer)
        self.assertEqual(now, [107, 18, 100**2 + 7**2])
        self.assertEqual(before, [160, 20, 10**2 + 20**2 + 30**2 + 100**2])

    def test_demand_begins_and_ends_with_the_month_of_the_company(self):
        self.company.partner_id.tz = "Europe/Sofia"  # three hours before UTC in summer
        buyer = self._create_customer()
        for amount, moment in (
            (1, datetime(2026, 5, 31, 20, 59)),
            (10, datetime(2026, 5, 31, 21)),
            (100, datetime(2025, 5, 31, 21)),
            (1000, datetime(2025, 5, 31, 20, 59)),
        ):
            self._create_order(buyer, amount=amount, moment=moment)
        self.assertEqual(self._get_demand(buyer)[0][0], 101)

    def test_demand_is_in_the_companys_currency(self):
        buyer = self._create_months((2026, 1), 100, rate=2)
        self.assertEqual(self._get_demand(buyer)[0], [50, 50, 2500])

    def test_demand_of_returns_is_less(self):
        buyer = self._create_months((2026, 1), 100)
        self._create_months((2026, 1), -30, -10, partner=buyer)
        self.assertEqual(self._get_demand(buyer)[0], [60, 60, 70**2 + 10**2])

    def test_demand_of_contacts_counts_for_their_company(self):
        buyer = self._create_months((2026, 1), 100)
        contact = self._create_customer("Contact", is_company=False, parent_id=buyer.id)
        self._create_months((2026, 1), 10, partner=contact)
        self.assertEqual(self._get_demand(buyer)[0][0], 110)

    def test_demand_of_other_companies_and_quotations_does_not_count(self):
        buyer = self._create_months((2026, 1), 100)
        self._create_months((2026, 1), 10, partner=buyer, company=self._create_company("Other"))
        self._create_months((2026, 1), 10, partner=buyer, state="sent")
        self.assertEqual(self._get_demand(buyer)[0][0], 100)

    def test_demand_of_a_past_day_ends_there(self):
        """As of 20 May the months end with April; before means until January."""
        buyer = self._create_months((2026, 1), 1, 10, 100, 1000, 10000)
        now, before = self._get_demand(buyer, today=date(2026, 5, 20))
        self.assertEqual((now[0], before[0]), (1111, 1))


class TestAbcXyz(WinbackAbcCase):
    def test_letters_end_at_their_share_of_margin(self):
        """80 of 100 is A, the next reaches 95 and is B, the rest C."""
        buyers = [self._create_known(*[0] * 14, margin) for margin in (5, 80, 15)]
        classes = [now[0] for _before, now in self._get_classes(*buyers)]
        self.assertEqual(classes, ["C", "A", "B"])

    def test_letter_takes_whoever_crosses_its_limit(self):
        buyers = [self._create_known(*[0] * 14, margin) for margin in (79, 15, 6)]
        self.assertEqual([now[0] for _b, now in self._get_classes(*buyers)], ["A", "A", "B"])

    def test_equal_margins_have_equal_letters(self):
        buyers = [self._create_known(*[0] * 14, 10) for _index in range(10)]
        self.assertEqual({now for _b, now in self._get_classes(*buyers)}, {"AZ"})

    def test_nobody_with_margin_is_c(self):
        silent = self._create_months((2023, 1), 100)
        at_a_loss = self._create_known(*[10] * 15, margins=[-1] * 15)
        self.assertEqual(self._get_classes(silent, at_a_loss), [("CZ", "CZ"), ("CX", "CX")])

    def test_even_months_are_x(self):
        self.assertEqual(self._get_classes(self._create_known(*[10] * 15)), ("AX", "AX"))

    def test_variation_is_that_of_the_months(self):
        """Six months of 10 and six of 30: mean 20, deviation 10. Every second month:
        as much as the mean. Every fourth: 1.73 times."""
        cases = {
            "half": ([0] * 3 + [10, 30] * 6, 50, "X"),
            "one": ([0] * 3 + [10, 0] * 6, 100, "Y"),
            "root of three": ([0] * 3 + [10, 0, 0, 0] * 3, 173, "Z"),
        }
        for name, (amounts, variation, letter) in cases.items():
            with self.subTest(name):
                facts = self._get_facts(self._create_known(*amounts))
                self.assertEqual(facts["demand_variation"], variation)
                self.assertEqual(facts["abc_xyz"][1], letter)

    def test_variation_counts_months_as_customer_only(self):
        """A customer since November bought evenly in all its seven months."""
        buyer = self._create_months((2025, 11), *[10] * 7)
        self.assertEqual(self._get_classes(buyer), ("A", "AX"))

    def test_second_letter_needs_six_months(self):
        five = self._create_months((2026, 1), *[10] * 5)
        six = self._create_months((2025, 12), *[10] * 6)
        self.assertEqual(self._get_classes(five, six), [("A", "A"), ("A", "AX")])

    def test_customer_of_the_current_month_has_no_class(self):
        buyer = self._create_months((2026, 6), 10)
        self._create_months((2026, 4), 10)
        self.assertEqual(self._get_classes(buyer), (None, None))

    def test_returns_only_make_no_class(self):
        buyer = self._create_months((2026, 1), -10)
        self._create_months((2026, 6), 10, partner=buyer)
        self.assertEqual(self._get_classes(buyer), (None, None))

    def test_excluded_customers_are_not_ranked(self):
        own, other = (self._create_known(*[amount] * 15) for amount in (10, 1000))
        self.assertEqual(self._get_classes(own), ("CX", "CX"))
        self.env["winback.exclusion"].create({"partner_id": other.id})
        self.assertEqual(self._get_classes(own, other), [("AX", "AX"), (None, None)])

    def test_numbers_are_settings(self):
        buyers = [self._create_known(*[0] * 14, margin) for margin in (70, 20, 10)]
        self.company.write({"winback_abc_a_share": 70, "winback_abc_b_share": 90})
        self.company.write({"winback_xyz_x_variation": 400, "winback_xyz_y_variation": 500})
        self.assertEqual([now for _b, now in self._get_classes(*buyers)], ["AX", "BX", "CX"])

    def test_numbers_must_make_sense(self):
        for values in (
            {"winback_abc_a_share": 0},
            {"winback_abc_a_share": 96},
            {"winback_abc_b_share": 101},
            {"winback_xyz_x_variation": 0},
            {"winback_xyz_y_variation": 49},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.company.write(values)

    def test_limited_facts_are_those_of_the_full_run(self):
        """Others take part with their stored margins, former customers do not."""
        buyers = [self._create_known(*[0] * 9, *[m] * 6) for m in (90, 60, 60, 30, 20, 9, 5, 1)]
        former = self._create_known(*[500] * 15)
        self._run()
        self._get_status(former).potential_amount = 5
        for order in self.env["sale.order"].search([("partner_id", "=", former.id)]):
            self._set_columns(order, state="cancel")
        self._run()
        self._create_months((2026, 1), 300, partner=buyers[4])
        self._run(partners=buyers[4])
        self.assertEqual(self._get_status(buyers[4]).abc_xyz, "AZ")
        full = self._get_all_facts()
        for buyer in buyers:
            with self.subTest(buyer.name):
                self.assertEqual(self._get_facts(buyer, partners=buyer), full[buyer.id])
        some = buyers[1] | buyers[3] | buyers[4]
        limited = self._get_all_facts(partners=some)
        self.assertEqual(limited, {partner.id: full[partner.id] for partner in some})

    def test_class_is_stored_and_margins_are_secret(self):
        buyer = self._create_known(*[10] * 15)
        self._run()
        status = self._get_status(buyer)
        self.assertEqual((status.abc_xyz_before, status.abc_xyz), ("AX", "AX"))
        self.assertEqual((status.demand_margin, status.demand_margin_before), (120, 120))
        user = self.env["res.users"].create(
            {
                "name": "Seller",
                "login": "abc_seller",
                "company_id": self.company.id,
                "company_ids": self.company.ids,
                "group_ids": [(4, self.env.ref("sales_team.group_sale_salesman_all_leads").id)],
            }
        )
        status = status.with_user(user)
        self.assertEqual(status.abc_xyz, "AX")
        with self.assertRaises(AccessError):
            status.read(["demand_margin"])


class TestSignLowerClass(WinbackAbcCase):
    def _get_lower(self, partner):
        return self._get_evidence(partner, "S8")

    def _create_falling(self):
        """Ten months of 500 until December 2025, beside somebody who brings 18000 in any
        twelve months. Before: 5000 of 23000, better 18000 < 80 %: A; 45 % variation: X.
        Now: 3500 of 21500, better 18000 >= 80 % and < 95 %: B; 85 %: Y."""
        self._create_known(*[1500] * 15)
        return self._create_known(*[500] * 10, *[0] * 5)

    def test_lower_class_holds_and_explains(self):
        falling = self._create_falling()
        evidence = self._get_lower(falling)
        self.assertEqual(evidence.value, 2)
        self.assertEqual(
            evidence.explanation.replace("\N{NO-BREAK SPACE}", " "),
            "From AX to BY: sales of 3,500.00 € in the last twelve complete months instead of "
            "5,000.00 €; its months vary by 85 % instead of 45 %.",
        )
        self.assertEqual(len(evidence.documents), 10)

    def test_lower_class_counts_steps(self):
        falling = self._create_falling()
        self.signs["S8"].threshold = 3
        self.assertFalse(self._get_lower(falling))
        self.signs["S8"].threshold = 2
        self.assertTrue(self._get_lower(falling))

    def test_lower_class_needs_a_tenth_less_margin_of_its_own(self):
        """Another customer's growth pushes it from A to B: that alone is no sign."""
        self._create_known(*[100] * 12, *[20000] * 3)
        for last, steps in ((500, None), (301, None), (300, 1)):
            with self.subTest(last=last):
                pushed = self._create_known(*[500] * 12, *[last] * 3)
                self.assertEqual(self._get_classes(pushed), ("AX", "BX"))
                evidence = self._get_lower(pushed)
                self.assertEqual(evidence.value if evidence else None, steps)
                self.env["winback.exclusion"].create({"partner_id": pushed.id})

    def test_irregular_demand_is_a_lower_class(self):
        """Nine months of twelve instead of all: from 0 to 58 % variation."""
        buyer = self._create_known(*[10] * 12)
        self.assertEqual(self._get_classes(buyer), ("AX", "AY"))
        self.assertEqual(self._get_lower(buyer).value, 1)

    def test_irregular_growth_is_no_sign(self):
        buyer = self._create_known(*[10] * 12, 0, 0, 40)
        self.assertEqual(self._get_classes(buyer), ("AX", "AY"))
        self.assertFalse(self._get_lower(buyer))

    def test_irregular_demand_needs_a_quarter_more(self):
        """From 45 % to 55 % is a step across the limit and still chance; to 57 % not."""
        for last, steps in ((50, None), (20, 1)):
            with self.subTest(last=last):
                buyer = self._create_known(*[500] * 10, 0, 0, 500, 500, last)
                self.assertEqual([c[1] for c in self._get_classes(buyer)], ["X", "Y"])
                evidence = self._get_lower(buyer)
                self.assertEqual(evidence.value if evidence else None, steps)

    def test_customer_that_stopped_is_lower_without_variation(self):
        """Nothing in the last twelve months: C and Z, and no variation to tell."""
        self._create_known(*[10] * 15)
        stopped = self._create_known(100, 100, 100)
        self.assertEqual(self._get_classes(stopped), ("AZ", "CZ"))
        evidence = self._get_lower(stopped)
        self.assertEqual(evidence.value, 2)
        self.assertNotIn("vary", evidence.explanation)

    def test_new_customer_has_no_class_to_fall_from(self):
        self._create_known(*[1500] * 15)
        buyer = self._create_months((2026, 4), 5000)
        self.assertEqual(self._get_classes(buyer), (None, "A"))
        self.assertFalse(self._get_lower(buyer))

    def test_lower_class_of_a_past_day(self):
        """On 20 March the months until February compare with those until November, when
        the customer had bought in nine of twelve months."""
        falling = self._create_falling()
        self.assertEqual(self._get_classes(falling, today=date(2026, 3, 20)), ("AY", "AX"))

    def test_changes_of_class_are_history_up_and_down(self):
        buyer = self._create_known(*[10] * 15)
        later = date(2026, 10, 1)
        self._run()
        self._run(later)
        self._create_months((2026, 6), *[10] * 4, partner=buyer)
        self._run(later)
        story = [
            (moved.date, moved.from_abc_xyz, moved.to_abc_xyz)
            for moved in self._get_transitions(buyer, kind="abc")
        ]
        self.assertEqual(story, [(later, "AX", "AY"), (later, "AY", "AX")])

    def test_history_of_classes_is_reconstructed(self):
        """Until March 4500 in nine months: better 18000 of 22500 is 80 %, so B."""
        falling = self._create_falling()
        self._run()
        history = self.env["winback.history"]
        for day in history._get_missing_month_ends(self.company):
            history._reconstruct(self.company, day)
        story = self._get_transitions(falling, kind="abc")
        last = story[-1]
        self.assertEqual(
            (last.date, last.from_abc_xyz, last.to_abc_xyz), (date(2026, 4, 1), "AX", "BY")
        )
        self.assertTrue(all(moved.date.day == 1 and moved.reconstructed for moved in story))
        self.assertEqual(last.display_name, f"{falling.name}: BY")
        for before, after in zip(story, story[1:]):
            self.assertEqual(after.from_abc_xyz, before.to_abc_xyz)

    def test_history_of_classes_joins_the_live_status(self):
        """The last month-end, 31 May, does not know the sales of May."""
        buyer = self._create_known(*[10] * 12, 10, 10, 0)
        self._run()
        self.company.winback_xyz_x_variation = 20
        self._run()
        history = self.env["winback.history"]
        history._restart(self.company)
        for day in history._get_missing_month_ends(self.company):
            history._reconstruct(self.company, day)
        last = self._get_transitions(buyer, kind="abc")[-1]
        self.assertEqual(
            (last.date, last.from_abc_xyz, last.to_abc_xyz), (date(2026, 6, 1), "AX", "AY")
        )
