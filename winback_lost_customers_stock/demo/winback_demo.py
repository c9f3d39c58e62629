"""Deliveries of the demo company: some recent orders were delivered late, incompletely, or came back.

They are made by Odoo's own transfers on orders that are in the database already, as the add-on may be installed on
another day than the demo; only the dates are moved to the past. Older orders have none: Inventory was not in use then.
"""

import logging
import random
from datetime import datetime, time, timedelta
from itertools import cycle

from odoo import api, fields, models
from odoo.addons.winback_lost_customers.demo.archetypes import workday
from odoo.addons.winback_lost_customers.demo.documents import moment
from odoo.addons.winback_lost_customers.demo.winback_demo import MARKER, MODULE
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

SEED = 20262
# one after the other, so that each occurs in a small demo, too
CASES = ("late", "in_time", "incomplete", "returned", "in_time", "awaited", "given_up", "in_time")
ORDERS = 32
AGE_DAYS = (20, 70)  # of the orders: all that happened to them is over, and still counts
PROMISED_DAYS = 7
DONE_DAYS = {"late": (10, 13)}  # after the order
IN_TIME_DAYS = (3, 6)
RETURN_DAYS = 5  # after the delivery
SENT_SHARE, RETURNED_SHARE = 0.6, 0.4


class WinbackDemo(models.AbstractModel):
    _inherit = "winback.demo"

    @api.model
    def _install_deliveries(self):
        """Deliver recent orders of the demo, and evaluate its customers again."""
        cases = self._create_deliveries()
        if cases:
            company = self.env.ref("base.main_company")
            self.env["winback.engine"].with_company(company)._run(company)

    @api.model
    def _create_deliveries(self, today=None):
        """Deliver recent orders, once.

        :param today: the day of the demo; the day of installation by default
        :return: list of (what happened, order)
        """
        self = self._get_quiet().with_context(skip_procurement=False, skip_sms=True)
        if not self.env.ref(f"{MODULE}.{MARKER}", raise_if_not_found=False) or self._has_deliveries():
            return []
        orders = self._get_recent_orders(today or fields.Date.today())
        rng = random.Random(SEED)
        chosen = self.env["sale.order"].concat(*sorted(
            rng.sample(list(orders), min(ORDERS, len(orders))), key=lambda order: (order.date_order, order.id)))
        self._promise(chosen)
        chosen.order_line._action_launch_stock_rule()
        cases = list(zip(cycle(CASES), chosen))
        for case, order in cases:
            self._deliver(rng, case, order)
        self._backdate_deliveries(chosen)
        _logger.info("Win-Back demo: %s orders delivered", len(cases))
        return cases

    # === Which orders === #

    def _get_demo_domain(self):
        """Return the domain of the confirmed orders of the demo's customers."""
        return [("company_id", "=", self.env.company.id), ("state", "=", "sale"),
                ("partner_id.commercial_partner_id.category_id", "in", self._ref_marker())]

    def _has_deliveries(self):
        """Tell whether any order of the demo has been delivered already."""
        return bool(self.env["sale.order"].search_count(
            [*self._get_demo_domain(), ("picking_ids", "!=", False)], limit=1))

    def _get_recent_orders(self, today):
        """Return the last order of each customer that is neither new nor old, where nothing else went wrong."""
        newest, oldest = (datetime.combine(today - timedelta(days=days), time()) for days in AGE_DAYS)
        orders = self.env["sale.order"].search(
            [*self._get_demo_domain(), ("date_order", ">=", oldest)], order="date_order DESC, id DESC")
        latest = {}
        for order in orders:
            latest.setdefault(order.partner_id.commercial_partner_id, order)
        troubled = self._get_troubled()
        return self.env["sale.order"].concat(*(
            order for partner, order in latest.items()
            if order.date_order < newest and order.amount_untaxed > 0 and partner not in troubled)).sorted("id")

    def _get_troubled(self):
        """Return the customers with complaints, credit notes or goods sent back."""
        complaints = self.env["winback.complaint"].search([])
        refunds = self.env["account.move"].search([("move_type", "=", "out_refund")])
        returns = self.env["sale.order"].search([*self._get_demo_domain(), ("amount_untaxed", "<", 0)])
        return (complaints.partner_id | refunds.partner_id | returns.partner_id).commercial_partner_id

    # === What happened to them === #

    def _promise(self, orders):
        """Promise each order for a week later."""
        for order in orders:
            order.commitment_date = datetime.combine(self._get_workday(order, PROMISED_DAYS), time(16))

    def _get_workday(self, order, days):
        """Return the working day that many days after the order, or the last one before."""
        return workday(order.date_order.date() + timedelta(days=days))

    def _deliver(self, rng, case, order):
        """Let happen to the order what the case says."""
        picking = order.picking_ids
        if case == "awaited":
            return
        done = moment(rng, self._get_workday(order, rng.randint(*DONE_DAYS.get(case, IN_TIME_DAYS))))
        share = SENT_SHARE if case in ("incomplete", "given_up") else 1
        self._transfer(picking.with_context(cancel_backorder=case == "given_up"), done, share)
        if case == "returned":
            day = workday(done.date() + timedelta(days=RETURN_DAYS))
            self._transfer(self._create_return(picking), moment(rng, max(day, done.date() + timedelta(days=1))))

    def _transfer(self, picking, done, share=1):
        """Do a transfer at the moment `done`, of a share of its goods."""
        for move in picking.move_ids:
            move.write({"quantity": max(1, int(move.product_uom_qty * share)), "picked": True})
        picking._action_done()
        picking.date_done = done

    def _create_return(self, picking):
        """Return the transfer by which part of the first article of a delivery comes back."""
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        lines = wizard.product_return_moves
        lines.quantity = 0
        lines[0].quantity = max(1, int(lines[0].move_id.quantity * RETURNED_SHARE))
        back = wizard._create_return()
        back.move_ids.filtered(lambda move: not move.product_uom_qty).unlink()
        return back

    # === Dates that the ORM sets to the time of installation === #

    def _backdate_deliveries(self, orders):
        """Give the transfers, and the notes on them, the dates on which they would have been created."""
        pickings = orders.picking_ids
        self.env.flush_all()
        self._backdate_created("stock_picking", [(picking.id, self._get_created(picking)) for picking in pickings])
        self.env.cr.execute(SQL(
            """WITH moved AS (
                   UPDATE stock_move AS move
                      SET create_date = picking.create_date, write_date = picking.create_date
                     FROM stock_picking AS picking
                    WHERE picking.id = move.picking_id AND picking.id = ANY(%(ids)s)
               ), written AS (
                   UPDATE mail_message AS message
                      SET date = picking.create_date, create_date = picking.create_date
                     FROM stock_picking AS picking
                    WHERE message.model = 'stock.picking' AND message.res_id = picking.id
                      AND picking.id = ANY(%(ids)s)
               )
               UPDATE stock_move_line AS line SET date = picking.date_done, create_date = picking.date_done
                 FROM stock_picking AS picking
                WHERE picking.id = line.picking_id AND picking.id = ANY(%(ids)s) AND picking.state = 'done'""",
            ids=list(pickings.ids)))
        self.env.invalidate_all()

    def _get_created(self, picking):
        """Return when a transfer came into being: with its order, the incomplete delivery, or the goods."""
        if picking.return_id:
            return picking.date_done
        return picking.backorder_id.date_done or picking.sale_id.date_order
