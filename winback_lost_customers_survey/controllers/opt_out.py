from odoo import http
from odoo.http import request

ROUTE = "/winback/poll/opt-out/<string:token>"


class WinbackPollOptOut(http.Controller):
    """No more mails, without logging in. Opening the link changes nothing, as mail scanners
    open links, too; the button does."""

    @http.route(ROUTE, type="http", auth="public", methods=["GET"], website=True, sitemap=False)
    def show(self, token):
        """Ask whether the customer is sure."""
        invitation = self._get_invitation(token)
        if not invitation:
            return request.not_found()
        return request.render(
            "winback_lost_customers_survey.opt_out", {"invitation": invitation, "token": token, "is_done": False}
        )

    @http.route(ROUTE, type="http", auth="public", methods=["POST"], website=True, sitemap=False)
    def confirm(self, token, **_post):
        """Put the address on the list of those that get no mails."""
        invitation = self._get_invitation(token)
        if not invitation:
            return request.not_found()
        invitation._opt_out()
        return request.render(
            "winback_lost_customers_survey.opt_out", {"invitation": invitation, "token": token, "is_done": True}
        )

    def _get_invitation(self, token):
        """Return the invitation with this token, empty for a forged one."""
        # sudo: who has the token is the one who was asked
        invitations = request.env["winback.poll.invitation"].sudo()
        invitation = invitations.search([("access_token", "=", token)], limit=1)
        return invitation.with_context(lang=invitation.lang or request.env.lang)
