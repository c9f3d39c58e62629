from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_offer import OfferCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestGrant(OfferCase):
    def test_discount_is_used_at_confirmation(self):
        grant = self._grant(percent=10)
        order = self._create_quotation()
        self.assertFalse(self._redeem(order, grant.code))
        self.assertEqual(order.amount_untaxed, 180)
        self.assertEqual(grant.state, "granted")
        order.action_confirm()
        self.assertEqual((grant.state, grant.order_id), ("used", order))
        self.assertEqual((grant.cost, grant.date_used), (20, self.today))

    def test_discount_goes_no_further_than_its_maximum(self):
        grant = self._grant(percent=10, max_amount=15)
        self._buy(grant)
        self.assertEqual(grant.cost, 15)

    def test_gift_costs_what_the_product_costs(self):
        grant = self._grant("gift", quantity=2, other_cost=1)
        order = self._buy(grant)
        self.assertEqual(order.amount_untaxed, 200)
        self.assertEqual(order.order_line.filtered("is_reward_line").product_uom_qty, 2)
        self.assertEqual(grant.cost, 17)

    def test_credit_is_taken_off_once(self):
        grant = self._grant("credit", amount=30)
        order = self._buy(grant)
        self.assertEqual(order.amount_untaxed, 170)
        self.assertEqual((grant.state, grant.cost), ("used", 30))

    def test_service_is_added_free_of_charge(self):
        grant = self._grant("service", product_id=self.gift.id)
        self.assertEqual(self._buy(grant).amount_untaxed, 200)
        self.assertEqual(grant.cost, 8)

    def test_cancelled_order_gives_the_offer_back(self):
        grant = self._grant()
        order = self._buy(grant)
        order._action_cancel()
        self.assertEqual((grant.state, grant.cost), ("granted", 0))
        self.assertFalse(grant.order_id)

    def test_order_confirmed_again_uses_the_offer_again(self):
        grant = self._grant()
        order = self._buy(grant)
        order._action_cancel()
        order.action_draft()
        if not order.order_line.coupon_id:
            self.assertFalse(self._redeem(order, grant.code))
        order.action_confirm()
        self.assertEqual((grant.state, grant.order_id, grant.cost), ("used", order, 20))

    def test_code_given_back_works_on_another_order(self):
        grant = self._grant()
        self._buy(grant)._action_cancel()
        second = self._buy(grant)
        self.assertEqual((grant.state, grant.order_id), ("used", second))

    def test_second_order_with_the_code_is_refused(self):
        grant = self._grant()
        self._buy(grant)
        self.assertTrue(self._redeem(self._create_quotation(), grant.code))

    def test_of_two_quotations_with_the_code_one_is_confirmed(self):
        grant = self._grant()
        first, second = self._create_quotation(), self._create_quotation()
        self.assertFalse(self._redeem(first, grant.code))
        self.assertFalse(self._redeem(second, grant.code))
        first.action_confirm()
        with self.assertRaisesRegex(UserError, "has been used already"):
            second.action_confirm()
        self.assertEqual(grant.order_id, first)

    def test_code_works_for_its_customer_only(self):
        grant = self._grant()
        order = self._create_quotation(self.other)
        self.assertIn("another customer", self._redeem(order, grant.code))

    def test_code_works_for_contacts_of_the_customer(self):
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        grant = self._grant()
        self._buy(grant, partner=contact)
        self.assertEqual(grant.state, "used")

    def test_each_customer_has_its_own_code(self):
        offer = self._create_offer()
        grants = offer._grant(self.customer | self.other, self.company)
        self.assertEqual(len(set(grants.mapped("code"))), 2)
        self.assertEqual(len(grants.card_id.program_id), 1)

    def test_order_changed_to_another_customer_is_not_confirmed_with_the_code(self):
        grant = self._grant()
        order = self._create_quotation()
        self._redeem(order, grant.code)
        order.partner_id = self.other
        with self.assertRaisesRegex(UserError, "another customer"):
            order.action_confirm()

    def test_offer_expires_after_its_last_day(self):
        cron_class = type(self.env["ir.cron"])
        self.startPatcher(patch.object(cron_class, "_commit_progress", return_value=60))
        grant = self._grant(valid_days=10)
        self.env["winback.grant"]._cron_expire()
        self.assertEqual(grant.state, "granted")
        with freeze_time("2026-06-25 12:00:00"):
            self.env["winback.grant"]._cron_expire()
            self.assertEqual(grant.state, "granted")
        with freeze_time("2026-06-26 12:00:00"):
            self.env["winback.grant"]._cron_expire()
            self.assertEqual(grant.state, "expired")

    def test_expired_code_is_refused(self):
        grant = self._grant(valid_days=10)
        with freeze_time("2026-06-26 12:00:00"):
            self.assertIn("expired", self._redeem(self._create_quotation(), grant.code))

    def test_withdrawn_code_is_refused(self):
        grant = self._grant()
        order = self._create_quotation()
        self._redeem(order, grant.code)
        grant._withdraw()
        self.assertEqual(grant.state, "withdrawn")
        self.assertIn("withdrawn", self._redeem(self._create_quotation(), grant.code))
        with self.assertRaisesRegex(UserError, "withdrawn"):
            order.action_confirm()

    def test_used_offer_is_not_withdrawn(self):
        grant = self._grant()
        self._buy(grant)
        with self.assertRaisesRegex(UserError, "used already"):
            grant._withdraw()
        self.assertEqual(grant.state, "used")

    def test_stranger_does_not_withdraw(self):
        user = self.env["res.users"].create(
            {
                "name": "Stranger",
                "login": "winback-stranger",
                "company_id": self.company.id,
                "company_ids": self.company.ids,
                "group_ids": [(4, self.env.ref("sales_team.group_sale_salesman").id)],
            }
        )
        self.case.user_id = self.env.user
        with self.assertRaises(AccessError):
            self._grant().with_user(user).action_withdraw()

    def test_margin_floor_refuses_with_figures(self):
        grant = self._grant(percent=30, margin_floor_percent=20)
        order = self._create_quotation()
        error = self._redeem(order, grant.code)
        self.assertIn("14.3 %", error)
        self.assertIn("20 %", error)
        self.assertEqual(order.amount_untaxed, 200)

    def test_margin_floor_is_checked_at_confirmation(self):
        grant = self._grant(percent=30, margin_floor_percent=10)
        order = self._create_quotation()
        self.assertFalse(self._redeem(order, grant.code))
        grant.offer_id.margin_floor_percent = 20
        with self.assertRaisesRegex(UserError, "At least 20 %"), self.env.cr.savepoint():
            order.action_confirm()
        order.invalidate_recordset()
        self.assertEqual((order.state, grant.state), ("draft", "granted"))

    def test_margin_exactly_at_the_floor_is_accepted(self):
        grant = self._grant(percent=25, margin_floor_percent=20)
        self._buy(grant)
        self.assertEqual(grant.state, "used")

    def test_minimum_amount_is_needed(self):
        grant = self._grant(minimum_amount=300)
        self.assertTrue(self._redeem(self._create_quotation(quantity=2), grant.code))
        self.assertFalse(self._redeem(self._create_quotation(quantity=3), grant.code))

    def test_code_with_a_minimum_works_once(self):
        grant = self._grant(minimum_amount=300)
        self._buy(grant, quantity=3)
        self.assertEqual(grant.state, "used")
        self.assertTrue(self._redeem(self._create_quotation(quantity=3), grant.code))

    def test_order_that_fell_below_the_minimum_loses_the_reward(self):
        grant = self._grant(minimum_amount=300)
        order = self._create_quotation(quantity=3)
        self._redeem(order, grant.code)
        order.order_line.filtered(lambda line: not line.is_reward_line).product_uom_qty = 1
        order._update_programs_and_rewards()
        self.assertEqual(order.amount_untaxed, 100)
        order.action_confirm()
        self.assertEqual(grant.state, "granted")

    def test_code_is_not_valid_before_its_first_day(self):
        grant = self._grant(date_from="2026-06-20")
        self.assertIn("valid from", self._redeem(self._create_quotation(), grant.code))

    def test_order_confirmed_again_without_the_reward_does_not_use_the_offer(self):
        grant = self._grant("gift")
        order = self._buy(grant)
        order._action_cancel()
        order.action_draft()
        order.order_line.filtered("is_reward_line").unlink()
        order.action_confirm()
        self.assertEqual((grant.state, grant.cost), ("granted", 0))
        self.assertFalse(grant.order_id)

    def test_promise_is_marked_as_given(self):
        grant = self._grant("thanks", product_id=self.gift.id)
        self.assertFalse(grant.code)
        grant.action_mark_given()
        self.assertEqual((grant.state, grant.cost, grant.date_used), ("used", 8, self.today))
        with self.assertRaisesRegex(UserError, "no longer open"):
            grant.action_mark_given()

    def test_code_is_not_given_by_hand(self):
        with self.assertRaisesRegex(UserError, "by hand"):
            self._grant().action_mark_given()

    def test_set_is_a_quotation_of_what_was_bought(self):
        self._create_quotation(quantity=4).action_confirm()
        grant = self._grant("set")
        line = grant.quotation_id.order_line
        self.assertEqual((line.product_id, line.product_uom_qty), (self.product, 4))
        grant.quotation_id.action_confirm()
        self.assertEqual((grant.state, grant.order_id), ("used", grant.quotation_id))

    def test_set_of_nothing_is_refused(self):
        offer = self._create_offer("set")
        with self.assertRaisesRegex(UserError, "bought nothing"):
            offer._grant(self.customer, self.company)
