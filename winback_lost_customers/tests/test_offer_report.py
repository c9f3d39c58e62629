from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..report.winback_case_report import FOLLOW_DAYS
from .common_offer import OfferCase

MARGIN_GROUP = "winback_lost_customers.group_winback_margin"


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestOfferReport(OfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cls.env["winback.offer.report"]

    def _get_rows(self, grants):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.report.search([("grant_id", "in", grants.ids)])

    def _sell(self, partner, moment, amount=500, margin=100, **values):
        """Create an order without lines, confirmed at `moment` in UTC."""
        return self._create_order(partner, moment=moment, amount=amount, margin=margin, **values)

    def test_open_offer_has_brought_nothing_yet(self):
        grant = self._grant()
        row = self._get_rows(grant)
        self.assertEqual((row.offer_id, row.partner_id, row.case_id), (grant.offer_id, self.customer, self.case))
        self.assertEqual((row.state, row.used_count, row.returned_count), ("granted", 0, 0))
        self.assertEqual((row.revenue, row.margin, row.cost, row.profit), (0, 0, 0, 0))
        [(rate,)] = self.report._read_group([("id", "=", row.id)], [], ["used_rate:avg"])
        self.assertFalse(rate, "it is too early to tell")

    def test_discount_on_the_order_is_taken_off_once(self):
        grant = self._grant(other_cost=3)
        order = self._buy(grant)
        self.assertEqual((order.amount_untaxed, order.margin), (180, 60))
        row = self._get_rows(grant)
        self.assertEqual((row.used_count, row.used_rate, row.returned_count), (1, 100, 1))
        self.assertEqual((row.revenue, row.margin), (180, 60))
        self.assertEqual((row.cost, row.profit), (23, 57))

    def test_what_was_given_by_hand_is_a_cost_beyond_the_orders(self):
        grant = self._grant("thanks", product_id=self.gift.id, other_cost=2)
        grant.action_mark_given()
        row = self._get_rows(grant)
        self.assertEqual(row.cost, grant.cost)
        self.assertEqual(row.profit, -grant.cost)

    def test_expired_offer_counts_as_not_used_and_withdrawn_one_as_nothing(self):
        expired, withdrawn = self._grant(), self._grant("credit")
        expired.state = "expired"
        withdrawn.action_withdraw()
        domain = [("grant_id", "in", (expired | withdrawn).ids)]
        self.env.flush_all()
        [(rate, count)] = self.report._read_group(domain, [], ["used_rate:avg", "__count"])
        self.assertEqual((rate, count), (0, 2))

    def test_orders_of_contacts_count_from_the_day_of_the_grant_for_half_a_year(self):
        grant = self._grant()
        contact = self._create_customer("Contact", is_company=False, parent_id=self.customer.id)
        start = self._noon(0)
        self._sell(contact, start.replace(hour=1))
        self._sell(self.customer, start - timedelta(days=1))
        self._sell(self.customer, start + timedelta(days=FOLLOW_DAYS))
        self._sell(self.customer, start + timedelta(days=FOLLOW_DAYS + 1))
        self._sell(self.customer, start, state="draft")
        self._sell(self.other, start)
        row = self._get_rows(grant)
        self.assertEqual((row.revenue, row.margin), (1000, 200))

    def test_days_are_those_of_the_company(self):
        self.company.partner_id.tz = "Pacific/Auckland"
        grant = self._grant()  # noon in Greenwich: it is the next day there
        before = self._noon(0).replace(hour=11)
        self._sell(self.customer, before)
        self.assertEqual(self._get_rows(grant).returned_count, 0)
        self._sell(self.customer, before + timedelta(hours=1))
        self.assertEqual(self._get_rows(grant).returned_count, 1)

    def test_returned_goods_are_no_return_and_lower_the_sales(self):
        grant = self._grant()
        self._sell(self.customer, self._noon(0), amount=-50, margin=-10)
        row = self._get_rows(grant)
        self.assertEqual((row.returned_count, row.revenue, row.margin), (0, -50, -10))

    def test_amounts_are_in_the_currency_of_the_company(self):
        grant = self._grant()
        self._sell(self.customer, self._noon(0), rate=2)
        row = self._get_rows(grant)
        self.assertEqual((row.revenue, row.margin), (250, 50))

    def test_grant_of_a_campaign_shows_class_reason_and_channel_of_its_member(self):
        channel = self.env["winback.channel"].create({"name": "Mail", "kind": "email"})
        reason = self.env["winback.reason"].create({"name": "Price"})
        gold = self.env.ref("winback_lost_customers.winback_value_class_gold")
        campaign = self.env["winback.campaign"].create({"name": "Mail"})
        grant = self._create_offer()._grant(self.other, self.company, campaign=campaign)
        self.env["winback.campaign.member"].create(
            {
                "campaign_id": campaign.id,
                "partner_id": self.other.id,
                "arm": "treatment",
                "grant_id": grant.id,
                "channel_id": channel.id,
                "reason_id": reason.id,
                "value_class_id": gold.id,
            }
        )
        row = self._get_rows(grant)
        self.assertEqual(
            (row.campaign_id, row.channel_id, row.reason_id, row.class_id),
            (campaign, channel, reason, gold),
        )
        self.assertEqual(row.user_id, self.env.user)

    def test_case_report_takes_the_discount_off_once(self):
        order = self._buy(self._grant(other_cost=3))
        self.case._win(order)
        self.env.flush_all()
        row = self.env["winback.case.report"].search([("case_id", "=", self.case.id)])
        self.assertEqual((row.margin, row.cost, row.profit), (60, 23, 57))

    def test_channel_economics_are_told_by_totals(self):
        self.company.winback_new_customer_cost = 500
        cases = self.case | self.env["winback.case"].create(
            [{"partner_id": self.other.id, "company_id": self.company.id}]
        )
        order = self._buy(self._grant(other_cost=3))
        self.case._win(order)
        report = self.env["winback.case.report"]
        call = self.case.activity_schedule("mail.mail_activity_data_call")
        self._set_columns(call, active=False, date_done=self.today)
        self.env.flush_all()
        rows = report.search([("case_id", "in", cases.ids)])
        won = rows.filtered(lambda row: row.case_id == self.case)
        self.assertEqual((won.cost_per_return, won.new_customer_cost), (28, 500))
        self.assertEqual((rows - won).new_customer_cost, 0)
        measures = ["cost_per_contact:avg", "cost_per_return:avg", "return_on_spend:avg", "new_customer_cost:sum"]
        [figures] = report._read_group([("id", "in", rows.ids)], [], measures)
        self.assertEqual(figures[0], 5, "what a call costs as delivered")
        self.assertEqual(figures[1], 28)
        self.assertAlmostEqual(figures[2], 100 * 52 / 28)
        self.assertEqual(figures[3], 500)

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def _create_user(self, login, *groups):
        return new_test_user(
            self.env,
            login,
            groups=",".join(("base.group_user", *groups)),
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )

    def test_salesperson_sees_own_offers_only(self):
        owner = self._create_user("wbo_owner", "sales_team.group_sale_salesman")
        colleague = self._create_user("wbo_colleague", "sales_team.group_sale_salesman")
        self.case.user_id = owner
        grant = self._grant()
        self.assertTrue(self._get_rows(grant).with_user(owner).search([("grant_id", "=", grant.id)]))
        seen = self.report.with_user(colleague).search([("grant_id", "=", grant.id)])
        self.assertFalse(seen)

    def test_margin_is_for_who_may_see_margins(self):
        owner = self._create_user("wbo_margin", "sales_team.group_sale_salesman")
        self.assertFalse(owner.has_group(MARGIN_GROUP))
        self.case.user_id = owner
        row = self._get_rows(self._grant()).with_user(owner)
        self.assertEqual(row.revenue, 0)
        with self.assertRaises(AccessError):
            row.read(["margin"])
        with self.assertRaises(AccessError):
            row.read(["cost"])

    def test_actions_name_no_measure_that_a_salesperson_may_not_see(self):
        """The web client breaks on a measure in the context that it does not know."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "winback_lost_customers"), ("model", "=", "ir.actions.act_window")]
        )
        owner = self._create_user("wbo_measures", "sales_team.group_sale_salesman")
        checked = set()
        for action in self.env["ir.actions.act_window"].browse(data.mapped("res_id")):
            model = self.env[action.res_model].with_user(owner)
            if "pivot" in action.view_mode and model.has_access("read"):
                context = safe_eval(action.context or "{}", {"uid": owner.id, "allowed_company_ids": []})
                measures = {*context.get("pivot_measures", ()), context.get("graph_measure", "__count")}
                self.assertLessEqual(measures - {"__count"}, set(model.fields_get()), action.name)
                checked.add(action.res_model)
        self.assertIn("winback.case.report", checked)

    def test_other_company_is_not_seen(self):
        manager = self._create_user("wbo_manager", "sales_team.group_sale_manager")
        other = self._create_company("Other Test Company")
        offer = self._create_offer()
        mine = self._grant()
        theirs = offer._grant(self.customer, other)
        rows = self.report.with_user(manager).search([("grant_id", "in", (mine | theirs).ids)])
        self.assertEqual(rows.grant_id, mine)
