from odoo import SUPERUSER_ID, http
from odoo.exceptions import UserError
from odoo.http import request

HONEYPOT = "homepage"  # a field that no person sees, so that only programs fill it in


class WinbackComplaintForm(http.Controller):
    """The complaint door: a page that is open to everybody, day and night.

    It says nothing about whether an address or a link is known to us: an old or forged
    personal link shows the same page as no link at all.
    """

    @http.route(
        ["/complaint", "/complaint/<string:token>"],
        type="http",
        auth="public",
        website=True,
        methods=["GET", "POST"],
        sitemap=False,
    )
    def complaint(self, token="", company="", **values):
        """Show the form, and take what was entered in it.

        :param token: signed link of a customer (`_get_winback_complaint_url`)
        :param company: id of the company where no token names it
        """
        complaints = self._get_complaints()
        sender = complaints._read_form_token(token) or complaints._get_unknown_sender(company)
        if not sender["company"].winback_complaint_form:
            raise request.not_found()
        if request.httprequest.method == "GET":
            return self._show_form(sender, token)
        if not values.get(HONEYPOT):
            try:
                with request.env.cr.savepoint():
                    self._receive(complaints, sender, values)
            except UserError as error:
                return self._show_form(sender, token, values, error.args[0])
        return request.redirect(f"/complaint/received?company={sender['company'].id}")

    @http.route(
        "/complaint/received", type="http", auth="public", website=True, methods=["GET"], sitemap=False
    )
    def complaint_received(self, company="", **_values):
        """Thank, and say by when there will be an answer."""
        sender = self._get_complaints()._get_unknown_sender(company)
        return request.render("winback_lost_customers.complaint_received", sender)

    def _get_complaints(self):
        """Return the complaints with the rights of the system.

        As another user: visitors have no rights to customers and complaints, and may not
        read what they are matched with; like the sender of an e-mail to the alias.
        """
        return request.env["winback.complaint"].with_user(SUPERUSER_ID)

    def _receive(self, complaints, sender, values):
        """Record what was entered."""
        files = [
            (file.filename, file.read(complaints._get_form_limits()["file_size"] + 1))
            for file in request.httprequest.files.getlist("files")[:20]
            if file.filename
        ]
        values = {**values, "lang": request.env.lang}
        complaints._receive_form(sender, values, files, request.httprequest.remote_addr)

    def _show_form(self, sender, token, values=None, error=None):
        """Render the form, again with what was entered where that was refused."""
        return request.render(
            "winback_lost_customers.complaint_form",
            {
                **sender,
                "token": token,
                "values": values or {},
                "error": error,
                "honeypot": HONEYPOT,
                "limits": self._get_complaints()._get_form_limits(),
            },
            status=400 if error else 200,
        )
