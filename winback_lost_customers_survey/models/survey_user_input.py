import logging

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, models

_logger = logging.getLogger(__name__)


class SurveyUserInput(models.Model):
    """The answer sheet of an invitation."""

    _inherit = "survey.user_input"

    def _mark_done(self):
        """Override of `survey` to note the answers of win-back polls.

        The customer's answer is stored already; whatever fails from here on must not take
        it back, and is tried again by the scheduled action.
        """
        result = super()._mark_done()
        for sheet in self.filtered(lambda sheet: not sheet.test_entry):
            sheet._winback_note_answer()
        return result

    def _save_lines(self, question, answer, comment=None, overwrite_existing=True):
        """Override of `survey` to let a customer send again after one of the answers was
        refused: Odoo has stored the others by then, and would refuse all of them."""
        if not overwrite_existing and self.state != "done" and self._winback_get_invitation():
            overwrite_existing = True
        return super()._save_lines(question, answer, comment=comment, overwrite_existing=overwrite_existing)

    def _winback_note_answer(self):
        """Note the answer, promise the gift and have somebody react, as far as it works."""
        self.ensure_one()
        # the request is the visitor's; what follows from the answer is the system's
        sheet = self.with_user(SUPERUSER_ID)
        invitation = sheet.env["winback.poll.invitation"].search([("user_input_id", "=", sheet.id)])
        if invitation:
            invitation = invitation.with_company(invitation.company_id)
            invitation = invitation.with_context(lang=None, tracking_disable=True)
            invitation._note_answer_or_log()

    def _winback_get_invitation(self):
        """Return the invitation that this sheet answers, empty for any other survey."""
        self.ensure_one()
        # sudo: whoever has the token of the sheet may see what belongs to it
        return self.env["winback.poll.invitation"].sudo().search([("user_input_id", "=", self.id)])

    def _winback_get_gift(self):
        """Return the gift for this answer, for the last page; empty where there is none."""
        # sudo: as above
        gift = self._winback_get_invitation().gift_ids.sudo()[:1]
        return gift.with_context(lang=self.lang_id.code or self.env.lang)


class WinbackPollInvitation(models.Model):
    """What follows from an answer."""

    _inherit = "winback.poll.invitation"

    def _note_answer_or_log(self):
        """Do what follows from the answer, each step on its own: one that fails takes
        nothing else back."""
        self.ensure_one()
        for step in ("_record_answer", "_give_gift", "_react"):
            try:
                with self.env.cr.savepoint():
                    getattr(self, step)()
            except OperationalError:
                raise  # another transaction was faster: all of it is done again
            except Exception:  # pylint: disable=broad-except
                _logger.exception("Answer %s of a win-back poll: %s failed", self.id, step)
