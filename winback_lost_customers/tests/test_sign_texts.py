from odoo.tests import tagged

from ..tools.docstrings import HEADINGS, get_sections
from .common import WinbackCase


@tagged("post_install", "-at_install")
class TestSignTexts(WinbackCase):
    """The texts of a sign live in its docstring; the records show the same."""

    def test_texts_are_those_of_the_docstrings(self):
        for sign in self.shared_signs.with_context(lang=None):
            texts = sign._get_detector()._get_texts()
            with self.subTest(sign=sign.code):
                self.assertEqual(set(texts), set(HEADINGS))
                self.assertTrue(all(texts.values()))
                self.assertEqual({name: sign[name] for name in HEADINGS}, texts)

    def test_edited_texts_come_back_and_numbers_stay(self):
        sign = self.env.ref("winback_lost_customers.winback_sign_s6")
        before = sign.reason
        sign.write({"reason": "Because", "threshold": 77})
        self.env["winback.sign"]._load_texts()
        self.assertEqual((sign.reason, sign.threshold), (before, 77))

    def test_new_record_gets_the_texts(self):
        sign = self.env["winback.sign"].create(
            {
                "name": "Mine",
                "code": "MINE",
                "detector": "winback.sign.no_inquiry",
                "explanation": "{days}",
            }
        )
        self.assertEqual(sign.caveat, self.env["winback.sign.no_inquiry"]._get_texts()["caveat"])

    def test_evidence_leads_to_its_sign(self):
        customer = self._create_customer()
        self._create_order(customer, 120)
        evidence = self._get_evidence(customer, "S6")
        self.assertEqual(evidence.action_open_sign()["res_id"], evidence.sign_id.id)

    def test_sections_of_a_docstring_are_single_lines(self):
        text = """S0: a title.

        What it sees: one
        two.
        Why it matters: three.
        When it is wrong: four.

        More for developers.
        """
        self.assertEqual(
            get_sections(text), {"description": "One two.", "reason": "Three.", "caveat": "Four."}
        )

    def test_docstring_without_all_sections_has_none(self):
        self.assertEqual(get_sections("What it sees: one."), {})
        self.assertEqual(get_sections(None), {})
