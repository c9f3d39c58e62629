from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_case import CaseCase


@tagged("post_install", "-at_install")
class TestCaseMerge(CaseCase):
    def setUp(self):
        super().setUp()
        self.twin = self._create_customer("Twin")

    def _merge(self, *partners):
        """Merge the `partners` into the first one."""
        ids = [partner.id for partner in partners]
        with mute_logger("odoo.addons.base.partner.merge"):
            self.env["base.partner.merge.automatic.wizard"].create({})._merge(ids, partners[0])
        self.env.invalidate_all()

    def test_case_of_the_customer_that_stays_is_kept(self):
        duplicate = self._open(self.twin)
        kept = self._open()
        self._merge(self.customer, self.twin)
        self.assertEqual((kept | duplicate).partner_id, self.customer)
        self.assertEqual(kept.state, "new")
        self.assertEqual(duplicate.state, "dismissed")
        self.assertIn("Merged with Customer", duplicate.message_ids[0].body)

    def test_oldest_case_is_kept_when_none_is_of_the_customer_that_stays(self):
        third = self._create_customer("Third")
        first, second = self._open(self.twin), self._open(third)
        self._merge(self.customer, self.twin, third)
        self.assertEqual(first.state, "new")
        self.assertEqual(second.state, "dismissed")

    def test_only_case_goes_along_with_its_name(self):
        case = self._open(self.twin)
        self._merge(self.customer, self.twin)
        self.assertEqual(case.partner_id, self.customer)
        self.assertEqual(case.state, "new")
        self.assertEqual(case.name, "Customer")

    def test_each_company_keeps_its_case(self):
        other = self._create_company("Other Test Company")
        here, there = self._open(), self.cases._open(other, self.twin)
        self._merge(self.customer, self.twin)
        self.assertEqual(here.state, "new")
        self.assertEqual(there.state, "new")

    def test_closed_cases_are_all_kept(self):
        self._open(self.twin)._close("gone")
        case = self._open()
        self._merge(self.customer, self.twin)
        self.assertEqual(self.cases.search_count([("partner_id", "=", self.customer.id)]), 2)
        self.assertEqual(case.state, "new")
