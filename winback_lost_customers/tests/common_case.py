from contextlib import contextmanager

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time

from .common_complaint import ComplaintCase

MODULE = "winback_lost_customers"
REASON_TYPE = f"{MODULE}.mail_act_case_reason"
PROMISE_TYPE = f"{MODULE}.mail_act_case_promise"


@freeze_time("2026-06-15 12:00:00")
class CaseCase(ComplaintCase):
    """Anna has lost the customer; in her team there is a senior colleague, who gets the
    cases by the rules, as no customer is the management's own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cases = cls.env["winback.case"]
        cls.senior = cls._create_user("wbc_senior", "sales_team.group_sale_salesman")
        cls.team.member_ids = [Command.link(cls.senior.id)]
        cls.member = cls._get_member(cls.senior)
        cls.member.winback_seniority = "senior"
        cls.company.winback_management_margin_rank = 0
        cls._create_history(cls.customer)
        cls._run()
        cls.status = cls._get_status(cls.customer)
        cls._set_columns(cls.status, value_class_id=None)
        cls.gold = cls.env.ref(f"{MODULE}.winback_value_class_gold")
        cls.reason = cls.env.ref(f"{MODULE}.winback_reason_price")
        cls.delivery = cls.env.ref(f"{MODULE}.winback_reason_delivery")

    @classmethod
    def _create_history(cls, customer, **values):
        """Create three orders of Anna, the last one 340 days ago."""
        values = {"amount": 1000, "margin": 300, "user_id": cls.anna.id, **values}
        return cls._create_orders(customer, [400, 370, 340], team_id=cls.team.id, **values)

    @classmethod
    def _get_member(cls, user):
        return cls.team.crm_team_member_ids.filtered(lambda member: member.user_id == user)

    def _open(self, customer=None, **values):
        return self.cases._open(self.company, customer or self.customer, **values)

    def _prepare(self, case, reason=None):
        """Name the reason, and tick everything on the checklist."""
        case._set_reason(reason or self.reason)
        case.check_ids.is_done = True
        return case

    def _open_prepared(self, **kwargs):
        return self._prepare(self._open(), **kwargs)

    def _get_planned(self, case, xmlid):
        """Return the open activities of a type."""
        return case.activity_ids.filtered(lambda a: a.activity_type_id == self.env.ref(xmlid))

    @contextmanager
    def _refused(self, words):
        """Expect a refusal with `words`, and roll back as the request of a user does."""
        with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
            yield
