from .common import WinbackCase


class TestSalesperson(WinbackCase):
    """Account managers who left or changed; the customer bought from Ana every 30 days
    until 100 days ago."""

    thresholds = {**WinbackCase.thresholds, "B11": 180}
    weights = {**WinbackCase.weights, "B11": 20}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ana = cls._create_user("Ana")
        cls.bob = cls._create_user("Bob")
        cls.customer = cls._create_customer()
        cls.orders = cls._sell(cls.ana, range(400, 99, -30))

    @classmethod
    def _create_user(cls, name):
        return cls.env["res.users"].create({"name": name, "login": f"winback_{name}"})

    @classmethod
    def _sell(cls, user, days_ago, partner=None, **values):
        return cls._create_orders(partner or cls.customer, days_ago, user_id=user.id, **values)

    def _archive(self, user, days_ago):
        user.active = False
        self._set_columns(user, write_date=self._noon(days_ago))

    def _assign(self, user, days_ago):
        """Change the contact's salesperson, with a tracked value of that day."""
        field = self.env["ir.model.fields"]._get("res.partner", "user_id")
        message = self.env["mail.message"].create(
            {
                "model": "res.partner",
                "res_id": self.customer.id,
                "message_type": "notification",
                "date": self._noon(days_ago),
                "tracking_value_ids": [
                    (
                        0,
                        0,
                        {
                            "field_id": field.id,
                            "old_value_integer": self.customer.user_id.id,
                            "new_value_integer": user.id,
                        },
                    )
                ],
            }
        )
        self.customer.user_id = user
        return message

    def _get_change(self, partner=None, **options):
        """Return (former, present, date, purchases since)."""
        facts = self._get_facts(partner or self.customer, **options)
        users = self.env["res.users"].browse
        return (
            users(facts["manager_former_id"] or []),
            users(facts["manager_id"] or []),
            facts["manager_changed_date"],
            facts["manager_purchase_count"],
        )

    def _assert_no_change(self, **options):
        self.assertFalse(self._get_change(**options)[0])

    def test_first_salesperson_is_no_change(self):
        self._assert_no_change()

    def test_customer_without_orders_has_no_change(self):
        customer = self._create_customer("New")
        self._create_order(customer, state="sent", user_id=self.ana.id)
        facts = self._get_all_facts().get(customer.id) or {}
        self.assertFalse(facts.get("manager_former_id"))

    def test_customer_with_one_order_can_change(self):
        customer = self._create_customer("One", user_id=self.bob.id)
        self._sell(self.ana, [20], customer)
        self.assertEqual(self._get_change(customer), (self.ana, self.bob, self._day(20), 0))

    def test_first_order_by_the_new_one_is_the_change(self):
        self._sell(self.bob, [50])
        self.assertEqual(self._get_change(), (self.ana, self.bob, self._day(50), 1))

    def test_assignment_is_the_change(self):
        self._assign(self.bob, 40)
        self.assertEqual(self._get_change(), (self.ana, self.bob, self._day(40), 0))

    def test_assignment_without_trace_is_dated_by_the_last_order_of_the_former(self):
        self.customer.user_id = self.bob
        self.assertEqual(self._get_change(), (self.ana, self.bob, self._day(100), 0))

    def test_stand_in_is_no_change(self):
        self.customer.user_id = self.ana
        self._sell(self.bob, [50])
        self._assert_no_change()

    def test_stand_in_without_assignment_is_none_once_the_regular_is_back(self):
        self._sell(self.bob, [115])
        self._assert_no_change()

    def test_archived_salesperson_left(self):
        self._archive(self.ana, 30)
        self.assertEqual(
            self._get_change(), (self.ana, self.env["res.users"], self._day(30), 0)
        )

    def test_archived_salesperson_of_the_contact_left(self):
        self.customer.user_id = self.ana
        self._archive(self.ana, 30)
        self.assertEqual(self._get_change()[:2], (self.ana, self.env["res.users"]))

    def test_archived_salesperson_was_replaced(self):
        self._archive(self.ana, 30)
        self._sell(self.bob, [20])
        self.assertEqual(self._get_change(), (self.ana, self.bob, self._day(20), 1))

    def test_archived_stand_in_is_no_change(self):
        self._sell(self.bob, [50])
        self._archive(self.bob, 30)
        self._assert_no_change()

    def test_superuser_is_nobody(self):
        customer = self._create_customer("Imported")
        self._sell(self.env.ref("base.user_root"), [60, 30], customer)
        self._assert_no_change(partner=customer)

    def test_orders_without_salesperson_do_not_count(self):
        self._create_orders(self.customer, [50, 20])
        self._assert_no_change()

    def test_quotations_returns_and_cancelled_orders_do_not_count(self):
        self._sell(self.bob, [50], state="sent")
        self._sell(self.bob, [40], state="cancel")
        self._sell(self.bob, [30], amount=-10)
        self._assert_no_change()

    def test_contacts_count_for_their_company(self):
        contact = self._create_customer("Contact", parent_id=self.customer.id, is_company=False)
        self._sell(self.bob, [50], contact)
        self.assertEqual(self._get_change()[:2], (self.ana, self.bob))

    def test_archived_customer_keeps_its_facts(self):
        self._sell(self.bob, [50])
        self.customer.active = False
        self.assertEqual(self._get_change()[:2], (self.ana, self.bob))

    def test_companies_are_apart(self):
        other = self._create_company("Other Company")
        self._sell(self.bob, [50], company=other)
        self._assert_no_change()
        self._assert_no_change(company=other)

    def test_later_changes_are_invisible(self):
        self._sell(self.bob, [10])
        self._assign(self.bob, 15)
        self._archive(self.ana, 5)
        self._assert_no_change(today=self._day(16))
        self.assertEqual(
            self._get_change(today=self._day(15)), (self.ana, self.bob, self._day(15), 0)
        )

    def test_later_untracked_assignment_is_invisible(self):
        self.customer.user_id = self.bob
        self._assert_no_change(today=self._day(1))

    def test_later_tracked_reassignment_of_an_order_is_undone(self):
        field = self.env["ir.model.fields"]._get("sale.order", "user_id")
        for order in self.orders:
            order.user_id = self.bob
            self.env["mail.message"].create(
                {
                    "model": "sale.order",
                    "res_id": order.id,
                    "message_type": "notification",
                    "date": self._noon(10),
                    "tracking_value_ids": [
                        (
                            0,
                            0,
                            {
                                "field_id": field.id,
                                "old_value_integer": self.ana.id,
                                "new_value_integer": self.bob.id,
                            },
                        )
                    ],
                }
            )
        for order in self._sell(self.bob, [20]):
            self.assertEqual(order.user_id, self.bob)
        self.assertEqual(self._get_change(today=self._day(15))[:2], (self.ana, self.bob))
        self._assert_no_change()

    def test_limited_run_gives_the_same(self):
        other = self._create_customer("Other")
        self._sell(self.ana, [50], other)
        self._sell(self.bob, [20], other)
        self._sell(self.bob, [20])
        everything, limited = self._get_all_facts(), self._get_all_facts(partners=other)
        self.assertEqual(set(limited), {other.id})
        for column in self.env["winback.fact.salesperson"]._fact_columns:
            self.assertTrue(everything[other.id][column])
            self.assertEqual(limited[other.id][column], everything[other.id][column])

    def test_sign_explains_itself(self):
        self._assign(self.bob, 40)
        evidence = self._get_evidence(self.customer, "B11")
        self.assertEqual(
            evidence.explanation,
            "Ana looked after this customer until 05/06/2026; Bob since.",
        )
        self.assertEqual((evidence.since, evidence.value), (self._day(40), 40))
        self.assertEqual(evidence.documents, [["sale.order", self.orders[-1].id]])

    def test_sign_says_that_nobody_follows(self):
        self._archive(self.ana, 30)
        self.assertEqual(
            self._get_evidence(self.customer, "B11").explanation,
            "Ana looked after this customer until 05/16/2026; nobody since.",
        )

    def test_sign_holds_up_to_the_threshold(self):
        self._assign(self.bob, 40)
        self.signs["B11"].threshold = 39
        self.assertTrue(self._get_evidence(self.customer, "B11", today=self._day(1)))
        self.assertFalse(self._get_evidence(self.customer, "B11"))

    def test_sign_ends_with_the_second_purchase_from_the_new_one(self):
        self._sell(self.bob, [50, 50])  # one day
        self.assertTrue(self._get_evidence(self.customer, "B11"))
        self._sell(self.bob, [20])
        self.assertFalse(self._get_evidence(self.customer, "B11"))
