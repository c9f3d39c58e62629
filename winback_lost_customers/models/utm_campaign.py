from odoo import api, fields, models
from odoo.tools import SQL


class UtmCampaign(models.Model):
    """What a campaign cost, and how many new customers it brought.

    A campaign brought a customer when the first order ever of the organisation, in the
    company, carries it. Whatever an earlier or later order carries does not count.
    """

    _inherit = "utm.campaign"

    # Odoo lets every employee edit campaigns, and its form counts the mailings in a hidden
    # field, which whoever has no right to mailings is refused: a sales manager could not
    # open the form to enter the cost. Only the number is read so.
    mailing_mail_count = fields.Integer(compute_sudo=True)
    ab_testing_mailings_count = fields.Integer(compute_sudo=True)
    winback_cost = fields.Monetary(
        string="Cost",
        help="All that the campaign has cost, in the currency of its company. Campaigns with a cost "
        "tell what a new customer costs; one without company counts for none.",
    )
    winback_new_customer_count = fields.Integer(
        string="New Customers",
        compute="_compute_winback_new_customers",
        compute_sudo=True,
        groups="sales_team.group_sale_salesman",
        help="Whose first order ever came by this campaign.",
    )
    winback_cost_per_customer = fields.Monetary(
        string="Cost per New Customer",
        compute="_compute_winback_new_customers",
        compute_sudo=True,
        groups="sales_team.group_sale_salesman",
        help="Nothing as long as cost or new customers are missing.",
    )

    _winback_cost_positive = models.Constraint(
        "CHECK (winback_cost >= 0)", "A campaign cannot cost less than nothing."
    )

    @api.depends("winback_cost", "company_id")
    def _compute_winback_new_customers(self):
        orders = self._get_winback_first_orders()
        for campaign in self:
            count = len(orders.get(campaign._origin.id, ()))
            campaign.winback_new_customer_count = count
            campaign.winback_cost_per_customer = campaign.winback_cost / count if count else 0

    def _get_winback_first_orders(self):
        """Return {campaign id: ids of the orders that were somebody's first}, those in the
        company of the campaign where it has one."""
        self._flush_winback_documents()
        query = SQL(
            """
            SELECT f.campaign_id, array_agg(f.id)
              FROM (%s) f JOIN utm_campaign c ON c.id = f.campaign_id
             WHERE COALESCE(c.company_id, f.company_id) = f.company_id
             GROUP BY f.campaign_id
            """,
            self._get_winback_first_orders_query(SQL("o.campaign_id = ANY(%s)", list(self.ids))),
        )
        return dict(self.env.execute_query(query))

    @api.model
    def _flush_winback_documents(self):
        """Write pending changes of what the statements read."""
        self.flush_model(["company_id", "winback_cost"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env["sale.order"].flush_model(
            ["partner_id", "company_id", "campaign_id", "state", "date_order", "amount_untaxed"]
        )

    @api.model
    def _get_winback_first_orders_query(self, condition):
        """Return `id`, `campaign_id`, `company_id`, `date_order` of the orders that were the
        first ever of their organisation in the company; an order below zero is none.

        :param SQL condition: which orders `o` to look at
        """
        return SQL(
            """
            SELECT o.id, o.campaign_id, o.company_id, o.date_order
              FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
             WHERE %s AND o.state = 'sale' AND COALESCE(o.amount_untaxed, 0) >= 0
               AND NOT EXISTS (
                   SELECT FROM res_partner buyer JOIN sale_order e ON e.partner_id = buyer.id
                    WHERE buyer.commercial_partner_id = p.commercial_partner_id
                      AND e.company_id = o.company_id AND e.state = 'sale'
                      AND COALESCE(e.amount_untaxed, 0) >= 0
                      AND (e.date_order, e.id) < (o.date_order, o.id))
            """,
            condition,
        )

    def action_open_winback_new_customers(self):
        """Open the first orders of the customers whom the campaign brought."""
        self.ensure_one()
        self.env["sale.order"].check_access("read")
        # sudo: only the ids are taken, and the orders are opened with the user's rights
        orders = self.sudo()._get_winback_first_orders()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New customers by %s", self.title),
            "res_model": "sale.order",
            "view_mode": "list,form",
            "domain": [("id", "in", orders.get(self.id, []))],
            "context": {"create": False},
        }
