import re
from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_refresh import RefreshCase

TABLE = re.compile(r'\b(?:FROM|JOIN)\s+"?([a-z_][a-z0-9_]*)')

# What facts read and nobody marks, and why. The full run of the night sees all of it.
UNMARKED = {
    "account_move__account_payment": "changes with the invoice's payment state",
    "account_move_line": "of posted entries; changes with the state of the entry",
    "account_partial_reconcile": "changes with the invoice's payment state",
    "account_payment": "changes with the invoice's payment state",
    "ir_model_fields_selection": "labels",
    "link_tracker_click": "comes with a click in the mailing",
    "mail_activity_type": "settings, which change everybody",
    "mail_tracking_value": "written with the change that it describes",
    "product_product": "catalogue, which changes everybody",
    "product_template": "catalogue, which changes everybody",
    "sale_order_line_invoice_rel": "written before the invoice is posted",
    "winback_exclusion": "decisions, evaluated at once",
    "winback_status": "decisions, evaluated at once, and figures of the last run",
    # of other apps: see the tests of the add-ons that connect them
    "rating_rating": "winback_lost_customers_rating",
    "stock_location": "winback_lost_customers_stock",
    "stock_move": "winback_lost_customers_stock",
    "stock_picking": "winback_lost_customers_stock",
}


class MarksCase(RefreshCase):
    """Factories for documents that facts read, and the comparison with what they read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "info@customer.test"
        cls.seller = new_test_user(cls.env, "wb_seller", "sales_team.group_sale_manager")
        cls.order = cls._create_order(cls.customer, 100)
        cls._forget_marks()

    def _get_tables_read(self):
        """Return the tables that the statements of all fact sources read, now and as of
        a past day."""
        known = {model._table for model in self.env.values() if not model._abstract}
        known |= {
            field.relation
            for model in self.env.values()
            for field in model._fields.values()
            if field.type == "many2many" and field.store
        }
        tables = set()
        for source in self.env["winback.fact"]._get_sources():
            for today in (self.today, self._day(100)):
                query = source._get_query(self.company, today)
                tables |= known.intersection(TABLE.findall(query.code))
        return tables

    def _assert_each_marks(self, changes, *customers):
        """Each of `changes`, pairs of a name and a function, marks one of `customers`."""
        expected = set((customers or self.customer)[0].ids)
        for name, change in changes:
            with self.subTest(change=name):
                self._forget_marks()
                change()
                self.assertEqual({partner_id for partner_id, _c in self._get_marks()}, expected)

    def _write_letter(self, to=None, status="sent", model="sale.order", **values):
        """Write a mail of ours on an order and return its notification.

        :param model: as if it were on another document; not looked up
        """
        message = self.env["mail.message"].create(
            {
                "author_id": self.seller.partner_id.id,
                "model": self.order._name,
                "res_id": self.order.id,
                "message_type": "comment",
                "record_company_id": self.company.id,
                **values,
            }
        )
        self._set_columns(message, model=model)
        return self.env["mail.notification"].create(
            {
                "mail_message_id": message.id,
                "res_partner_id": (to or self.customer).id,
                "notification_type": "email",
                "notification_status": status,
            }
        )

    def _create_trace(self, record, **values):
        return self.env["mailing.trace"].create(
            {"model": record._name, "res_id": record.id, "email": "info@customer.test", **values}
        )

    def _create_meeting(self, days_ago=1, partners=None):
        return self.env["calendar.event"].create(
            {
                "name": "Meeting",
                "start": self._noon(days_ago),
                "stop": self._noon(days_ago) + timedelta(hours=1),
                "partner_ids": [Command.set((partners or self.customer).ids)],
            }
        )

    def _call(self, outcome="reached", record=None):
        call = (record or self.order).activity_schedule("mail.mail_activity_data_call")
        call.action_winback_outcome(outcome)
        return call


@tagged("post_install", "-at_install")
class TestEverySourceIsMarked(MarksCase):
    """Whatever a fact reads, a change of it marks the customer, or there is a reason."""

    def test_every_table_that_facts_read_is_marked_or_explained(self):
        marked = {name.removeprefix("test_changed_") for name in dir(self) if name.startswith("test_changed_")}
        self.assertFalse(marked.intersection(UNMARKED))
        self.assertEqual(self._get_tables_read() - set(UNMARKED) - marked, set())
        self.assertEqual(marked - self._get_tables_read(), set())

    def test_changed_sale_order(self):
        order = self._create_quotation()
        self._assert_each_marks(
            [
                ("new", self._create_quotation),
                ("valid for longer", lambda: order.write({"validity_date": self._day(-9)})),
                ("confirmed", order.action_confirm),
                ("dated", lambda: order.write({"date_order": self._noon(3)})),
                ("other salesperson", lambda: order.write({"user_id": self.seller.id})),
                ("cancelled", order._action_cancel),
                ("deleted", order.unlink),
            ]
        )

    def test_changed_sale_order_line(self):
        order = self._create_quotation()
        order.action_confirm()
        other = self.product.copy()
        self._assert_each_marks(
            [
                ("other product", lambda: order.order_line.write({"product_id": other.id})),
                ("quantity", lambda: order.order_line.write({"product_uom_qty": 7})),
            ]
        )

    def test_changed_crm_lead(self):
        lead = self._create_lead(self.customer)
        self._assert_each_marks(
            [
                ("new", lambda: self._create_lead(self.customer)),
                ("lost", lead.action_set_lost),
                ("deleted", lead.unlink),
            ]
        )

    def test_changed_res_partner(self):
        person = self._create_customer("Person", is_company=False, parent_id=self.customer.id)
        industry = self.env["res.partner.industry"].create({"name": "Gifts"})
        for name, value in (
            ("active", False),
            ("email", "nobody"),
            ("message_bounce", 2),
            ("type", "delivery"),
            ("user_id", self.seller.id),
            ("industry_id", industry.id),
            ("country_id", self.env.ref("base.fi").id),
        ):
            with self.subTest(field=name):
                self._forget_marks()
                person[name] = value
                self._assert_marked_everywhere(person, self.customer)

    def test_changed_res_users(self):
        self.order.user_id = self.seller
        named = self._create_customer("Named", user_id=self.seller.id)
        self._forget_marks()
        self.seller.active = False
        self.assertEqual(self._get_marks(), {(self.customer.id, self.company.id), (named.id, None)})

    def test_changed_mail_message(self):
        def write():
            return self.order.message_post(
                body="Hello", message_type="email", author_id=self.customer.id
            )

        message = write()
        self._assert_each_marks([("new", write), ("deleted", message.unlink)])

    def test_changed_mail_notification(self):
        letter = self._write_letter()
        bounced = self._write_letter(model="account.move")
        self._assert_each_marks(
            [
                ("new", self._write_letter),
                ("failed", lambda: letter.write({"notification_status": "exception"})),
                ("sent after all", lambda: letter.write({"notification_status": "sent"})),
                ("bounced", lambda: letter.write({"notification_status": "bounce"})),
                ("bounced in business", lambda: bounced.write({"notification_status": "bounce"})),
                ("dismissed", lambda: letter.write({"notification_status": "canceled"})),
                ("deleted", self._write_letter().mail_message_id.unlink),
            ]
        )

    def test_changed_mailing_trace(self):
        lead = self._create_lead(self.customer)
        reader = self.env["mailing.contact"].create({"name": "Reader"})
        for record in (self.customer, self.order, lead, reader):
            trace = self._create_trace(record)
            self._assert_each_marks(
                [
                    (f"sent to {record}", trace.set_sent),
                    ("clicked", trace.set_clicked),
                    ("replied", trace.set_replied),
                    ("bounced", trace.set_bounced),
                    ("failed", trace.set_failed),
                ]
            )
        sent = fields.Datetime.now()
        self._assert_each_marks(
            [("imported", lambda: self._create_trace(lead, trace_status="sent", sent_datetime=sent))]
        )

    def test_changed_mail_activity(self):
        call, other = self._call(), self._call("not_reached", self.customer)
        kind = self.env.ref("mail.mail_activity_data_todo")
        self._assert_each_marks(
            [
                ("reached", self._call),
                ("not reached", lambda: self._call("not_reached")),
                ("corrected", lambda: call.write({"winback_outcome": "not_reached"})),
                ("dated", lambda: call.write({"date_done": self._day(3)})),
                ("was none", lambda: other.write({"activity_type_id": kind.id})),
                ("deleted", call.unlink),
            ]
        )

    def test_changed_calendar_event(self):
        meeting, planned = self._create_meeting(), self._create_meeting(-9)
        self._assert_each_marks(
            [
                ("new", self._create_meeting),
                ("has been", lambda: planned.write({"start": self._noon(2), "stop": self._noon(2)})),
                ("put off", lambda: planned.write({"start": self._noon(-9), "stop": self._noon(-9)})),
                ("archived", lambda: meeting.write({"active": False})),
                ("deleted", self._create_meeting().unlink),
            ]
        )

    def test_changed_calendar_event_res_partner_rel(self):
        meeting, other = self._create_meeting(), self._create_customer("Other")
        self._forget_marks()
        meeting.partner_ids = other
        self._assert_marked_everywhere(self.customer, other)

    def test_changed_winback_complaint(self):
        complaint = self.env["winback.complaint"].create(
            {"name": "Broken", "partner_id": self.customer.id, "company_id": self.company.id}
        )
        self._assert_each_marks(
            [
                ("conflict", lambda: complaint.write({"is_conflict": True})),
                ("serious", lambda: complaint.write({"severity": "serious"})),
                ("closed", lambda: complaint.write({"state": "closed", "remedy": "Sent anew"})),
                ("satisfied", lambda: complaint.write({"satisfied": "yes"})),
                ("deleted", complaint.unlink),
            ]
        )

    def test_changed_account_move(self):
        self.env["account.chart.template"].try_loading(
            "generic_coa", company=self.company, install_demo=False
        )
        invoice, refund = self.env["account.move"].create(
            [
                {
                    "move_type": kind,
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "invoice_line_ids": [Command.create({"name": "Line", "price_unit": 100})],
                }
                for kind in ("out_invoice", "out_refund")
            ]
        )
        self._assert_each_marks(
            [
                ("posted", invoice.action_post),
                ("credited", refund.action_post),
                ("due later", lambda: invoice.write({"invoice_date_due": self._day(-60)})),
                ("settled", lambda: (invoice + refund).line_ids.filtered("account_id.reconcile").reconcile()),
                ("taken back", lambda: (invoice + refund).button_draft()),
            ]
        )


@tagged("post_install", "-at_install")
class TestMarkPrecision(MarksCase):
    """What says nothing about a customer marks nobody, and masses are cheap."""

    def test_letter_to_an_employee_marks_nobody(self):
        colleague = new_test_user(self.env, "wb_colleague").partner_id
        self._forget_marks()
        self._write_letter(to=colleague)
        letter = self._write_letter()
        letter.notification_type = "inbox"
        self._assert_marked()

    def test_letters_of_routine_and_notices_mark_nobody(self):
        self._write_letter(model="account.move")
        self._write_letter(message_type="notification")
        self._assert_marked()

    def test_deleted_note_marks_nobody(self):
        note = self.order.with_user(self.seller).message_post(body="Note")
        self._forget_marks()
        note.unlink()
        self._assert_marked()

    def test_letter_that_a_user_posts_marks_its_recipient(self):
        self.order.with_user(self.seller).message_post(
            body="Hello", message_type="comment", partner_ids=self.customer.ids
        )
        self._assert_marked(self.customer)

    def test_sending_a_letter_that_waited_marks_nobody_again(self):
        """Odoo writes it as failed and, in the same transaction, as sent."""
        letter = self._write_letter(status="ready")
        self._forget_marks()
        letter.notification_status = "exception"
        letter.flush_recordset()
        letter.notification_status = "sent"
        self._assert_marked()

    def test_opened_mailing_marks_nobody(self):
        trace = self._create_trace(self.customer, trace_status="sent", sent_datetime=self._noon(3))
        self._forget_marks()
        trace.set_opened()
        self._assert_marked()

    def test_test_mailing_and_mailing_to_a_stranger_mark_nobody(self):
        self._create_trace(self.customer, is_test_trace=True).set_sent()
        reader = self.env["mailing.contact"].create({"name": "Reader"})
        self._create_trace(reader, email="stranger@else.test").set_sent()
        self._assert_marked()

    def test_planned_call_and_future_meeting_mark_nobody(self):
        self.order.activity_schedule("mail.mail_activity_data_call").unlink()
        meeting = self._create_meeting(-9)
        meeting.write({"start": self._noon(-12), "stop": self._noon(-12)})
        self._assert_marked()

    def test_meeting_among_us_marks_nobody(self):
        self._create_meeting(1, self.seller.partner_id)
        self._assert_marked()

    def test_line_of_a_quotation_marks_nobody(self):
        quotation = self._create_quotation()
        self._forget_marks()
        quotation.order_line.product_uom_qty = 5
        self._assert_marked()

    def test_mailing_to_many_is_marked_by_one_statement(self):
        customers = [self._create_customer(f"Reader {number}") for number in range(60)]
        traces = self.env["mailing.trace"].concat(*map(self._create_trace, customers))
        self._create_quotation()
        self._forget_marks()  # fills the caches
        traces.set_sent()
        self.env.flush_all()
        with self.assertQueryCount(1):
            self._commit_marks()
        self.assertEqual({id_ for id_, _c in self._get_marks()}, {c.id for c in customers})

    def test_mailing_waits_a_minute_for_others(self):
        self.env.cr.execute("DELETE FROM ir_cron_trigger")
        self._create_trace(self.customer).set_sent()
        self._commit_marks()
        trigger = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        now = fields.Datetime.now()
        self.assertEqual(trigger.call_at, now + timedelta(minutes=1))
        self._create_trace(self.customer).set_sent()
        self._create_quotation()
        self._commit_marks()
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        self.assertEqual((triggers - trigger).call_at, now)
