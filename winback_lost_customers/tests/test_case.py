from unittest.mock import patch

from psycopg2.errors import UniqueViolation
from psycopg2.extras import Json

from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_case import REASON_TYPE, CaseCase


@tagged("post_install", "-at_install")
class TestCaseOpening(CaseCase):
    def test_opening_freezes_what_is_known(self):
        self._set_columns(self.status, value_class_id=self.gold.id, score=77)
        case = self._open()
        self._set_columns(self.status, state="active", score=1, amount_active_year=5)
        self.assertEqual(case.opening_state, "lost")
        self.assertEqual(case.opening_score, 77)
        self.assertEqual(case.opening_class_id, self.gold)
        self.assertEqual(case.opening_amount, 3000)
        self.assertEqual(case.opening_margin, 900)
        self.assertEqual(case.opening_sign_ids, self.status.evidence_ids.sign_id)
        self.assertTrue(case.opening_sign_ids)

    def test_why_is_told_as_of_the_opening_in_the_readers_language(self):
        case = self._open()
        told = case.opening_why
        self.assertEqual(told, case.opening_summary)
        self.assertTrue(told)
        sign = case.opening_sign_ids.filtered(lambda sign: "{days}" in (sign.explanation or ""))[:1]
        self.assertTrue(sign)
        days = self.status.evidence_ids.filtered(lambda line: line.sign_id == sign)[:1]._get_days()
        self.env["res.lang"]._activate_lang("fr_FR")
        sign.with_context(lang="fr_FR").explanation = "Rien depuis {days} jours."
        for line in self.status.evidence_ids:  # the present changes, what was known does not
            self._set_columns(line, reference_date=self.today)
        case.invalidate_recordset()
        self.assertEqual(case.opening_why, told)
        self.assertIn(f"Rien depuis {days} jours.", case.with_context(lang="fr_FR").opening_why)

    def test_why_outlives_a_deleted_sign_and_old_cases(self):
        case = self._open()
        told = case.opening_summary
        self._set_columns(case, opening_evidence=None)
        self.assertEqual(case.opening_why, told)
        [told_first, *_others] = self.status._get_telling_evidence()._freeze()
        sign = self.env["winback.sign"].browse(told_first["sign_id"]).copy({"code": "gone"})
        frozen = [{**told_first, "sign_id": sign.id}]
        self._set_columns(case, opening_evidence=Json(frozen))
        case.invalidate_recordset()
        self.assertEqual(len(case.opening_why.splitlines()), 1)
        self.assertNotEqual(case.opening_why, told)
        sign.unlink()
        case.invalidate_recordset()
        self.assertEqual(case.opening_why, told)

    def test_case_has_dates_owner_and_question(self):
        case = self._open()
        self.assertEqual(case.state, "new")
        self.assertEqual(case.date_open, self.today)
        self.assertEqual(case.date_next, self._day(-3))
        self.assertEqual(case.lost_by_user_id, self.anna)
        self.assertEqual(case.user_id, self.senior)
        self.assertEqual(self._get_planned(case, REASON_TYPE).user_id, self.anna)

    def test_handover_note_tells_the_history(self):
        note = self._open().handover_note
        self.assertIn("wbc_anna", note)
        self.assertIn(self.status.last_order_id.name, note)

    def test_second_opening_returns_the_open_case(self):
        case = self._open()
        self.assertEqual(self._open(), case)
        self.assertEqual(self._open(self.customer | self._create_customer("Two")) - case,
                         self.cases.search([("partner_id.name", "=", "Two")]))  # fmt: skip

    @mute_logger("odoo.sql_db")
    def test_database_holds_one_open_case_per_customer(self):
        values = {"partner_id": self.customer.id, "company_id": self.company.id}
        case = self.cases.create(values)
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.cases.create(values)
        self.assertEqual(self.cases.search([("partner_id", "=", self.customer.id)]), case)

    def test_another_company_has_a_case_of_its_own(self):
        other = self._create_company("Other Test Company")
        case = self._open()
        self.assertNotEqual(self.cases._open(other, self.customer), case)

    def test_contact_stands_for_its_organisation(self):
        contact = self.env["res.partner"].create(
            {"name": "Person", "parent_id": self.customer.id}
        )
        case = self._open(contact)
        self.assertEqual(case.partner_id, self.customer)
        self.assertEqual(self._open(), case)

    def test_customer_of_another_company_is_refused(self):
        other = self._create_company("Other Test Company")
        foreign = self._create_customer("Foreign", company_id=other.id)
        with self.assertRaisesRegex(UserError, "another company"):
            self._open(self.customer | foreign)
        self.assertFalse(self.cases.search([("partner_id", "in", (self.customer | foreign).ids)]))

    def test_owner_who_works_in_another_company_is_refused(self):
        other = self._create_company("Other Test Company")
        stranger = self._create_user("wbc_stranger", "sales_team.group_sale_salesman")
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        with self._refused("does not work in"):
            self._open(user=stranger)
        self.senior.active = False
        with self._refused("does not work in"):
            self._open(user=self.senior)
        self.assertFalse(self.cases.search([("partner_id", "=", self.customer.id)]))

    def test_successor_of_another_company_is_refused(self):
        other = self._create_company("Other Test Company")
        foreign = self._create_customer("Foreign", company_id=other.id)
        case = self._open()
        with self._refused("Foreign is a customer of another company"):
            case.successor_id = foreign

    def test_closed_attempt_before_is_linked(self):
        first = self._open()
        first._close("later", retry_date=self._day(-30))
        second = self._open()
        self.assertNotEqual(second, first)
        self.assertEqual(second.previous_case_id, first)

    def test_dismissed_case_is_no_attempt_before(self):
        self._open()._close("dismissed")
        self.assertFalse(self._open().previous_case_id)

    def test_known_reason_is_not_asked_for(self):
        case = self._open(reason_id=self.reason.id)
        self.assertEqual(case.state, "reason")
        self.assertFalse(self._get_planned(case, REASON_TYPE))

    def test_without_a_checklist_a_known_reason_is_all_there_is_to_prepare(self):
        self.env["winback.preparation"].search([]).active = False
        self.assertEqual(self._open(reason_id=self.reason.id).state, "prepared")

    def test_leader_is_asked_when_the_salesperson_has_left(self):
        self.customer.user_id = False
        self.anna.active = False
        case = self._open()
        self.assertEqual(self._get_planned(case, REASON_TYPE).user_id, self.leader)

    def test_users_create_no_cases_past_the_opening(self):
        with self.assertRaisesRegex(UserError, "from its customer"):
            self.cases.with_user(self.boss).create({"partner_id": self.customer.id})

    def test_case_is_named_as_its_customer_is(self):
        case = self._open()
        self.customer.name = "Renamed"
        self.assertEqual(case.name, "Renamed")


@tagged("post_install", "-at_install")
class TestCaseStages(CaseCase):
    def setUp(self):
        super().setUp()
        self.case = self._open().with_user(self.senior)

    def test_stage_follows_reason_and_checklist(self):
        self.case._set_reason(self.reason, competitor="Rival")
        self.assertEqual(self.case.state, "reason")
        self.assertEqual(self.case.competitor, "Rival")
        self.case.check_ids.is_done = True
        self.assertEqual(self.case.state, "prepared")
        self.case.check_ids[0].action_toggle()
        self.assertEqual(self.case.state, "reason")
        self.case.reason_id = False
        self.assertEqual(self.case.state, "new")

    def test_reason_of_the_customer_counts_more(self):
        self.case._set_reason(self.reason)
        self.case.customer_reason_id = self.delivery
        self.assertEqual(self.case._get_reason(), self.delivery)

    def test_stages_need_their_condition(self):
        for state, words in (("reason", "Say first why"), ("prepared", "Missing: the reason"),
                             ("contact", "Missing: the reason")):  # fmt: skip
            with self.subTest(state), self._refused(words):
                self.case.state = state
            self.assertEqual(self.case.state, "new")

    def test_end_is_reached_by_the_buttons_only(self):
        for state in ("won", "later", "gone", "dismissed"):
            with self.subTest(state), self.assertRaisesRegex(UserError, "buttons"):
                self.case.state = state

    def test_closed_case_is_not_moved(self):
        self.case._close("gone")
        with self.assertRaisesRegex(UserError, "is closed"):
            self.case.state = "new"

    def test_stage_is_dated(self):
        self._set_columns(self.case, date_state=self._day(9))
        self.assertEqual(self.case.stage_days, 9)
        self.case._set_reason(self.reason)
        self.assertEqual(self.case.date_state, self.today)
        self.assertEqual(self.case.stage_days, 0)

    def test_facts_of_the_system_are_not_forged(self):
        order = self.status.last_order_id
        for name, value in (("won_order_id", order.id), ("opening_score", 1),
                            ("lost_by_user_id", False), ("date_closed", self.today),
                            ("planned_count", 9), ("partner_id", self.company.partner_id.id)):  # fmt: skip
            with self.subTest(name), self.assertRaisesRegex(AccessError, "by the system only"):
                self.case.write({name: value})

    def test_customer_is_not_its_own_successor(self):
        with self.assertRaisesRegex(ValidationError, "own successor"):
            self.case.successor_id = self.customer

    def test_who_lost_the_customer_does_not_become_the_owner(self):
        with self.assertRaisesRegex(ValidationError, "somebody else must win it back"):
            self.case.sudo().user_id = self.anna


@tagged("post_install", "-at_install")
class TestCaseClosing(CaseCase):
    def setUp(self):
        super().setUp()
        self.case = self._open().with_user(self.senior)

    def test_later_needs_a_day(self):
        with self._refused("Say when to try"):
            self.case._close("later")
        with self._refused("after today"):
            self.case._close("later", retry_date=self.today)
        self.assertEqual(self.case.state, "new")
        self.case._close("later", retry_date=self._day(-1))
        self.assertEqual(self.case.state, "later")
        self.assertEqual(self.case.date_closed, self.today)
        self.assertFalse(self.case.date_next)

    def test_closing_drops_what_was_planned_and_keeps_it_counted(self):
        self._prepare(self.case)
        self.case._close("dismissed")
        self.assertFalse(self.case.sudo().activity_ids)
        self.assertEqual(self.case.planned_count, 3)

    def test_gone_closes_the_customer(self):
        self.case._close("gone")
        self.assertEqual(self.status.closed_date, self.today)

    def test_dismissed_leaves_the_customer_alone(self):
        self.case._close("dismissed")
        self.assertFalse(self.status.closed_date)

    def test_won_needs_an_order(self):
        with self._refused("there is none yet"):
            self.case.action_won()
        with self._refused("there is none yet"):
            self.case._close("won")
        order = self._create_order(self.customer, 0)
        self.case.action_won()
        self.assertEqual(self.case.won_order_id.id, order.id)

    def test_second_closing_says_what_has_happened(self):
        self.case._close("gone")
        with self.assertRaisesRegex(UserError, "closed already: Gone"):
            self.case._close("dismissed")

    def test_closed_by_another_transaction_is_noticed(self):
        self.assertEqual(self.case.state, "new")
        self.env.cr.execute("UPDATE winback_case SET state = 'gone' WHERE id = %s", [self.case.id])
        with self.assertRaisesRegex(UserError, "closed already: Gone"):
            self.case._close("dismissed")

    def test_case_that_somebody_else_holds_is_refused(self):
        with (
            patch.object(type(self.case), "lock_for_update", side_effect=LockError("held")),
            self.assertRaisesRegex(UserError, "Somebody else is changing"),
        ):
            self.case._close("gone")
        self.assertEqual(self.case.state, "new")

    def test_reopening(self):
        self.case._close("gone")
        self.case.action_reopen()
        self.assertEqual(self.case.state, "new")
        self.assertFalse(self.case.date_closed)
        self.assertFalse(self.status.closed_date)
        self.assertEqual(self.case.date_next, self._day(-3))

    def test_reopening_finds_the_stage_again(self):
        self._prepare(self.case)
        self.case._close("later", retry_date=self._day(-9))
        self.case._reopen()
        self.assertEqual(self.case.state, "prepared")
        self.assertFalse(self.case.retry_date)

    def test_reopening_beside_an_open_case_is_refused(self):
        self.case._close("gone")
        self._open()
        with self.assertRaisesRegex(UserError, "open case already"):
            self.case._reopen()

    def test_won_and_open_cases_are_not_reopened(self):
        with self.assertRaisesRegex(UserError, "not to be reopened"):
            self.case._reopen()
        self.case._win(self._create_order(self.customer, 0))
        with self.assertRaisesRegex(UserError, "not to be reopened"):
            self.case._reopen()

    def test_reopening_does_not_give_the_case_to_who_lost_the_customer(self):
        self.case._close("gone")
        self.case.sudo().user_id = self.anna
        with self.assertRaisesRegex(ValidationError, "somebody else must win it back"):
            self.case.sudo()._reopen()

    def test_wizard_proposes_what_the_reason_asks_for(self):
        self.case._set_reason(self.reason)
        wizard = self.env["winback.case.close"].with_user(self.senior)
        wizard = wizard.create({"case_id": self.case.id, "note": "The door is open"})
        self.assertEqual(wizard.state, "later")
        self.assertEqual(wizard.retry_date, self._day(-90))
        wizard.action_close()
        self.assertEqual(self.case.state, "later")
        self.assertEqual(self.case.retry_date, self._day(-90))
        self.assertEqual(self.case.reason_id, self.reason)
        self.assertIn("The door is open", self.case.message_ids[0].body)

    def test_wizard_gives_up_who_is_liquidated(self):
        self.case._set_reason(self.env.ref("winback_lost_customers.winback_reason_liquidated"))
        wizard = self.env["winback.case.close"].create({"case_id": self.case.id})
        self.assertEqual(wizard.state, "gone")
        self.assertFalse(wizard.retry_date)


@tagged("post_install", "-at_install")
class TestCaseAccess(CaseCase):
    def _sees(self, user, case):
        return case in self.cases.with_user(user).search([])

    def test_owner_leader_and_managers_see_a_case(self):
        case = self._open()
        self.assertTrue(self._sees(self.senior, case))
        self.assertTrue(self._sees(self.leader, case))
        self.assertTrue(self._sees(self.boss, case))

    def test_who_lost_the_customer_does_not_see_the_case(self):
        case = self._open()
        self.assertFalse(self._sees(self.anna, case))
        with self.assertRaises(AccessError):
            case.with_user(self.anna).write({"competitor": "Nobody"})
        with self.assertRaises(AccessError):
            case.with_user(self.anna)._close("gone")

    def test_other_company_is_not_seen(self):
        case = self._open()
        other = self._create_company("Other Test Company")
        stranger = self._create_user("wbc_other", "sales_team.group_sale_manager", other)
        cases = self.cases.with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertNotIn(case, cases.search([]))

    def test_margin_is_hidden_from_who_may_not_see_margins(self):
        case = self._open().with_user(self.senior)
        with self.assertRaises(AccessError):
            case.read(["opening_margin"])

    def test_salespeople_do_not_delete_cases(self):
        with self.assertRaises(AccessError):
            self._open().with_user(self.senior).unlink()

    def test_owner_sees_the_page_of_the_customer(self):
        self.assertFalse(self.status.with_user(self.senior).has_access("read"))
        self._open()
        self.assertTrue(self.status.with_user(self.senior).has_access("read"))
