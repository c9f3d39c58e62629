from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_offer import OfferCase


@tagged("post_install", "-at_install")
class TestGrantMerge(OfferCase):
    def _merge(self, *partners):
        """Merge the `partners` into the first one."""
        ids = [partner.id for partner in partners]
        with mute_logger("odoo.addons.base.partner.merge"):
            self.env["base.partner.merge.automatic.wizard"].create({})._merge(ids, partners[0])
        self.env.invalidate_all()

    def test_merged_customers_keep_one_grant_of_an_offer(self):
        offer = self._create_offer()
        twin = offer._grant(self.other, self.company)
        kept = offer._grant(self.customer, self.company)
        code = twin.code
        self._merge(self.customer, self.other)
        self.assertEqual((kept | twin).partner_id, self.customer)
        self.assertEqual((kept.state, twin.state), ("granted", "withdrawn"))
        self.assertIn("withdrawn", self._redeem(self._create_quotation(), code))
        self.assertFalse(self._redeem(self._create_quotation(), kept.code))

    def test_oldest_grant_is_kept_when_none_is_of_the_customer_that_stays(self):
        offer = self._create_offer()
        third = self._create_customer("Third")
        first, second = (offer._grant(partner, self.company) for partner in (third, self.other))
        self._merge(self.customer, self.other, third)
        self.assertEqual((first.state, second.state), ("granted", "withdrawn"))

    def test_grants_of_different_offers_and_used_ones_go_along(self):
        offer = self._create_offer()
        used = offer._grant(self.other, self.company)
        self._buy(used, partner=self.other)
        kept, another = offer._grant(self.customer, self.company), self._create_offer("credit")
        credit = another._grant(self.other, self.company)
        self._merge(self.customer, self.other)
        self.assertEqual((used | kept | credit).partner_id, self.customer)
        self.assertEqual([used.state, kept.state, credit.state], ["used", "granted", "granted"])
        self.assertFalse(self._redeem(self._create_quotation(), credit.code))

    def test_merged_customer_cannot_get_the_offer_twice(self):
        offer = self._create_offer()
        offer._grant(self.other, self.company)
        self._merge(self.customer, self.other)
        with self.assertRaisesRegex(UserError, "already"):
            offer._grant(self.customer, self.company)
