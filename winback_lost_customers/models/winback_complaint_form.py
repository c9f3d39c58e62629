import hashlib
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _lang_get
from odoo.exceptions import UserError
from odoo.tools import email_normalize, plaintext2html
from odoo.tools.mimetypes import guess_mimetype
from odoo.tools.misc import hash_sign, hmac, verify_hash_signed

SCOPE = "winback_lost_customers.complaint_form"
LINK_DAYS = 730  # an old mail is what people look for when something is wrong
MAX_SUBJECT = 150  # characters
MAX_TEXT = 10_000
MAX_FILES = 5
MAX_FILE_SIZE = 10 * 1024 * 1024  # bytes
# complaints within an hour from one address of the network, and in all for a company
HOURLY_LIMITS = {"form_origin": 5, "company_id": 200}
DAILY_RECEIPTS = 3  # to one address: nobody is to be flooded through our form
FILE_TYPES = (
    "application/pdf",
    "text/plain",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
RECEIPT = "winback_lost_customers.mail_template_complaint_received"


class WinbackComplaint(models.Model):
    """The public form: who writes, what is taken, and the receipt."""

    _inherit = "winback.complaint"

    lang = fields.Selection(_lang_get, string="Language", help="In which the customer wrote.")
    form_origin = fields.Char(
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_system",
        help="Where a complaint of the public form came from, as a signature that tells "
        "whether two came from the same place and not from which.",
    )
    receipt_email = fields.Char(
        string="Receipt Sent To", readonly=True, copy=False, index="btree_not_null"
    )

    # ------------------------------------------------------------------
    # Who writes
    # ------------------------------------------------------------------

    @api.model
    def _sign_form_token(self, partner, company, order=None):
        """Return the token by which the form knows the contact `partner`, the `company`
        that is meant, and perhaps the `order` it is about."""
        values = [partner.id, company.id, order.id if order else False]
        # sudo: the secret with which it is signed is nobody's to read
        return hash_sign(self.sudo().env, SCOPE, values, expiration=timedelta(days=LINK_DAYS))

    @api.model
    def _read_form_token(self, token):
        """Return {"company", "partner", "order"} of a token; None if it is none of ours,
        too old, or the contact has gone or moved to another company since."""
        try:
            # sudo: the key of signatures is nobody's to read
            values = token and verify_hash_signed(self.sudo().env, SCOPE, token)
        except ValueError:  # not even of the form of a token
            values = None
        if not values:
            return None
        partner_id, company_id, order_id = values
        partner = self.env["res.partner"].browse(partner_id).exists()
        company = self.env["res.company"].browse(company_id).exists()
        if not company or not partner or partner.company_id not in (company.browse(), company):
            return None
        order = self.env["sale.order"].browse(order_id or []).exists()
        is_own = order.partner_id.commercial_partner_id == partner.commercial_partner_id
        if not is_own or order.company_id != company:
            order = order.browse()
        return {"company": company, "partner": partner, "order": order}

    @api.model
    def _get_unknown_sender(self, company_id=""):
        """Return the same of somebody we do not know.

        :param str company_id: as it came with the request, whatever it is
        """
        number = int(company_id) if company_id.isdecimal() and len(company_id) < 10 else 0
        company = self.env["res.company"].browse(number).exists()
        return {
            "company": company or self.env.company,
            "partner": self.env["res.partner"],
            "order": self.env["sale.order"],
        }

    # ------------------------------------------------------------------
    # What is taken
    # ------------------------------------------------------------------

    @api.model
    def _get_form_limits(self):
        """Return the limits that the form tells: characters, files, bytes."""
        return {
            "subject": MAX_SUBJECT,
            "text": MAX_TEXT,
            "files": MAX_FILES,
            "file_size": MAX_FILE_SIZE,
        }

    @api.model
    def _receive_form(self, sender, values, files, address):
        """Record a complaint from the form and send its receipt.

        :param dict sender: company, partner, order (`_read_form_token`)
        :param dict values: name, email, subject, text, reference, severity, lang: strings
        :param files: (name, bytes) of each attachment
        :param str address: of the sender in the network
        :raise UserError: where something is missing, wrong or too much; says what
        """
        company = sender["company"]
        complaints = self.with_company(company)
        origin = complaints._get_form_origin(address)
        complaints._check_form_flood(company, origin)
        entered = complaints._check_form_values(sender, values)
        complaints._check_form_files(files)
        complaint = complaints.create({**entered, "form_origin": origin})
        complaint._attach_form_files(files)
        if not sender["partner"]:
            complaint._log_unverified(values)
        complaint._send_receipt()
        return complaint

    @api.model
    def _get_form_origin(self, address):
        """Return the signature of an address in the network."""
        # sudo: the key of signatures is nobody's to read
        return hmac(self.sudo().env, SCOPE, address or "", hash_function=hashlib.sha256)[:32]

    @api.model
    def _check_form_flood(self, company, origin):
        """Refuse more than people would send within an hour."""
        hour_ago = fields.Datetime.now() - timedelta(hours=1)
        for name, value in (("form_origin", origin), ("company_id", company.id)):
            recent = [(name, "=", value), ("form_origin", "!=", False), ("create_date", ">=", hour_ago)]
            if self.search_count(recent, limit=HOURLY_LIMITS[name]) >= HOURLY_LIMITS[name]:
                raise UserError(
                    self.env._(
                        "We have received very many complaints within the last hour. Please try "
                        "again later, or write us an e-mail."
                    )
                )

    @api.model
    def _check_form_values(self, sender, values):
        """Return the values of the complaint that was entered."""
        texts = {name: str(value).replace("\x00", "").strip() for name, value in values.items()}
        subject, text = texts.get("subject", ""), texts.get("text", "")
        if not text:
            raise UserError(self.env._("Please tell us what went wrong."))
        if len(text) > MAX_TEXT or len(subject) > MAX_SUBJECT:
            raise UserError(
                self.env._(
                    "That is too long: at most %(subject)s characters in the subject and %(text)s in "
                    "the text. Please attach the rest as a file.",
                    subject=MAX_SUBJECT,
                    text=MAX_TEXT,
                )
            )
        reference = texts.get("reference", "")[:MAX_SUBJECT]
        known = sender["partner"] or self._find_form_customer(sender["company"], texts)
        order = sender["order"] or self._find_order(
            {"subject": f"{reference} {subject}"}, known, sender["company"]
        )
        langs = {code for code, _name in self.env["res.lang"].get_installed()}
        return {
            "name": subject or text.splitlines()[0][:80],
            "description": plaintext2html(text),
            "source": "web",
            "severity": "serious" if texts.get("severity") == "serious" else "small",
            "company_id": sender["company"].id,
            "partner_id": known.id,
            "order_id": order.id,
            "email_from": sender["partner"].email or texts.get("email"),
            "lang": texts["lang"] if texts.get("lang") in langs else False,
        }

    @api.model
    def _find_form_customer(self, company, texts):
        """Return the contact with the entered address, empty if there is none."""
        email = email_normalize(texts.get("email") or "")
        if not email or len(email) > 254:
            raise UserError(self.env._("Please enter your e-mail address, so that we can answer."))
        return self._find_customer({"email_from": email}, company)

    @api.model
    def _check_form_files(self, files):
        """Refuse too many, too large, and files that could do harm when opened."""
        if len(files) > MAX_FILES:
            raise UserError(self.env._("Please attach at most %s files.", MAX_FILES))
        for name, content in files:
            if len(content) > MAX_FILE_SIZE:
                raise UserError(
                    self.env._(
                        "%(file)s is too large: at most %(size)s MB.",
                        file=name,
                        size=MAX_FILE_SIZE // 1024**2,
                    )
                )
            kind = guess_mimetype(content)
            if kind not in FILE_TYPES and (not kind.startswith("image/") or "svg" in kind):
                raise UserError(
                    self.env._("%s is not a picture, a PDF, a text or a spreadsheet.", name)
                )

    def _attach_form_files(self, files):
        """Attach what was sent along."""
        self.ensure_one()
        self.env["ir.attachment"].create(
            [
                {"name": name[-120:], "raw": content, "res_model": self._name, "res_id": self.id}
                for name, content in files
            ]
        )

    def _log_unverified(self, values):
        """Note that anybody could have entered the address."""
        self.ensure_one()
        self._message_log(
            body=self.env._(
                "Entered in the public form without a personal link, as “%(name)s”: nobody has "
                "checked the address.",
                name=str(values.get("name") or "")[:MAX_SUBJECT],
            )
        )

    # ------------------------------------------------------------------
    # The receipt
    # ------------------------------------------------------------------

    def _send_receipt(self):
        """Tell the sender that the complaint has come, and until when we answer.

        A receipt is no answer: it goes past the thread, so the clock runs on. An address
        gets a few in a day and no more, so that neither two mail robots nor a stranger who
        enters somebody else's address can make us send without end.
        """
        self.ensure_one()
        email = email_normalize(self.email_from or "")
        template = self.env.ref(RECEIPT, raise_if_not_found=False)
        if not email or not template or not self._may_send_receipt(email):
            return
        self.receipt_email = email
        template.send_mail(
            self.id,
            email_layout_xmlid="winback_lost_customers.mail_layout_customer",
            email_values={
                "email_to": email,
                "message_type": "auto_comment",
                "headers": repr({"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}),
            },
        )

    def _may_send_receipt(self, email):
        """Tell whether the address is a stranger's who has not had enough today."""
        day_ago = fields.Datetime.now() - timedelta(days=1)
        sent = [("receipt_email", "=", email), ("create_date", ">=", day_ago)]
        if self.search_count(sent, limit=DAILY_RECEIPTS) >= DAILY_RECEIPTS:
            return False
        # sudo: addresses of ours are for administrators to read
        if self.env["mail.alias"].sudo().search_count([("alias_full_name", "=", email)], limit=1):
            return False
        colleague = [("email_normalized", "=", email), ("partner_share", "=", False)]
        return not self.env["res.partner"].search_count(colleague, limit=1)

    def _get_receipt_lang(self):
        """Return the language of the receipt: as written, else the customer's."""
        self.ensure_one()
        return self.lang or self.partner_id.lang or self.env.lang


class ResPartner(models.Model):
    """The personal link to the form."""

    _inherit = "res.partner"

    def _get_winback_complaint_url(self, company=None, order=None):
        """Return the address of the complaint form that knows this contact, in its language.

        For mails and pages that only the contact gets. :param company: whom it complains
        to; the user's one if none is given. :param order: which it is about
        """
        self.ensure_one()
        company = company or self.env.company
        token = self.env["winback.complaint"]._sign_form_token(self, company, order)
        lang = self.env["res.lang"]._get_data(code=self.lang)
        path = f"/{lang.url_code}/complaint/{token}" if lang else f"/complaint/{token}"
        return f"{company.get_base_url()}{path}"


class SaleOrder(models.Model):
    """The link to the form on an order's page."""

    _inherit = "sale.order"

    def _get_winback_complaint_url(self):
        """Return the address of the form that knows customer and order; empty where the
        company has closed it."""
        self.ensure_one()
        # sudo: settings of the company; the customer sees only the link
        if not self.company_id.sudo().winback_complaint_form:
            return ""
        return self.partner_id._get_winback_complaint_url(self.company_id, self)
