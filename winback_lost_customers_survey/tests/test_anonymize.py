from odoo.tests import BaseCase, tagged

from ..tools.anonymize import anonymize


@tagged("post_install", "-at_install")
class TestAnonymize(BaseCase):
    def test_anonymize_hides_names_addresses_and_numbers(self):
        text = "Call ANNA Schmidt of Schmidt & Co, anna@schmidt.example, +49 (30) 123-4567, www.schmidt.example/x"
        hidden = anonymize(text, ["Anna Schmidt", "Schmidt & Co"])
        for word in ("anna", "schmidt", "4567", "example"):
            self.assertNotIn(word, hidden.lower())
        self.assertIn("Call", hidden)

    def test_anonymize_leaves_words_and_small_numbers(self):
        self.assertEqual(anonymize("3 of 10 were late", ["Al", None, ""]), "3 of 10 were late")

    def test_anonymize_does_not_cut_words_that_contain_a_name(self):
        self.assertEqual(anonymize("The annals", ["Ann"]), "The annals")
