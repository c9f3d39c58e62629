from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

KPIS = ("kpi_winback_at_risk", "kpi_winback_at_stake", "kpi_winback_lost", "kpi_winback_won_back")


class DigestDigest(models.Model):
    """Customers at risk, lost and won back, in Odoo's regular e-mail of figures.

    Each reader gets the figures of the customers that it may see.
    """

    _inherit = "digest.digest"

    kpi_winback_at_risk = fields.Boolean("Customers at Risk")
    kpi_winback_at_risk_value = fields.Integer(compute="_compute_kpi_winback_at_risk_value")
    kpi_winback_at_stake = fields.Boolean("Sales at Stake")
    kpi_winback_at_stake_value = fields.Monetary(compute="_compute_kpi_winback_at_stake_value")
    kpi_winback_lost = fields.Boolean("Customers Lost")
    kpi_winback_lost_value = fields.Integer(compute="_compute_kpi_winback_lost_value")
    kpi_winback_won_back = fields.Boolean("Customers Won Back")
    kpi_winback_won_back_value = fields.Integer(compute="_compute_kpi_winback_won_back_value")

    def _compute_kpi_winback_at_risk_value(self):
        """Count who was at risk at the end of the time: who is so now, without those who
        have become so since, and with those who have ceased to be."""
        self._check_winback_reader()
        _start, end = self._get_winback_days()
        for digest in self:
            own = digest._get_winback_company_domain()
            now = self.env["winback.status"].search_count(own & Domain("state", "=", "at_risk"))
            changed = own & Domain("kind", "=", "state") & Domain("date", ">", end)
            changed &= Domain("status_id.active", "=", True)
            transitions = self.env["winback.transition"]
            became = transitions.search_count(changed & Domain("to_state", "=", "at_risk"))
            ceased = transitions.search_count(changed & Domain("from_state", "=", "at_risk"))
            digest.kpi_winback_at_risk_value = now - became + ceased

    def _compute_kpi_winback_at_stake_value(self):
        """Sum the expected loss of sales of who is at risk now. What it was earlier is not
        kept: zero says so, and then no comparison is shown."""
        self._check_winback_reader()
        _start, end = self._get_winback_days()
        for digest in self:
            company = digest.company_id or self.env.company
            domain = digest._get_winback_company_domain() & Domain("state", "=", "at_risk")
            [(amount,)] = self.env["winback.status"]._read_group(domain, [], ["expected_sales_loss:sum"])
            digest.kpi_winback_at_stake_value = amount if end >= company._winback_today() else 0

    def _compute_kpi_winback_lost_value(self):
        self._count_winback_changes(
            "kpi_winback_lost_value", self.env["winback.figures"]._get_lost_domain()
        )

    def _compute_kpi_winback_won_back_value(self):
        self._count_winback_changes(
            "kpi_winback_won_back_value", self.env["winback.figures"]._get_won_back_domain()
        )

    def _count_winback_changes(self, name, kind):
        """Write into the field `name` how many changes of this `kind` fell into the time."""
        self._check_winback_reader()
        start, end = self._get_winback_days()
        within = self.env["winback.figures"]._get_within_domain("date", start + timedelta(days=1), end)
        for digest in self:
            domain = digest._get_winback_company_domain() & kind & within
            digest[name] = self.env["winback.transition"].search_count(domain)

    def _check_winback_reader(self):
        """Leave these figures out of the e-mail of who is not in sales."""
        if not self.env.user.has_group("sales_team.group_sale_salesman"):
            raise AccessError(self.env._("Only people in sales see these figures."))

    def _get_winback_days(self):
        """Return the day before the time begins and its last day: so no day counts twice."""
        start, end, _companies = self._get_kpi_compute_parameters()
        return fields.Date.to_date(start), fields.Date.to_date(end)

    def _get_winback_company_domain(self):
        """Return the domain of the digest's company, else of the reader's."""
        return Domain("company_id", "=", (self.company_id or self.env.company).id)

    @api.model
    def _compute_kpis_actions(self, company, user):
        """Override of `digest` to open what is behind the figures."""
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("crm.crm_menu_root").id
        for name in KPIS:
            actions[name] = f"winback_lost_customers.winback_overview_action?menu_id={menu}"
        return actions
