from datetime import date, datetime

from odoo import Command
from odoo.addons.winback_lost_customers.tests.common import WinbackCase
from odoo.tests import freeze_time

POLL_DAY = date(2026, 6, 1)


@freeze_time("2026-06-01 12:00:00")
class PollCase(WinbackCase):
    """The first of June: a poll about May, with cheap customers, and answers as a visitor
    would give them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = POLL_DAY
        cls.product = cls.env["product.product"].create(
            {"name": "Thing", "type": "consu", "list_price": 100, "standard_price": 60, "taxes_id": False}
        )
        cls.service = cls.env["product.product"].create(
            {"name": "Fitting", "type": "service", "list_price": 50, "taxes_id": False}
        )
        cls.survey = cls.env.ref("winback_lost_customers_survey.survey_monthly")
        cls.cron = cls.env.ref("winback_lost_customers_survey.ir_cron_winback_poll")
        cls.company.email = "us@company.test"

    @classmethod
    def _create_person(cls, name, parent=None, **values):
        email = f"{name.lower().replace(' ', '.')}@customer.test"
        values = {"is_company": False, "email": email, **values}
        return cls._create_customer(name, parent_id=parent and parent.id, **values)

    @classmethod
    def _create_buyer(cls, name="Buyer", days_ago=10, state="sale", products=None, **values):
        """Return a customer with one order in May, of goods."""
        customer = cls._create_customer(name, email=f"{name.lower()}@customer.test", **values)
        cls._create_document(customer, days_ago, state, products)
        return customer

    @classmethod
    def _create_document(cls, partner, days_ago=10, state="sale", products=None, **values):
        lines = [Command.create({"product_id": p.id, "product_uom_qty": 2}) for p in products or [cls.product]]
        return cls._create_order(partner, days_ago, state=state, order_line=lines, **values)

    @classmethod
    def _create_poll(cls, **values):
        return cls.env["winback.poll"].create({"company_id": cls.company.id, **values})

    @classmethod
    def _start(cls, **values):
        """Return a running poll whose invitations have been sent."""
        poll = cls._create_poll(**values)
        poll._start(cls.today)
        while poll._send_batch(cls.today):
            pass
        return poll

    @classmethod
    def _get_invitation(cls, poll, customer):
        return poll.invitation_ids.filtered(lambda i: i.partner_id == customer)

    @classmethod
    def _answer(cls, invitation, **answers):
        """Answer as the visitor does: {role: value}; return what is kept."""
        sheet = invitation.user_input_id
        for question in sheet.predefined_question_ids:
            if question.winback_role in answers:
                value = answers[question.winback_role]
                assert not question.validate_question(value)
                sheet._save_lines(question, value)
        sheet.sudo(False).with_user(cls.env.ref("base.public_user")).sudo()._mark_done()
        return invitation.answer_ids

    def _trigger(self):
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()

    def _at(self, day):
        """Return a context manager in which it is noon of `day`."""
        return freeze_time(datetime.combine(day, datetime.min.time().replace(hour=12)))
