from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.anonymize import anonymize

VOICES = 5  # at most, on either side
CORRECTION_STATES = ("planned", "doing", "done")


class WinbackPoll(models.Model):
    """Telling customers what came of their answers."""

    _inherit = "winback.poll"

    mailing_ids = fields.Many2many(
        "mailing.mailing",
        string="Feedback to Customers",
        readonly=True,
        copy=False,
        groups="mass_mailing.group_mass_mailing_user",  # others cannot read what is in it
        help="One for each language.",
    )

    def action_prepare_feedback(self):
        """Write the drafts of the mailings to all who were asked, one for each language of
        theirs; a person reads and sends them."""
        self.ensure_one()
        self.check_access("write")
        # sudo: a sales manager need not be allowed to mail, see `winback.mailing.approval`
        poll = self.sudo()
        drafts = poll.mailing_ids.filtered(lambda mailing: mailing.state == "draft")
        if drafts and drafts != poll.mailing_ids:
            return self.env["winback.mailing.approval"]._open(self)  # other languages are left
        if poll.mailing_ids - drafts:
            raise UserError(self.env._("Customers have been told already."))
        poll.mailing_ids.unlink()
        partners = poll._get_feedback_partners()
        if not partners:
            raise UserError(self.env._("Nobody has been asked yet."))
        by_lang = partners.grouped(poll._get_feedback_lang)
        poll.mailing_ids = poll.mailing_ids.create(
            [poll.with_context(lang=lang)._prepare_feedback_values(group) for lang, group in by_lang.items()]
        )
        return self.env["winback.mailing.approval"]._open(self)

    def _get_feedback_partners(self):
        """Return the contacts who were asked, whether they answered or not."""
        return self.invitation_ids.filtered("date_sent").contact_id.filtered("email_normalized")

    def _get_feedback_lang(self, partner):
        """Return the language in which `partner` is told: its own, if we speak it."""
        installed = dict(self.env["res.lang"].get_installed())
        return partner.lang if partner.lang in installed else self.company_id.partner_id.lang or "en_US"

    def _prepare_feedback_values(self, partners):
        """Return the values of the mailing."""
        body = self.env["ir.qweb"]._render(
            "winback_lost_customers_survey.feedback_mail", self._get_feedback_figures()
        )
        return {
            "subject": self.env._("What you told us, and what we change"),
            "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
            "mailing_domain": repr([("id", "in", partners.ids)]),
            "user_id": self.env.uid,
            "email_from": self.company_id.email_formatted or self.env.user.email_formatted,
            "body_arch": body,
            "body_html": body,
        }

    def _get_feedback_figures(self):
        """Return what the mailing tells: figures, voices, and the plan of corrections."""
        answers = self.env["winback.poll.answer"].search([("poll_id", "=", self.id)])
        domain = Domain("company_id", "=", self.company_id.id) & Domain("state", "in", CORRECTION_STATES)
        corrections = self.env["winback.poll.correction"].search(domain)
        return {
            "poll": self,
            "departments": self._get_department_means(answers),
            "liked": self._get_voices(answers, ("promoter",)),
            "disliked": self._get_voices(answers, ("passive", "detractor")),
            "corrections": corrections,
            "state_labels": dict(corrections._fields["state"]._description_selection(self.env)),
        }

    @api.model
    def _get_department_means(self, answers):
        """Return (department, mean score) where there are enough scores to tell."""
        departments = dict(self.env["winback.poll.score"]._get_departments())
        groups = self.env["winback.poll.score"]._read_group(
            [("answer_id", "in", answers.ids)], ["department"], ["score:avg"], having=[("__count", ">=", 10)]
        )
        return [(departments[department], f"{mean:.1f}") for department, mean in groups]

    @api.model
    def _get_voices(self, answers, categories):
        """Return what may be quoted of answers of these categories, without names."""
        quotable = answers.filtered(lambda a: a.may_quote and (a.text or "").strip() and a.category in categories)
        voices = (
            anonymize(answer.text, [answer.partner_id.name, answer.contact_id.name, answer.user_id.name])
            for answer in quotable
        )
        return list(dict.fromkeys(voices))[:VOICES]  # the same words once
