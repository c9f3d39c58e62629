from .common import WinbackCase


class TestFruitless(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()
        cls._create_order(cls.customer, 100)

    def _assert_run(self, days_ago, **options):
        """The run consists of inquiries so many days ago."""
        facts = self._get_facts(self.customer, **options)
        self.assertEqual(facts["fruitless_count"], len(days_ago))
        self.assertEqual(facts["fruitless_dates"] or [], [self._day(d) for d in days_ago])

    def test_customer_without_failures_has_no_run(self):
        self._assert_run([])

    def test_cancelled_quotation_counts(self):
        self._create_order(self.customer, 5, state="cancel")
        self._assert_run([5])

    def test_quotation_counts_from_the_day_after_its_validity(self):
        self._create_order(self.customer, 30, state="sent", validity_date=self._day(10))
        self._assert_run([], today=self._day(10))
        self._assert_run([30], today=self._day(9))

    def test_expired_draft_counts(self):
        self._create_order(self.customer, 30, state="draft", validity_date=self._day(10))
        self._assert_run([30])

    def test_open_quotation_does_not_count(self):
        order = self._create_order(self.customer, 30, state="sent")
        self._set_columns(order, validity_date=None)
        self._create_order(self.customer, 20, state="sent", validity_date=self._day(-10))
        self._assert_run([])

    def test_lost_opportunity_counts(self):
        self._create_lead(self.customer, 5, lost=True)
        self._assert_run([5])

    def test_open_opportunity_does_not_count(self):
        self._create_lead(self.customer, 5)
        self._assert_run([])

    def test_opportunity_lost_later_does_not_count_yet(self):
        lead = self._create_lead(self.customer, 20, lost=True)
        self._set_columns(lead, date_closed=self._noon(5))
        self._assert_run([], today=self._day(6))
        self._assert_run([20], today=self._day(5))

    def test_opportunity_lost_without_closing_date_counts_from_creation(self):
        lead = self._create_lead(self.customer, 20, lost=True)
        self._set_columns(lead, date_closed=None)
        self._assert_run([20], today=self._day(20))

    def test_opportunity_of_other_company_does_not_count(self):
        other = self._create_company("Other Company")
        self._create_lead(self.customer, 5, lost=True, company_id=other.id)
        self._create_order(self.customer, 4, state="cancel", company=other)
        self._assert_run([])

    def test_several_failures_of_a_day_are_one(self):
        first = self._create_order(self.customer, 5, state="cancel")
        second = self._create_order(self.customer, 5, state="cancel")
        self._create_lead(self.customer, 5, lost=True)
        self._assert_run([5])
        documents = self._get_facts(self.customer)["fruitless_documents"]
        self.assertEqual(len(documents), 3)
        self.assertIn(["sale.order", first.id], documents)
        self.assertIn(["sale.order", second.id], documents)

    def test_opportunity_with_a_quotation_counts_once(self):
        lead = self._create_lead(self.customer, 8, lost=True)
        quotation = self._create_order(
            self.customer, 5, state="cancel", opportunity_id=lead.id
        )
        self._assert_run([5])
        self.assertEqual(
            self._get_facts(self.customer)["fruitless_documents"],
            [["sale.order", quotation.id]],
        )

    def test_opportunity_lost_with_an_open_quotation_does_not_count(self):
        lead = self._create_lead(self.customer, 8, lost=True)
        self._create_order(
            self.customer,
            5,
            state="sent",
            opportunity_id=lead.id,
            validity_date=self._day(-10),
        )
        self._assert_run([])

    def test_order_begins_a_new_run(self):
        self._create_order(self.customer, 50, state="cancel")
        self._create_order(self.customer, 40, state="cancel")
        self._assert_run([50, 40])
        self._create_order(self.customer, 20)
        self._assert_run([])
        self._create_order(self.customer, 10, state="cancel")
        self._assert_run([10])

    def test_order_of_a_contact_begins_a_new_run(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id}
        )
        self._create_order(self.customer, 50, state="cancel")
        self._create_order(contact, 20)
        self._assert_run([])

    def test_return_of_goods_does_not_begin_a_new_run(self):
        self._create_order(self.customer, 50, state="cancel")
        self._create_order(self.customer, 20, amount=-30)
        self._assert_run([50])

    def test_failure_of_the_day_of_the_order_counts_when_later(self):
        noon = self._noon(20)
        self._create_order(self.customer, moment=noon)
        self._create_order(self.customer, moment=noon.replace(hour=9), state="cancel")
        self._assert_run([])
        self._create_order(self.customer, moment=noon.replace(hour=15), state="cancel")
        self._assert_run([20])

    def test_failures_after_today_are_invisible(self):
        self._create_order(self.customer, 5, state="cancel")
        self._create_lead(self.customer, 5, lost=True)
        self._assert_run([], today=self._day(6))

    def test_customer_who_never_bought_has_a_run(self):
        self.company.winback_population = "negotiated"
        prospect = self._create_customer("Prospect")
        for days in (300, 200, 100):
            self._create_order(prospect, days, state="cancel")
        self.assertEqual(self._get_facts(prospect)["fruitless_count"], 3)
