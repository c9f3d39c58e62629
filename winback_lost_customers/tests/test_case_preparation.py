from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common_case import MODULE, CaseCase


@tagged("post_install", "-at_install")
class TestCasePreparation(CaseCase):
    def setUp(self):
        super().setUp()
        self.points = self.env["winback.preparation"]
        self.points.search([]).active = False
        self.general = self.points.create({"name": "Read the history"})
        self.by_reason = self.points.create(
            {"name": "Ask the warehouse", "reason_ids": self.delivery.ids}
        )
        self.by_class = self.points.create(
            {"name": "Call the director", "value_class_ids": self.gold.ids}
        )

    def _get_points(self, case):
        return case.check_ids.preparation_id

    def test_checklist_is_by_reason(self):
        case = self._open()
        self.assertEqual(self._get_points(case), self.general)
        case._set_reason(self.delivery)
        self.assertEqual(self._get_points(case), self.general | self.by_reason)
        case._set_reason(self.reason)
        self.assertEqual(self._get_points(case), self.general)

    def test_checklist_is_by_class(self):
        self._set_columns(self.status, value_class_id=self.gold.id)
        self.assertEqual(self._get_points(self._open()), self.general | self.by_class)

    def test_points_of_another_company_are_not_asked_for(self):
        self.general.company_id = self._create_company("Other Test Company")
        self.assertFalse(self._open().check_ids)

    def test_what_is_ready_stays_on_the_checklist(self):
        case = self._open()
        case._set_reason(self.delivery)
        case.check_ids.is_done = True
        case._set_reason(self.reason)
        self.assertEqual(self._get_points(case), self.general | self.by_reason)

    def test_tick_is_dated_and_named(self):
        check = self._open().with_user(self.senior).check_ids
        check.action_toggle()
        self.assertEqual(check.date_done, self.today)
        self.assertEqual(check.user_id, self.senior)
        check.action_toggle()
        self.assertFalse(check.date_done)
        self.assertFalse(check.user_id)

    def test_contact_waits_for_the_reason(self):
        case = self._open()
        case.check_ids.is_done = True
        self.assertFalse(case.is_prepared)
        with self.assertRaisesRegex(UserError, "Missing: the reason$"):
            case._log_contact("reached")

    def test_contact_waits_for_the_checklist(self):
        case = self._open()
        case._set_reason(self.reason)
        with self.assertRaisesRegex(UserError, "Missing: Read the history$"):
            case._log_contact("reached")
        case.check_ids.is_done = True
        self.assertTrue(case.is_prepared)
        case._log_contact("reached")
        self.assertEqual(case.state, "contact")

    def test_new_point_of_another_reason_takes_the_stage_back(self):
        case = self._open_prepared()
        self.assertEqual(case.state, "prepared")
        case._set_reason(self.delivery)
        self.assertEqual(case.state, "reason")

    def test_contacts_are_not_planned_while_the_checklist_changes(self):
        points = self.points.create({"name": "Prices", "reason_ids": self.reason.ids})
        case = self._open(reason_id=self.reason.id)
        case.check_ids.filtered(lambda c: c.preparation_id == self.general).is_done = True
        case._set_reason(self.delivery)
        self.assertNotIn(points, self._get_points(case))
        self.assertEqual(case.state, "reason")
        self.assertEqual(case.planned_count, 0)


@tagged("post_install", "-at_install")
class TestCaseScript(CaseCase):
    def _get_script(self, script, **values):
        self.reason.script = script
        return self._open(reason_id=self.reason.id, **values).script

    def test_script_is_filled(self):
        self.env["res.partner"].create(
            {"name": "Person", "parent_id": self.customer.id, "phone": "+49 40 123"}
        )
        script = self._get_script(
            "<p>{owner} calls {contact} of {customer} at {phone} after {last_order} of {before}</p>"
        )
        for words in (self.senior.name, "Person", "Customer", "+49 40 123", self.anna.name,
                      self.status.last_order_id.name):  # fmt: skip
            self.assertIn(words, script)
        self.assertNotIn("{", script)

    def test_filled_words_are_escaped(self):
        script = self._get_script("<p>{competitor}</p>", competitor="<i>A&B</i>")
        self.assertIn("&lt;i&gt;A&amp;B&lt;/i&gt;", script)

    def test_missing_words_are_made_good(self):
        self.reason.script = "<p>{competitor}, {offer}</p>"
        case = self._open(reason_id=self.reason.id)
        case.offer_id = False
        script = case.script
        self.assertIn("the other supplier, the offer (choose one first)", script)

    def test_unknown_placeholder_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "“{nonsense}” cannot be filled"):
            self.reason.script = "<p>{customer} {nonsense}</p>"

    def test_delivered_scripts_can_be_filled_for_every_reason(self):
        case = self._open()
        for reason in self.env["winback.reason"].search([("code", "!=", False)]):
            with self.subTest(reason.code):
                case.reason_id = reason
                self.assertTrue(case.script)
                self.assertNotRegex(case.script, r"\{\w+\}")

    def test_colleague_reads_the_history_in_the_script(self):
        self.reason.script = "<p>{last_order}: {amount}</p>"
        script = self._open(reason_id=self.reason.id).with_user(self.senior).script
        self.assertIn(self.status.last_order_id.name, script)
        self.assertIn("3,000.00", script)

    def test_report_is_printed_for_its_owner(self):
        case = self._open(reason_id=self.reason.id).with_user(self.senior)
        report = self.env.ref(f"{MODULE}.winback_case_script_report").with_user(self.senior)
        html, _kind = report._render_qweb_html(report.report_name, case.ids)
        html = html.decode()
        for words in ("Customer", "how to win them back", self.reason.name, "What to say",
                      "Ready before the first contact", self.senior.name):  # fmt: skip
            self.assertIn(words, html)
        self.assertEqual(case.action_print_script()["report_name"], report.report_name)
