from odoo.tests import TransactionCase, tagged

# of a report: field that shows what is chosen on (model, field)
BORROWED = {
    ("winback.case.report", "state"): ("winback.case", "state"),
    ("winback.case.report", "source"): ("winback.case", "source"),
    ("winback.case.report", "reason_group"): ("winback.reason", "group"),
    ("winback.offer.report", "kind"): ("winback.offer", "kind"),
    ("winback.offer.report", "state"): ("winback.grant", "state"),
    ("winback.contact.report", "outcome"): ("mail.activity", "winback_outcome"),
    ("winback.complaint.report", "severity"): ("winback.complaint", "severity"),
    ("winback.complaint.report", "source"): ("winback.complaint", "source"),
    ("winback.complaint.report", "satisfied"): ("winback.complaint", "satisfied"),
    ("winback.setup", "winback_population"): ("res.company", "winback_population"),
}


@tagged("post_install", "-at_install")
class TestSelectionLabels(TransactionCase):
    def test_reports_show_choices_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        for (report, name), (model, origin) in BORROWED.items():
            with self.subTest(report=report, field=name):
                field = self.env["ir.model.fields"]._get(model, origin)
                for choice in field.selection_ids:
                    choice.with_context(lang="fr_FR").name = f"fr {choice.value}"
                shown = self.env[report].with_context(lang="fr_FR").fields_get([name])[name]["selection"]
                self.assertEqual(shown, [(value, f"fr {value}") for value in field.selection_ids.mapped("value")])
                english = self.env[report].fields_get([name])[name]["selection"]
                self.assertEqual(english, [(choice.value, choice.name) for choice in field.selection_ids])
