"""Second part of the demo: complaints, invoices with their payments, a handover, potentials; then the evaluation."""

import logging
from datetime import datetime, time, timedelta

from odoo import Command, api, models
from odoo.tools import SQL

from .plan import FORMER_LEFT_DAYS
from .trouble import DEPARTED_LEFT_DAYS

_logger = logging.getLogger(__name__)

CREDITED_SHARE = 0.3


class WinbackDemo(models.AbstractModel):
    _inherit = "winback.demo"

    # === Entry points === #

    @api.model
    def _install(self):
        """Create the demo and evaluate it, so that the first screen shows everything."""
        plan = self._load()
        if plan:
            self._get_quiet()._evaluate(plan)

    def _create_trouble(self, plan):
        """Create what went wrong."""
        self._create_handovers(plan)
        self._create_complaints(plan)
        self._create_invoices(plan)
        _logger.info("Win-Back demo: handovers, complaints and invoices created")

    def _backdate(self, plan):
        """Override of `winback_lost_customers` to give the rest its dates, too."""
        result = super()._backdate(plan)
        self._backdate_created("winback_complaint", [(x["id"], x["received"]) for c in plan for x in c["complaints"]])
        self._backdate_created("account_move", [
            (i[key], self._to_datetime(i["date"])) for c in plan for i in c["invoices"] for key in ("id", "credit_id")
            if i.get(key)])
        self._backdate_departure("former", FORMER_LEFT_DAYS)
        self._backdate_departure("departed", DEPARTED_LEFT_DAYS)
        self.env.invalidate_all()
        return result

    def _backdate_departure(self, key, days):
        """Let a salesperson have been archived on the day of leaving: Odoo keeps no other date of it."""
        left = self.env.cr.now() - timedelta(days=days)
        self.env.cr.execute(SQL(
            "UPDATE res_users SET write_date = %s WHERE id = %s", left, self._ref(f"user_{key}")))

    # === Evaluation === #

    def _evaluate(self, plan, today=None):
        """Run the engine, enter potentials, fit the probability model, and run again with both."""
        company = self.env.company
        engine = self.env["winback.engine"]
        engine._run(company, today)
        self._enter_potentials(plan)
        self.env["winback.model"]._fit(company, today or company._winback_today())
        engine._run(company, today)

    def _enter_potentials(self, plan):
        """Enter what some customers could buy, as their salespeople have asked them."""
        potentials = {customer["id"]: customer["potential"] for customer in plan if customer["potential"]}
        for status in self.env["winback.status"].search([
                ("partner_id", "in", list(potentials)), ("company_id", "=", self.env.company.id)]):
            status.potential_amount = potentials[status.partner_id.id]

    # === The salesperson who left === #

    def _prepare_handover_values(self, customer, field, users, author):
        """Return values of the message by which Odoo keeps that a customer got another salesperson."""
        former, new = users["departed"], users[customer["owner"]]
        return {
            "model": "res.partner", "res_id": customer["id"], "message_type": "notification",
            "subtype_id": self.env.ref("mail.mt_note").id, "author_id": author.id, "email_from": author.email_formatted,
            "date": datetime.combine(customer["departed_until"] + timedelta(days=3), time(9)),
            "tracking_value_ids": [Command.create({
                "field_id": field.id, "old_value_integer": former.id, "old_value_char": former.name,
                "new_value_integer": new.id, "new_value_char": new.name})],
        }

    def _create_handovers(self, plan):
        """Note down who took over the customers of Hannah Weiss."""
        users = {key: self.env["res.users"].browse(user) for key, user in self._get_users().items()}
        field = self.env["ir.model.fields"]._get("res.partner", "user_id")
        self._create_in_batches("mail.message", [
            self._prepare_handover_values(customer, field, users, users["manager"].partner_id)
            for customer in plan if customer["departed_until"] and not customer["is_orphan"]])

    # === Complaints === #

    def _prepare_complaint_values(self, customer, complaint):
        """Return values of a complaint in its final state."""
        contact = customer["contacts"][complaint["contact"]] if complaint["contact"] is not None else customer
        return {
            "name": complaint["subject"], "description": complaint["text"], "partner_id": contact["id"],
            "order_id": complaint["order"]["id"], "company_id": self.env.company.id,
            "email_from": contact["email"] if complaint["source"] == "email" and contact is not customer else False,
            "source": complaint["source"], "severity": complaint["severity"], "state": complaint["state"],
            "is_conflict": bool(complaint["conflict"]), "conflict_date": complaint["conflict"] or False,
            "date_received": complaint["received"], "date_answered": complaint["answered"] or False,
            "date_closed": complaint["closed"] or False, "remedy": complaint["remedy"],
            "satisfied": complaint["satisfied"], "compensation_percent": complaint["percent"],
            "compensation_kind": complaint["compensation"],
        }

    def _create_complaints(self, plan):
        """Create all complaints, oldest first, and tell the superiors of the late ones."""
        pairs = sorted(((c, x) for c in plan for x in c["complaints"]), key=lambda pair: pair[1]["received"])
        complaints = self._create_in_batches("winback.complaint", [
            self._prepare_complaint_values(customer, complaint) for customer, complaint in pairs])
        for (_customer, complaint), record in zip(pairs, complaints):
            complaint["id"] = record.id
        late = complaints.filtered_domain(complaints._get_late_domain())
        late._escalate()
        for complaint in late:
            complaint.escalated_date = complaint.deadline

    # === Invoices and payments === #

    def _get_journal(self, kind):
        """Return the company's first journal of a kind."""
        return self.env["account.journal"].search(
            [("company_id", "=", self.env.company.id), ("type", "=", kind)], limit=1)

    def _create_invoices(self, plan):
        """Create, post and settle the invoices and credit notes; nothing where there is no chart of accounts."""
        journal, bank = self._get_journal("sale"), self._get_journal("bank")
        if not (journal.default_account_id and bank.default_account_id):
            _logger.info("Win-Back demo: no chart of accounts, no invoices")
            return
        pairs = sorted(((c, i) for c in plan for i in c["invoices"]), key=lambda pair: pair[1]["date"])
        values = [self._prepare_invoice_values(customer, invoice, journal) for customer, invoice in pairs]
        for (_customer, invoice), move in zip(pairs, self._create_posted(values)):
            invoice["id"] = move.id
        self._create_payments([invoice for _customer, invoice in pairs if invoice["paid"]], bank)
        credited = [(customer, invoice) for customer, invoice in pairs if invoice["credit"]]
        values = [self._prepare_credit_values(customer, invoice, journal) for customer, invoice in credited]
        for (_customer, invoice), move in zip(credited, self._create_posted(values)):
            invoice["credit_id"] = move.id

    def _create_posted(self, values_list):
        """Create and post entries, in batches."""
        moves = self._create_in_batches("account.move", values_list)
        moves._post(soft=False)
        return moves

    def _prepare_invoice_line_values(self, line, share=1):
        """Return values of an invoice line, without taxes."""
        return {
            "product_id": line["product"]["id"], "name": line["product"]["name"],
            "quantity": max(1, round(line["quantity"] * share)), "price_unit": line["price"],
            "discount": line["discount"], "tax_ids": False,
        }

    def _prepare_invoice_values(self, customer, invoice, journal):
        """Return values of the invoice for an order."""
        order = self.env["sale.order"].browse(invoice["order"]["id"])
        return {
            "move_type": "out_invoice", "partner_id": customer["id"], "journal_id": journal.id,
            "invoice_date": invoice["date"], "date": invoice["date"], "invoice_date_due": invoice["due"],
            "invoice_payment_term_id": False, "invoice_origin": order.name, "ref": invoice["order"]["occasion"],
            "invoice_user_id": order.user_id.id, "team_id": order.team_id.id, "fiscal_position_id": False,
            "invoice_line_ids": [
                Command.create(self._prepare_invoice_line_values(line, invoice["share"]))
                for line in invoice["order"]["lines"]],
        }

    def _prepare_credit_values(self, customer, invoice, journal):
        """Return values of the credit note for part of an invoice."""
        return {
            **self._prepare_invoice_values(customer, invoice, journal), "move_type": "out_refund",
            "invoice_date": invoice["credit"], "date": invoice["credit"], "invoice_date_due": invoice["credit"],
            "reversed_entry_id": invoice["id"],
            "invoice_line_ids": [
                Command.create(self._prepare_invoice_line_values(invoice["order"]["lines"][0], CREDITED_SHARE))],
        }

    def _prepare_receipt_values(self, day, lines, bank):
        """Return values of the bank entry with all transfers that came in on a day; `lines` are receivables."""
        values = [{
            "account_id": line.account_id.id, "partner_id": line.partner_id.id, "name": line.move_id.name,
            "credit": line.amount_residual} for line in lines]
        total = {"account_id": bank.default_account_id.id, "name": "Transfers received",
                 "debit": sum(lines.mapped("amount_residual"))}
        return {"move_type": "entry", "journal_id": bank.id, "date": day, "ref": "Transfers received",
                "line_ids": [Command.create(value) for value in (*values, total)]}

    def _create_payments(self, invoices, bank):
        """Settle invoices by one bank entry for each day of payment: much cheaper than a payment for each."""
        moves = self.env["account.move"].browse([invoice["id"] for invoice in invoices])
        receivable = {line.move_id.id: line for line in moves.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable")}
        days = {}
        for invoice in invoices:
            days.setdefault(invoice["paid"], self.env["account.move.line"])
            days[invoice["paid"]] += receivable[invoice["id"]]
        days = dict(sorted(days.items()))
        receipts = self._create_posted([self._prepare_receipt_values(day, lines, bank) for day, lines in days.items()])
        plan = []
        for lines, receipt in zip(days.values(), receipts):
            paid = receipt.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
            plan += [line + settled for line, settled in zip(lines, paid.sorted("id"))]
        self.env["account.move.line"]._reconcile_plan(plan)
