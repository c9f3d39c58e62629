from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .winback_case import OPEN_STATES, REASON_TYPE

# orders after the return that are followed step by step
FOLLOWED_ORDERS = 3


class WinbackCaseOrder(models.Model):
    """One of the first orders since the return, followed at every stage."""

    _name = "winback.case.order"
    _description = "Win-Back Order After the Return"
    _order = "date_order, id"
    _rec_name = "order_id"

    case_id = fields.Many2one("winback.case", required=True, index=True, ondelete="cascade")
    order_id = fields.Many2one("sale.order", required=True, index=True, ondelete="cascade")
    date_order = fields.Datetime(related="order_id.date_order", store=True)
    amount_untaxed = fields.Monetary(related="order_id.amount_untaxed")
    currency_id = fields.Many2one(related="order_id.currency_id")
    user_id = fields.Many2one(related="order_id.user_id")
    step = fields.Selection(
        [
            ("cancelled", "Cancelled"),
            ("confirmed", "Confirmed"),
            ("delivered", "Delivered"),
            ("invoiced", "Invoiced"),
            ("asked", "Asked for Satisfaction"),
        ],
        compute="_compute_step",
        help="How far the order has come.",
    )
    satisfied = fields.Selection(
        [("yes", "Satisfied"), ("no", "Not satisfied")],
        help="Empty: the customer was not asked yet.",
    )
    asked_date = fields.Date(readonly=True, string="Asked On")

    _order_uniq = models.Constraint(
        "UNIQUE(case_id, order_id)", "An order is followed once in a case."
    )

    @api.depends("satisfied", "order_id.state", "order_id.invoice_status",
                 "order_id.order_line.qty_delivered", "order_id.order_line.product_uom_qty")  # fmt: skip
    def _compute_step(self):
        for line in self:
            # sudo: how far the order has come may be read by the owner of the case
            order = line.order_id.sudo()
            if order.state != "sale":
                line.step = "cancelled"
            elif line.satisfied:
                line.step = "asked"
            elif order.invoice_status == "invoiced":
                line.step = "invoiced"
            else:
                line.step = "delivered" if order._winback_is_delivered() else "confirmed"

    def action_satisfied(self):
        """Note that the customer was asked and is satisfied."""
        self._note_answer("yes")

    def action_not_satisfied(self):
        """Note that the customer was asked and is not satisfied, and enter its complaint."""
        self.ensure_one()
        self._note_answer("no")
        return self.order_id.action_winback_complain()

    def _note_answer(self, satisfied):
        self.write({"satisfied": satisfied, "asked_date": self.env.company._winback_today()})


class SaleOrder(models.Model):
    """What the follow-up after a return asks of an order."""

    _inherit = "sale.order"

    def _winback_is_delivered(self):
        """Tell whether everything that was ordered has been delivered."""
        self.ensure_one()
        lines = self.order_line.filtered(
            lambda line: not line.display_type and line.product_uom_qty > 0 and not line.is_downpayment
        )
        return bool(lines) and all(
            line.product_uom_id.compare(line.qty_delivered, line.product_uom_qty) >= 0
            for line in lines
        )


class WinbackEngine(models.AbstractModel):
    """Cases follow the customers' orders."""

    _inherit = "winback.engine"

    @api.model
    def _run(self, company, today=None, partners=None):
        """Override of this add-on to let the cases follow a live run."""
        report = super()._run(company, today, partners)
        if today is None or today >= company._winback_today():
            self.env["winback.case"]._follow_orders(company, partners)
            self.env["winback.case"]._follow_losses(company, partners)
        return report


class WinbackCase(models.Model):
    """What happens after the return: the first orders, and a second loss."""

    _inherit = "winback.case"

    order_ids = fields.One2many("winback.case.order", "case_id", string="First Orders Since")
    second_loss_date = fields.Date(
        string="Left Again On",
        readonly=True,
        copy=False,
        help="Won back by this case, and lost for the second time.",
    )
    second_reason_id = fields.Many2one(
        "winback.reason",
        string="Reason of the Second Loss",
        ondelete="restrict",
        tracking=True,
        copy=False,
    )

    # ------------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------------

    @api.model
    def _follow_orders(self, company, partners=None):
        """Close as won the open cases whose customer has ordered since, and follow the
        first orders of those won back.

        :param partners: customers to limit it to; None for all
        """
        cases = self.sudo()  # sudo: orders win a case, whoever sees them
        won = Domain("state", "=", "won") & Domain(
            "date_closed", ">=", company._winback_today() - timedelta(days=company.winback_watch_days)
        )
        domain = Domain("company_id", "=", company.id)
        domain &= Domain("state", "in", OPEN_STATES) | won
        if partners is not None:
            domain &= Domain("partner_id", "in", partners.ids)
        found = cases.search(domain)
        orders = found._find_orders().grouped(lambda order: order.partner_id.commercial_partner_id)
        for case in found.filtered(lambda case: case.partner_id in orders):
            since = case.opened_at
            case_orders = orders[case.partner_id].filtered(lambda o, since=since: o.date_order >= since)
            if case_orders:
                case._follow_case_orders(case_orders)

    def _follow_case_orders(self, orders):
        """Win the case by the first of its `orders`, and follow them."""
        self.ensure_one()
        if self.state in OPEN_STATES:
            if not self.try_lock_for_update(allow_referencing=True):
                return  # somebody is deciding at this moment; the next run looks again
            self._win(orders[0])
        followed = self.order_ids.order_id
        missing = (orders - followed)[: FOLLOWED_ORDERS - len(followed)]
        self.order_ids.create([{"case_id": self.id, "order_id": order.id} for order in missing])

    def _find_orders(self):
        """Return the confirmed orders since the cases were opened, the first one first."""
        if not self:
            return self.env["sale.order"]
        # sudo: a colleague's order wins the customer back too
        orders = self.env["sale.order"].sudo().search(
            Domain("partner_id.commercial_partner_id", "in", self.partner_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("state", "=", "sale")
            & Domain("date_order", ">=", min(case.opened_at for case in self)),
            order="date_order, id",
        )
        return orders

    def _follow_return(self):
        """Plan what follows a return, and thank the customer first."""
        for case in self.sudo():  # sudo: planned by the server for the owner
            order = case.won_order_id
            if order not in case.order_ids.order_id:
                case.order_ids.create({"case_id": case.id, "order_id": order.id})
            case._schedule_templates(case._get_plan("return").template_ids)

    # ------------------------------------------------------------------
    # Second loss
    # ------------------------------------------------------------------

    @api.model
    def _follow_losses(self, company, partners=None):
        """Note on cases won that the customer has left again, and ask why."""
        self.env["winback.status"].flush_model(["state", "state_since"])
        self.flush_model(["state", "date_closed", "second_loss_date"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (c.partner_id) c.id, s.state_since
                  FROM winback_case c
                  JOIN winback_status s ON s.partner_id = c.partner_id
                       AND s.company_id = c.company_id
                 WHERE c.company_id = %(company)s AND c.state = 'won'
                   AND s.state IN ('lost', 'gone') AND s.state_since > c.date_closed
                   AND %(limit)s
                 ORDER BY c.partner_id, c.date_closed DESC, c.id DESC
                """,
                company=company.id,
                limit=SQL("TRUE")
                if partners is None
                else SQL("c.partner_id = ANY(%s)", list(partners.ids)),
            )
        )
        for case_id, since in rows:
            case = self.sudo().browse(case_id)  # sudo: the loss is stated by the server
            if not case.second_loss_date:
                case._note_second_loss(since)

    def _note_second_loss(self, since):
        """Note when the customer left again, and ask the owner why."""
        self.ensure_one()
        self._drop_activities()
        self.second_loss_date = since
        self.message_post(body=self.env._("%s has left for the second time.", self.name))
        user = self._keep_eligible(self.user_id | self.team_id.user_id)[:1]
        if user:
            self._schedule(
                REASON_TYPE,
                user,
                self.company_id._winback_today(),
                lambda env: env._("Why did %s leave again?", self.name),
            )

    def action_open_order(self):
        """Open the order by which the customer came back."""
        self.ensure_one()
        if not self.won_order_id:
            raise UserError(self.env._("There is no order yet."))
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.won_order_id.id,
            "view_mode": "form",
        }
