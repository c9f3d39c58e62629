from datetime import datetime

from odoo.tests import freeze_time, new_test_user

from .common import WinbackCase


@freeze_time("2026-06-15 12:00:00")
class ComplaintCase(WinbackCase):
    """A team with a leader, a salesperson with a customer, and a working schedule of
    Monday to Friday, 8 to 12 and 13 to 17 o'clock in UTC; it is a Monday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls._create_user("wbc_anna", "sales_team.group_sale_salesman")
        cls.leader = cls._create_user("wbc_leader", "sales_team.group_sale_salesman")
        cls.boss = cls._create_user("wbc_boss", "sales_team.group_sale_manager")
        cls.team = cls._create_team("Team", cls.leader, cls.anna)
        cls.company.resource_calendar_id.tz = "UTC"
        cls.customer = cls._create_customer(
            "Customer", email="buyer@customer.example.com", user_id=cls.anna.id
        )

    @classmethod
    def _create_user(cls, login, groups, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env, login, groups=groups, company_id=company.id, company_ids=company.ids
        )

    @classmethod
    def _create_team(cls, name, leader, *members):
        return cls.env["crm.team"].create(
            {
                "name": name,
                "user_id": leader.id,
                "company_id": cls.company.id,
                "member_ids": [member.id for member in members],
            }
        )

    @classmethod
    def _create_complaint(cls, **values):
        return cls.env["winback.complaint"].create(
            {"name": "Broken", "partner_id": cls.customer.id, **values}
        )

    @classmethod
    def _create_problem_order(cls, total=1000, partner=None, **values):
        """Create a confirmed order of `total`, taxes included."""
        order = cls._create_order(partner or cls.customer, 10, **values)
        cls._set_columns(order, amount_total=total)
        return order

    def _get_activities(self, complaint, kind):
        """Return the open activities of the kind answer, late or conflict."""
        kind = self.env.ref(f"winback_lost_customers.mail_act_complaint_{kind}")
        return complaint.activity_ids.filtered(lambda a: a.activity_type_id == kind)

    def assertDeadline(self, complaint, *moment):
        self.assertEqual(complaint.deadline, datetime(*moment))
