import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

CUSTOMERS = 3


class ResCompany(models.Model):
    """Whether salespeople get the weekly mail."""

    _inherit = "res.company"

    winback_weekly_mail = fields.Boolean(
        string="Weekly Mail to Salespeople",
        default=True,
        help="Every Monday: the three customers to call, and why.",
    )


class ResConfigSettings(models.TransientModel):
    """The weekly mail in the settings."""

    _inherit = "res.config.settings"

    winback_weekly_mail = fields.Boolean(related="company_id.winback_weekly_mail", readonly=False)


class ResUsers(models.Model):
    """Whether somebody wants the weekly mail."""

    _inherit = "res.users"

    winback_weekly_mail = fields.Boolean(
        string="Win-Back Mail on Mondays",
        default=True,
        help="The three customers to call, and why.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        """Override of `base`: everybody decides about the own mail."""
        return super().SELF_READABLE_FIELDS + ["winback_weekly_mail"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        """Override of `base`: everybody decides about the own mail."""
        return super().SELF_WRITEABLE_FIELDS + ["winback_weekly_mail"]


class WinbackWeeklyMail(models.Model):
    """Each mail that a salesperson got: the three customers to call this week, and why.

    A row is written in the transaction that makes the mail, and can be there only once for
    a person, company and week: however often the scheduled action runs, wherever it was
    interrupted, nobody gets the mail twice.
    """

    _name = "winback.weekly.mail"
    _description = "Win-Back Weekly Mail"
    _order = "week desc, id desc"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users", string="Salesperson", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    week = fields.Date(string="Week of", required=True, readonly=True)

    _once_uniq = models.Constraint(
        "UNIQUE(user_id, company_id, week)", "This person has got the mail of the week already."
    )

    @api.model
    def _get_week(self, company):
        """Return the Monday of the present week."""
        today = company._winback_today()
        return today - timedelta(days=today.weekday())

    @api.model
    def _get_due(self, company):
        """Return who is still to get the mail of this week: people in sales who want it,
        have an address and work in the company."""
        done = self.search([("company_id", "=", company.id), ("week", "=", self._get_week(company))])
        salespeople = self.env.ref("sales_team.group_sale_salesman")
        return self.env["res.users"].search(
            Domain("all_group_ids", "in", salespeople.ids)
            & Domain("company_ids", "in", company.ids)
            & Domain("share", "=", False)
            & Domain("winback_weekly_mail", "=", True)
            & Domain("email", "!=", False)
            & Domain("id", "not in", done.user_id.ids)
        )

    @api.model
    def _send(self, user, company):
        """Make the mail of the week for `user`, if there is anybody to call.

        The row is written in any case: whoever had nobody to call on Monday is not to get
        a mail in the middle of the week.

        :return: the mail, or an empty recordset
        """
        self.create([{"user_id": user.id, "company_id": company.id, "week": self._get_week(company)}])
        calls = self._get_calls(user, company)
        if not calls["rows"]:
            return self.env["mail.mail"]
        return self.env["mail.mail"].create([self._prepare_mail_values(user, company, calls)])

    @api.model
    def _get_calls(self, user, company):
        """Return whom `user` should call, as its overview says, with its own rights."""
        overview = (
            self.env["winback.overview"]
            .with_user(user)
            .with_context(allowed_company_ids=company.ids, lang=user.lang, tz=user.tz)
        )
        return overview._get_calls(overview._get_scope({}), limit=CUSTOMERS)

    @api.model
    def _prepare_mail_values(self, user, company, calls):
        """Return the values of the mail, in the language of `user`."""
        texts = self.with_context(lang=user.lang, tz=user.tz).with_company(company)
        values = {
            "user": user.with_context(lang=user.lang),
            "company": company,
            "calls": calls,
            "currency": company.currency_id,
            "url": f"{company.get_base_url()}/odoo",
        }
        body = texts.env["ir.qweb"]._render("winback_lost_customers.winback_weekly_mail", values)
        return {
            "subject": texts.env._("Three customers to call this week")
            if len(calls["rows"]) == CUSTOMERS
            else texts.env._("Customers to call this week"),
            "body_html": body,
            "email_from": company.email_formatted or self.env.user.email_formatted,
            "email_to": user.email_formatted,
            "author_id": company.partner_id.id,
            "auto_delete": True,
            "state": "outgoing",
        }

    @api.model
    def _cron_send(self):
        """Make the mails of the week, one person after the other. Whoever's mail cannot be
        made is logged, and does not keep the others from theirs."""
        companies = self.env["res.company"].search([("active", "=", True), ("winback_weekly_mail", "=", True)])
        due = [(user, company) for company in companies for user in self._get_due(company)]
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(due))
        for user, company in due:
            try:
                with self.env.cr.savepoint():
                    self._send(user, company)
            # whatever is wrong with one, it must not stop the others
            except Exception:  # noqa: BLE001 pylint: disable=broad-except
                _logger.exception("Win-back mail of the week for %s (%s) failed", user.login, company.name)
            if not progress._commit_progress(1):
                break
