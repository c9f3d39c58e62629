"""Demo company: corporate gifts and souvenirs, 400 business customers, three years of orders.

Who the customers are and what they did is drawn by plain Python (`plan.py`, with the table of archetypes in
`archetypes.py`); this model writes the plan into the database, in batches. What the ORM stamps with the time of
installation (creation dates above all) is corrected by SQL afterwards. Nothing is mailed to anybody.
"""

import logging
from datetime import datetime, time, timedelta

from markupsafe import Markup

from odoo import Command, api, fields, models
from odoo.tools import SQL

from .plan import make_plan

_logger = logging.getLogger(__name__)

MODULE = "winback_lost_customers"
MARKER = "demo_customer_tag"
BATCH = 400
QUIET = {
    "tracking_disable": True, "mail_create_nosubscribe": True, "mail_create_nolog": True, "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True, "mail_activity_quick_update": True, "mail_notify_force_send": False,
    "sale_no_log_for_new_lines": True, "skip_procurement": True, "no_reset_password": True,
}
ORDER_STATES = {"sale": "sale", "open": "sent", "expired": "sent", "draft": "draft", "cancelled": "cancel"}
TEAMS = {"leader": "key", "sales1": "key", "sales2": "regional", "sales3": "regional", "former": "regional",
         "departed": "regional", "sales4": "new"}
ACTIVITY_TYPES = {"call": "mail.mail_activity_data_call", "meeting": "mail.mail_activity_data_meeting"}
COUNTRY_XMLIDS = {"us": "base.us", "uk": "base.uk", "de": "base.de", "fr": "base.fr", "nl": "base.nl",
                  "fi": "base.fi", "se": "base.se", "es": "base.es", "it": "base.it", "pl": "base.pl"}


class WinbackDemo(models.AbstractModel):
    _name = "winback.demo"
    _description = "Win-Back Demo Data"

    # === Entry point === #

    @api.model
    def _load(self, today=None, scale=1.0):
        """Create the demo's customers and their history, once.

        :param today: the day to which everything is relative; the day of installation by default
        :param scale: 1.0 gives 400 customers
        :return: the plan, each customer with the id of its partner; empty when the demo is there already
        """
        if self.env.ref(f"{MODULE}.{MARKER}", raise_if_not_found=False):
            return []
        self = self._get_quiet()
        plan = make_plan(today or fields.Date.today(), self._get_catalogue(), scale)
        self._create_marker()
        self._create_customers(plan)
        self._create_leads(plan)
        self._create_orders(plan)
        self._create_messages(plan)
        self._create_activities(plan)
        self._create_trouble(plan)
        self._backdate(plan)
        _logger.info("Win-Back demo: %s customers created", len(plan))
        return plan

    def _get_quiet(self):
        """Return this model as superuser, in the main company, notifying nobody."""
        return self.sudo().with_company(self.env.ref("base.main_company")).with_context(**QUIET)

    def _create_marker(self):
        """Create the tag of all demo customers; its XML id tells that the demo has been loaded."""
        tag = self.env["res.partner.category"].create({"name": "Win-Back demo"})
        self.env["ir.model.data"].create({
            "module": MODULE, "name": MARKER, "model": tag._name, "res_id": tag.id, "noupdate": True})

    # === Look-ups === #

    def _ref(self, name):
        """Return the id of a record of this module's static demo data."""
        return self.env["ir.model.data"]._xmlid_to_res_id(f"{MODULE}.demo_{name}", raise_if_not_found=True)

    def _get_users(self):
        """Return the user id of each login key."""
        return {key: self._ref(f"user_{key}") for key in ("manager", *TEAMS)}

    def _get_teams(self):
        """Return the sales team id of each salesperson's login key."""
        return {user: self._ref(f"team_{team}") for user, team in TEAMS.items()}

    def _get_catalogue(self):
        """Return the demo's products as plain dictionaries, in a stable order."""
        products = self.env["product.product"].search(
            [("categ_id", "child_of", self._ref("category"))], order="default_code, id")
        return [{
            "id": product.id, "category": product.categ_id.name, "name": product.display_name,
            "price": product.list_price, "cost": product.standard_price,
        } for product in products]

    def _create_in_batches(self, model, values_list):
        """Create records, some hundred at a time, and return all of them."""
        records = self.env[model]
        for start in range(0, len(values_list), BATCH):
            records += self.env[model].create(values_list[start:start + BATCH])
            self.env.flush_all()
        return records

    # === Customers === #

    def _prepare_company_values(self, company, user_id=False):
        """Return values of a company's partner."""
        return {
            "name": company["name"], "is_company": True, "street": company["street"], "city": company["city"],
            "zip": company["zip"], "phone": company["phone"], "website": f"https://www.{company['domain']}",
            "email": f"info@{company['domain']}", "country_id": self.env.ref(COUNTRY_XMLIDS[company["country"]]).id,
            "industry_id": self.env.ref(company["industry"]).id, "user_id": user_id, "lang": "en_US",
        }

    def _prepare_customer_values(self, customer, number, users):
        """Return values of a customer's partner."""
        values = self._prepare_company_values(customer, users[self._get_assigned(customer)])
        values.update({
            "ref": f"K{number:04d}", "active": customer["active"], "category_id": [Command.link(self._ref_marker())]})
        if customer["archetype"] == "intermediary":
            values["comment"] = Markup("<p>Pays on behalf of %s, where the gifts are delivered.</p>") % (
                customer["beneficiary"]["name"])
        return values

    def _get_assigned(self, customer):
        """Return the login key of whom the contact names: still Hannah Weiss where nobody took over."""
        return "departed" if customer["is_orphan"] else customer["owner"]

    def _ref_marker(self):
        """Return the id of the tag of demo customers."""
        return self.env.ref(f"{MODULE}.{MARKER}").id

    def _prepare_contact_values(self, customer, contact, users):
        """Return values of a person at the customer's."""
        return {
            "parent_id": customer["id"], "type": "contact", "name": contact["name"], "email": contact["email"],
            "phone": contact["phone"], "function": contact["function"], "active": contact["active"],
            "message_bounce": contact["bounce"], "user_id": users[self._get_assigned(customer)], "lang": "en_US",
        }

    def _create_customers(self, plan):
        """Create companies, then their contacts, then the organisations behind intermediaries."""
        users = self._get_users()
        companies = self._create_in_batches("res.partner", [
            self._prepare_customer_values(customer, number, users) for number, customer in enumerate(plan, 1)])
        for customer, company in zip(plan, companies):
            customer["id"] = company.id
        pairs = [(customer, contact) for customer in plan for contact in customer["contacts"]]
        people = self._create_in_batches("res.partner", [
            self._prepare_contact_values(customer, contact, users) for customer, contact in pairs])
        for (_customer, contact), person in zip(pairs, people):
            contact["id"] = person.id
        self._create_beneficiaries([customer for customer in plan if customer.get("beneficiary")])

    def _create_beneficiaries(self, intermediaries):
        """Create the organisations for which payment intermediaries order."""
        partners = self._create_in_batches("res.partner", [
            self._prepare_company_values(customer["beneficiary"]) for customer in intermediaries])
        for customer, partner in zip(intermediaries, partners):
            customer["beneficiary"]["id"] = partner.id

    # === Opportunities === #

    def _prepare_lead_values(self, customer, lead, users, teams, stages):
        """Return values of an opportunity in its final state."""
        contact = customer["contacts"][lead["contact"]] if lead["contact"] is not None else customer
        values = {
            "type": "opportunity", "name": lead["name"], "partner_id": contact["id"],
            "user_id": users[lead["user"]], "team_id": teams[lead["user"]],
            "company_id": self.env.company.id, "expected_revenue": lead["revenue"],
            "stage_id": stages["won" if lead["kind"] == "won" else "open"].id, "date_closed": lead["closed"] or False,
            **self._prepare_source_values(lead),
        }
        if lead["kind"] == "won":
            values["probability"] = 100
        elif lead["kind"] == "lost":
            values.update(active=False, probability=0, lost_reason_id=self.env.ref(lead["reason"]).id)
        return values

    def _prepare_source_values(self, document):
        """Return what made the customer ask; those who searched the web used the form on ours."""
        source, medium = document["source"], document["source"] == "search_engine" and "website"
        return {f"{name}_id": bool(value) and self.env.ref(f"utm.utm_{name}_{value}").id
                for name, value in (("source", source), ("medium", medium))}

    def _get_stages(self):
        """Return the stage of won and of open opportunities."""
        stages = self.env["crm.stage"].search([("team_ids", "=", False)], order="sequence, id")
        return {"won": stages.filtered("is_won")[:1], "open": stages.filtered(lambda s: not s.is_won)[-1:]}

    def _create_leads(self, plan):
        """Create all opportunities, oldest first."""
        users, teams, stages = self._get_users(), self._get_teams(), self._get_stages()
        pairs = sorted(((c, lead) for c in plan for lead in c["leads"]), key=lambda pair: pair[1]["created"])
        records = self._create_in_batches("crm.lead", [
            self._prepare_lead_values(customer, lead, users, teams, stages) for customer, lead in pairs])
        for (_customer, lead), record in zip(pairs, records):
            lead["id"] = record.id

    # === Orders === #

    def _prepare_line_values(self, line, uom_id):
        """Return values of an order line, without taxes; what is given here need not be computed line by line."""
        return {
            "product_id": line["product"]["id"], "name": line["product"]["name"], "product_uom_id": uom_id,
            "product_uom_qty": line["quantity"], "price_unit": line["price"], "purchase_price": line["cost"],
            "discount": line["discount"], "tax_ids": False, "analytic_distribution": False, "customer_lead": 0,
        }

    def _prepare_order_values(self, customer, order, users, teams):
        """Return values of an order or quotation in its final state."""
        contact = customer["contacts"][order["contact"]] if order["contact"] is not None else customer
        confirmed, uom_id = order["kind"] == "sale", self.env.ref("uom.product_uom_unit").id
        return {
            "partner_id": contact["id"], "partner_invoice_id": customer["id"],
            "partner_shipping_id": customer.get("beneficiary", customer)["id"],
            "company_id": self.env.company.id, "state": ORDER_STATES[order["kind"]],
            "date_order": order["date"] if confirmed else order["created"], "validity_date": order["valid_until"],
            "client_order_ref": order["occasion"], "user_id": users[order["user"]], "team_id": teams[order["user"]],
            "opportunity_id": order["lead"] and order["lead"]["id"],
            "order_line": [Command.create(self._prepare_line_values(line, uom_id)) for line in order["lines"]],
            **self._prepare_source_values(order),
        }

    def _get_order_defaults(self):
        """Return empty values of fields whose defaults would cost a query per order."""
        names = ("fiscal_position_id", "payment_term_id", "pricelist_id", "campaign_id", "medium_id", "source_id",
                 "quotation_document_ids", "sale_order_template_id")
        return {name: False for name in names if name in self.env["sale.order"]._fields}

    def _create_orders(self, plan):
        """Create all orders and quotations, oldest first, so that their numbers follow the calendar."""
        users, teams = self._get_users(), self._get_teams()
        pairs = sorted(((c, order) for c in plan for order in c["orders"]), key=lambda pair: pair[1]["created"])
        defaults = self._get_order_defaults()
        records = self._create_in_batches("sale.order", [
            {**defaults, **self._prepare_order_values(customer, order, users, teams)} for customer, order in pairs])
        for (_customer, order), record in zip(pairs, records):
            order["id"] = record.id

    # === Messages === #

    def _prepare_message_values(self, customer, message, authors):
        """Return values of an e-mail on a document or on the customer, with its recipient when it is ours."""
        contact, incoming = customer["contacts"][message["contact"]], message["direction"] == "in"
        user = authors[message["user"] or customer["owner"]]
        model, document = self._get_thread(customer, message)
        values = {
            "model": model,
            "res_id": document["id"],
            "message_type": "email" if incoming else "comment", "date": message["date"],
            "subtype_id": self.env.ref("mail.mt_comment").id, "subject": message["subject"],
            "body": Markup("<p>%s</p>") % message["body"], "reply_to": user.email_formatted,
            "author_id": contact["id"] if incoming else user.id,
            "email_from": f'"{contact["name"]}" <{contact["email"]}>' if incoming else user.email_formatted,
        }
        if not incoming:
            values["notification_ids"] = [Command.create(self._prepare_notification_values(message, contact, user))]
        return values

    def _get_thread(self, customer, message):
        """Return model and plan of the document on which a message was written."""
        if message["order"]:
            return "sale.order", message["order"]
        if message.get("lead"):
            return "crm.lead", message["lead"]
        return "res.partner", customer

    def _prepare_notification_values(self, message, contact, author):
        """Return values of the notification that says that our e-mail was sent, or came back."""
        bounced = message["status"] == "bounce"
        return {
            "author_id": author.id, "res_partner_id": contact["id"], "notification_type": "email",
            "notification_status": message["status"], "is_read": True, "read_date": message["date"],
            "failure_type": "mail_bounce" if bounced else False,
        }

    def _create_messages(self, plan):
        """Create all messages, oldest first: readers use message ids as a watermark."""
        authors = {key: self.env["res.users"].browse(user).partner_id for key, user in self._get_users().items()}
        pairs = sorted(((c, m) for c in plan for m in c["messages"]), key=lambda pair: pair[1]["date"])
        records = self._create_in_batches("mail.message", [
            self._prepare_message_values(customer, message, authors) for customer, message in pairs])
        for (_customer, message), record in zip(pairs, records):
            message["id"] = record.id

    # === Calls and meetings === #

    def _prepare_activity_values(self, customer, activity, users):
        """Return values of a call or meeting on the customer; done ones are archived, as Odoo does it."""
        return {
            "res_model_id": self.env["ir.model"]._get_id("res.partner"), "res_id": customer["id"],
            "activity_type_id": self.env.ref(ACTIVITY_TYPES[activity["kind"]]).id, "summary": activity["summary"],
            "user_id": users[activity["user"]], "date_deadline": activity["deadline"],
            "active": not activity["done"], "date_done": activity["done"] or False,
            "feedback": activity["feedback"] or False, "winback_outcome": activity["outcome"],
        }

    def _create_activities(self, plan):
        """Create done and planned calls and meetings."""
        users = self._get_users()
        pairs = [(customer, activity) for customer in plan for activity in customer["activities"]]
        records = self._create_in_batches("mail.activity", [
            self._prepare_activity_values(customer, activity, users) for customer, activity in pairs])
        for (_customer, activity), record in zip(pairs, records):
            activity["id"] = record.id

    # === Dates that the ORM sets to the time of installation === #

    def _backdate(self, plan):
        """Give all records the dates on which they would have been created."""
        self.env.flush_all()
        self._backdate_created("res_partner", self._get_partner_dates(plan))
        for table, key, field in [("sale_order", "orders", "created"), ("crm_lead", "leads", "created"),
                                  ("mail_message", "messages", "date")]:
            self._backdate_created(table, [(r["id"], r[field]) for c in plan for r in c[key]])
        self._backdate_created("mail_activity", [
            (a["id"], self._to_datetime((a["done"] or a["deadline"]) - timedelta(days=14)))
            for c in plan for a in c["activities"]])
        self._backdate_leads([lead["id"] for c in plan for lead in c["leads"]])
        self._backdate_lines([order["id"] for c in plan for order in c["orders"]])
        self.env.invalidate_all()

    def _to_datetime(self, day):
        """Return eight o'clock of the day, but never the future."""
        return min(datetime.combine(day, time(8)), self.env.cr.now())

    def _get_partner_dates(self, plan):
        """Return (id, date) of customers and contacts: shortly before their first document."""
        rows = []
        for customer in plan:
            first = min(r["created"] for r in (*customer["orders"], *customer["leads"]))
            partners = [customer, *customer["contacts"], *filter(None, [customer.get("beneficiary")])]
            rows += [(partner["id"], first - timedelta(days=3)) for partner in partners]
        return rows

    def _backdate_created(self, table, rows):
        """Set the creation date of many records of a table in one statement."""
        ids, dates = zip(*rows) if rows else ((), ())
        self.env.cr.execute(SQL(
            """UPDATE %s AS record SET create_date = dated.day, write_date = dated.day
                 FROM unnest(%s::int[], %s::timestamp[]) AS dated(id, day)
                WHERE record.id = dated.id""", SQL.identifier(table), list(ids), list(dates)))

    def _backdate_leads(self, lead_ids):
        """Let what hangs on the creation date of opportunities follow it."""
        self.env.cr.execute(SQL(
            """UPDATE crm_lead
                  SET date_open = create_date, date_conversion = create_date, day_open = 0,
                      date_last_stage_update = COALESCE(date_closed, create_date),
                      day_close = EXTRACT(EPOCH FROM date_closed - create_date) / 86400
                WHERE id = ANY(%s)""", lead_ids))

    def _backdate_lines(self, order_ids):
        """Give order lines the creation date of their order."""
        self.env.cr.execute(SQL(
            """UPDATE sale_order_line AS line
                  SET create_date = sale.create_date, write_date = sale.create_date
                 FROM sale_order AS sale
                WHERE sale.id = line.order_id AND sale.id = ANY(%s)""", order_ids))
