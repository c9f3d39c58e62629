from datetime import timedelta

from odoo.tests import freeze_time

from .common_complaint import ComplaintCase


@freeze_time("2026-06-15 12:00:00")
class InquiryCase(ComplaintCase):
    """A customer of Anna's with a contact; three days are allowed for an answer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inquiries = cls.env["winback.inquiry"]
        cls.contact = cls.env["res.partner"].create(
            {"name": "Buyer", "parent_id": cls.customer.id, "email": "person@customer.example.com"}
        )
        cls.bob = cls._create_user("wbi_bob", "sales_team.group_sale_salesman")
        cls.company.winback_answer_days = 3

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------

    @classmethod
    def _quote(cls, days_ago, state="draft", partner=None, **values):
        """Create a quotation without end of validity."""
        order = cls._create_order(partner or cls.customer, days_ago, state=state, **values)
        if "validity_date" not in values:
            cls._set_columns(order, validity_date=None)
        return order

    @classmethod
    def _lead(cls, days_ago, partner=None, **values):
        return cls._create_lead(partner or cls.customer, days_ago, **values)

    @classmethod
    def _write(cls, record, days_ago, moment=None, to=None, status="sent", kind="email", **values):
        """Write a letter of Anna's on `record`; `to` nobody it is an internal note."""
        message = cls.env["mail.message"].create(
            {
                "author_id": cls.anna.partner_id.id,
                "model": record._name,
                "res_id": record.id,
                "message_type": "comment",
                "date": moment or cls._noon(days_ago),
                **values,
            }
        )
        cls.env["mail.notification"].create(
            [
                {
                    "mail_message_id": message.id,
                    "res_partner_id": recipient.id,
                    "notification_type": kind,
                    "notification_status": status,
                }
                for recipient in (cls.contact if to is None else to)
            ]
        )
        return message

    @classmethod
    def _hear(cls, record, days_ago, moment=None, author=None, **values):
        """Let a mail of the customer's come in on `record`."""
        return cls.env["mail.message"].create(
            {
                "author_id": (author or cls.contact).id,
                "model": record._name,
                "res_id": record.id,
                "message_type": "email",
                "date": moment or cls._noon(days_ago),
                **values,
            }
        )

    @classmethod
    def _call(cls, record, days_ago, outcome="reached"):
        activity = record.activity_schedule("mail.mail_activity_data_call")
        activity.action_winback_outcome(outcome)
        cls._set_columns(activity, date_done=cls._day(days_ago))
        return activity

    # ------------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------------

    @classmethod
    def _refresh(cls, today=None, company=None):
        return cls.inquiries._refresh(company or cls.company, today)

    @classmethod
    def _get(cls, document, company=None, today=None):
        """Prepare the rows, and return that of `document`."""
        cls._refresh(today, company)
        return cls.inquiries.search(
            [
                ("company_id", "=", (company or cls.company).id),
                ("res_model", "=", document._name),
                ("res_id", "=", document.id),
            ]
        )

    def assertJudged(self, document, outcome, answer, days=None, waiting=None, **options):
        """The inquiry ended in `outcome`, was answered after so many `days`, and waits since
        so many days ago."""
        row = self._get(document, **options)
        self.assertEqual(len(row), 1)
        self.assertEqual((row.outcome, row.answer), (outcome, answer))
        answered = days is not None and row.date + timedelta(days=days)
        self.assertEqual((row.answer_date, row.answer_days), (answered, days or 0))
        today = options.get("today") or self.today
        self.assertEqual(row.waiting_since, waiting is not None and today - timedelta(days=waiting))
        return row
