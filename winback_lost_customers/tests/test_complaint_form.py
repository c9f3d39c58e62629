from datetime import datetime, timedelta
from io import BytesIO
from unittest.mock import patch

from lxml import html

from odoo import http
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..controllers.winback_complaint import HONEYPOT
from ..models import winback_complaint_form as form
from .common_complaint import ComplaintCase

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
MONDAY_NOON = datetime(2026, 6, 15, 12)


class ComplaintFormCase(ComplaintCase):
    """A sender, and what it enters."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.complaints = cls.env["winback.complaint"].with_company(cls.company)
        cls.order = cls._create_problem_order()

    def _get_sender(self, partner=None, order=None):
        empty = self.complaints._get_unknown_sender(str(self.company.id))
        return {**empty, "partner": partner or empty["partner"], "order": order or empty["order"]}

    def _receive(self, partner=None, order=None, files=(), address="192.0.2.7", **values):
        values = {"email": "stranger@else.example.com", "text": "It broke.\nTwice.", **values}
        return self.complaints._receive_form(
            self._get_sender(partner, order), values, list(files), address
        )

    def _get_receipts(self, complaint):
        return self.env["mail.mail"].search(
            [
                ("model", "=", "winback.complaint"),
                ("res_id", "=", complaint.id),
                ("message_type", "=", "auto_comment"),
            ]
        )


@tagged("post_install", "-at_install")
class TestComplaintForm(ComplaintFormCase):
    """What the form takes and refuses."""

    def test_form_by_a_known_customer(self):
        complaint = self._receive(self.customer, self.order, subject="Broken", severity="serious")
        self.assertEqual(complaint.partner_id, self.customer)
        self.assertEqual(complaint.order_id, self.order)
        self.assertEqual((complaint.source, complaint.severity), ("web", "serious"))
        self.assertEqual((complaint.name, complaint.company_id), ("Broken", self.company))
        self.assertIn("It broke.<br", complaint.description)
        self.assertEqual(complaint.user_id, self.anna)
        self.assertEqual(len(self._get_activities(complaint, "answer")), 1)

    def test_form_by_a_stranger(self):
        complaint = self._receive(name="Sue")
        self.assertFalse(complaint.partner_id)
        self.assertEqual(complaint.email_from, "stranger@else.example.com")
        self.assertEqual(complaint.name, "It broke.")
        self.assertIn("nobody has checked", "".join(complaint.message_ids.mapped("body")))

    def test_form_with_the_address_and_order_of_a_customer(self):
        complaint = self._receive(
            email="Buyer@Customer.example.com", reference=f"no. {self.order.name}"
        )
        self.assertEqual((complaint.partner_id, complaint.order_id), (self.customer, self.order))

    def test_form_does_not_find_orders_of_others(self):
        self.assertFalse(self._receive(reference=self.order.name).order_id)

    def test_form_text_is_never_markup(self):
        complaint = self._receive(text="<script>alert(1)</script>", subject="<b>x</b>")
        self.assertNotIn("<script", complaint.description)
        self.assertEqual(complaint.name, "<b>x</b>")  # shown escaped, as any text

    def test_form_refuses_what_is_missing_or_too_long(self):
        for values in (
            {"text": " \n "},
            {"text": "x" * (form.MAX_TEXT + 1)},
            {"subject": "x" * (form.MAX_SUBJECT + 1)},
            {"email": ""},
            {"email": "no address"},
            {"email": f"{'a' * 300}@else.example.com"},
        ):
            with self.subTest(values=str(values)[:40]):
                self._check_refused(**values)
        self.assertTrue(self._receive(text="x" * form.MAX_TEXT))

    def _check_refused(self, **values):
        before = self.complaints.search_count([("source", "=", "web")])
        with self.assertRaises(form.UserError):
            self._receive(**values)
        self.assertEqual(self.complaints.search_count([("source", "=", "web")]), before)

    def test_form_files(self):
        complaint = self._receive(files=[("a.png", PNG), ("b.txt", b"plain words")])
        files = self.env["ir.attachment"].search(
            [("res_model", "=", "winback.complaint"), ("res_id", "=", complaint.id)]
        )
        self.assertEqual(sorted(files.mapped("name")), ["a.png", "b.txt"])
        self.assertFalse(any(files.mapped("public")))

    def test_form_refuses_harmful_many_and_large_files(self):
        self._check_refused(files=[("x.png", b"<html><script>alert(1)</script></html>")])
        self._check_refused(files=[("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>")])
        self._check_refused(files=[("x.png", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff")])
        self._check_refused(files=[("x.png", PNG)] * (form.MAX_FILES + 1))
        self._check_refused(files=[("x.txt", b"x" * (form.MAX_FILE_SIZE + 1))])

    def test_form_flood_from_one_place_is_stopped_for_an_hour(self):
        with freeze_time(MONDAY_NOON) as clock:
            for number in range(form.HOURLY_LIMITS["form_origin"]):
                self._set_columns(self._receive(text=f"{number}"), create_date=MONDAY_NOON)
            self._check_refused()
            self.assertTrue(self._receive(address="192.0.2.8"))
            clock.tick(timedelta(hours=1, seconds=1))
            self.assertTrue(self._receive())

    def test_form_flood_from_many_places_is_stopped(self):
        with patch.dict(form.HOURLY_LIMITS, {"company_id": 2}):
            self._receive(address="192.0.2.1")
            self._receive(address="192.0.2.2")
            self._check_refused(address="192.0.2.3")

    def test_form_does_not_keep_the_address_in_the_network(self):
        complaint = self._receive(address="192.0.2.7")
        self.assertNotIn("192.0.2.7", complaint.sudo().form_origin)

    # the receipt

    def test_receipt_tells_the_deadline_and_stops_no_clock(self):
        complaint = self._receive(self.customer, severity="serious")
        receipt = self._get_receipts(complaint)
        self.assertEqual(receipt.email_to, "buyer@customer.example.com")
        self.assertIn("06/15/2026", receipt.body_html)
        self.assertIn(":00:00", receipt.body_html)
        self.assertIn("auto-replied", receipt.headers)
        self.assertEqual(complaint.state, "new")
        self.assertFalse(complaint.date_answered)

    def test_receipt_goes_to_no_colleague_and_to_nobody_without_end(self):
        self.assertFalse(self._get_receipts(self._receive(email=self.anna.email)))
        complaints = [self._receive(address=f"192.0.2.{n}") for n in range(form.DAILY_RECEIPTS + 1)]
        sent = [len(self._get_receipts(complaint)) for complaint in complaints]
        self.assertEqual(sent, [1] * form.DAILY_RECEIPTS + [0])

    def test_receipt_is_in_the_language_of_the_sender(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref(form.RECEIPT)
        template.with_context(lang="fr_FR").subject = "Bien reçu"
        self.assertEqual(self._get_receipts(self._receive(lang="fr_FR")).subject, "Bien reçu")
        self.customer.lang = "fr_FR"
        self.assertEqual(self._get_receipts(self._receive(self.customer)).subject, "Bien reçu")
        self.assertIn("We have", self._get_receipts(self._receive(lang="xx_XX")).subject)

    # the link

    def _read(self, url):
        return self.complaints._read_form_token(url.rpartition("/")[2])

    def test_link_names_customer_company_and_order(self):
        sender = self._read(self.order._get_winback_complaint_url())
        self.assertEqual(sender["partner"], self.customer)
        self.assertEqual(sender["order"], self.order)
        self.assertEqual(sender["company"], self.company)

    def test_link_forged_or_old_is_nobody(self):
        token = self.complaints._sign_form_token(self.customer, self.company)
        for forged in ("", "x", "é" * 3, token[:-2] + "AA", token.swapcase(), "A" * 5000):
            with self.subTest(forged=forged[:20]):
                self.assertIsNone(self.complaints._read_form_token(forged))
        with freeze_time(MONDAY_NOON + timedelta(days=form.LINK_DAYS, seconds=1)):
            self.assertIsNone(self.complaints._read_form_token(token))

    def test_link_of_a_customer_who_moved_or_has_gone(self):
        partner = self._create_customer("Moving")
        token = self.complaints._sign_form_token(partner, self.company)
        partner.company_id = self.env["res.company"].create({"name": "Other"})
        self.assertIsNone(self.complaints._read_form_token(token))
        partner.unlink()
        self.assertIsNone(self.complaints._read_form_token(token))

    def test_link_does_not_show_orders_of_others(self):
        other = self._create_problem_order(partner=self._create_customer("Other"))
        token = self.complaints._sign_form_token(self.customer, self.company, other)
        self.assertFalse(self.complaints._read_form_token(token)["order"])


@tagged("post_install", "-at_install")
class TestComplaintPage(ComplaintFormCase, HttpCase):
    """The page itself, as a visitor without a login sees it."""

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _post(self, path="/complaint", files=None, **values):
        data = {
            "csrf_token": http.Request.csrf_token(self),
            "company": self.company.id,
            "email": "stranger@else.example.com",
            "text": "It broke.",
            **values,
        }
        return self.url_open(path, data=data, files=files)

    def _get_new(self):
        return self.complaints.search([("source", "=", "web")], order="id desc")

    def _get_words(self, response):
        return " ".join(html.fromstring(response.content).text_content().split())

    def test_page_takes_a_complaint(self):
        page = self.url_open(f"/complaint?company={self.company.id}")
        self.assertEqual(page.status_code, 200)
        fields = html.fromstring(page.content).forms[0].fields
        self.assertLessEqual(
            {"name", "email", "reference", "subject", "text", "severity", "files"}, set(fields)
        )
        answer = self._post(files=[("files", ("a.png", BytesIO(PNG), "image/png"))])
        self.assertIn("Thank you for telling us", self._get_words(answer))
        complaint = self._get_new()
        self.assertEqual((len(complaint), complaint.email_from), (1, "stranger@else.example.com"))
        self.assertEqual(complaint.message_attachment_count, 1)

    def test_page_has_a_place_for_all_that_is_taken(self):
        page = html.fromstring(self.url_open(f"/complaint?company={self.company.id}").content)
        names = {field.get("name") for field in page.xpath("//form//*[self::input or self::textarea]")}
        self.assertLessEqual({"name", "email", "reference", "subject", "text", "severity", "files"}, names)
        self.assertEqual(page.get_element_by_id("complaint_text").text or "", "")

    def test_page_answers_alike_whether_an_address_is_known(self):
        stranger = self._get_words(self._post())
        known = self._get_words(self._post(email="buyer@customer.example.com"))
        self.assertEqual(stranger, known)
        self.assertEqual(self._get_new()[:1].partner_id, self.customer)

    def test_page_of_a_personal_link(self):
        path = "/" + self.order._get_winback_complaint_url().split("/", 3)[3]
        page = self.url_open(path)
        words = self._get_words(page)
        self.assertIn("Customer, we are sorry", words)
        self.assertIn(self.order.name, words)
        self.assertNotIn('type="email"', page.text)
        self._post(path, email="")
        self.assertEqual(self._get_new().order_id, self.order)

    def test_page_of_a_forged_link_looks_like_no_link(self):
        page = self.url_open("/complaint/AAAA")
        self.assertEqual(page.status_code, 200)
        self.assertIn('type="email"', page.text)

    def test_page_keeps_what_was_entered_when_it_is_refused(self):
        answer = self._post(email="nonsense", subject="Cracked lid")
        self.assertEqual(answer.status_code, 400)
        self.assertIn("Please enter your e-mail address", self._get_words(answer))
        self.assertIn("Cracked lid", answer.text)
        self.assertFalse(self._get_new())

    def test_page_takes_nothing_from_programs(self):
        answer = self._post(**{HONEYPOT: "http://spam.example.com"})
        self.assertIn("Thank you for telling us", self._get_words(answer))
        self.assertFalse(self._get_new())

    def test_page_takes_nothing_without_its_own_token(self):
        with mute_logger("odoo.http"):
            answer = self._post(csrf_token="forged")
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self._get_new())

    def test_page_is_closed_by_the_settings(self):
        self.company.winback_complaint_form = False
        self.assertEqual(self.url_open(f"/complaint?company={self.company.id}").status_code, 404)
        self.assertEqual(self._post().status_code, 404)
        self.assertEqual(self.order._get_winback_complaint_url(), "")

    def test_page_survives_any_company(self):
        for company in ("x", "-1", "999999999999", "²", "0"):
            with self.subTest(company=company):
                self.assertEqual(self.url_open(f"/complaint?company={company}").status_code, 200)

    def test_page_of_an_order_has_the_link(self):
        page = self.url_open(self.order.get_portal_url())
        self.assertIn("o_winback_complaint_link", page.text)
        self.company.winback_complaint_form = False
        self.assertNotIn("o_winback_complaint_link", self.url_open(self.order.get_portal_url()).text)
