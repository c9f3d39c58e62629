from datetime import date, datetime
from unittest.mock import patch

from psycopg2 import IntegrityError
from psycopg2.errors import SerializationFailure

from odoo import Command, api
from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, freeze_time, tagged
from odoo.tools import mute_logger

from .common_complaint import ComplaintCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class CompensationCase(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._create_problem_order(1000)
        cls.product = cls.env["product.product"].create(
            {"name": "Thing", "list_price": 200, "taxes_id": False}
        )

    @classmethod
    def _propose(cls, kind="ewallet", percent=5, **values):
        return cls._create_complaint(
            **{
                "order_id": cls.order.id,
                "compensation_kind": kind,
                "compensation_percent": percent,
                **values,
            }
        )

    @classmethod
    def _issue(cls, kind="ewallet", percent=5, **values):
        complaint = cls._propose(kind, percent, **values)
        complaint.with_user(cls.boss).action_issue_compensation()
        return complaint

    def _create_quotation(self, partner, quantity=1):
        return self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "user_id": self.anna.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_uom_qty": quantity, "tax_ids": False}
                    )
                ],
            }
        )

    def _claim(self, quotation):
        """Apply the first reward that the quotation offers; return whether there is one."""
        quotation._update_programs_and_rewards()
        for card, rewards in quotation._get_claimable_rewards().items():
            quotation._apply_program_reward(rewards[:1], card)
            return True
        return False

    def _redeem(self, quotation, code):
        """Enter a code as a salesperson; return the error, if any."""
        result = quotation.with_user(self.anna)._try_apply_code(code)
        if "error" in result:
            return result["error"]
        for card, rewards in result.items():
            error = quotation._apply_program_reward(rewards[:1], card)
            self.assertFalse(error)
        return None


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestCompensation(CompensationCase):
    # the amount

    def test_amount_is_a_percentage_of_the_problem_order(self):
        self.assertEqual(self._propose(percent=7.5).compensation_amount, 75)

    def test_amount_is_rounded_to_the_currency(self):
        order = self._create_problem_order(99.99)
        complaint = self._propose(percent=3.33, order_id=order.id)
        self.assertEqual(complaint.compensation_amount, 3.33)

    def test_amount_follows_the_order_until_issued(self):
        complaint = self._propose(percent=10)
        order = self._create_problem_order(300)
        complaint.order_id = order
        self.assertEqual(complaint.compensation_amount, 30)
        complaint.action_issue_compensation()
        self._set_columns(order, amount_total=900)
        self.env.add_to_compute(complaint._fields["compensation_amount"], complaint)
        self.assertEqual(complaint.compensation_amount, 30)

    def test_percentage_has_the_companys_maximum(self):
        self.assertEqual(self._propose(percent=10).compensation_amount, 100)
        for percent in (10.01, 100, -1):
            with self.subTest(percent=percent), self.assertRaises(ValidationError):
                self._propose(percent=percent)
        self.company.winback_compensation_max_percent = 20
        self.assertEqual(self._propose(percent=20).compensation_amount, 200)

    def test_lowered_maximum_holds_for_old_proposals(self):
        complaint = self._propose(percent=10)
        self.company.winback_compensation_max_percent = 5
        with self.assertRaises(ValidationError):
            complaint.action_issue_compensation()

    # eWallet

    def test_ewallet_is_credited(self):
        complaint = self._issue()
        card = complaint.compensation_card_id
        self.assertEqual(card.points, 50)
        self.assertEqual(card.partner_id, self.customer)
        self.assertEqual(card.program_id.program_type, "ewallet")
        self.assertEqual(card.program_id, self.company.winback_ewallet_program_id)
        self.assertEqual(card.program_id.company_id, self.company)
        self.assertFalse(card.expiration_date)
        history = card.history_ids
        self.assertEqual(history.issued, 50)
        self.assertEqual(history.winback_complaint_id, complaint)
        self.assertEqual(complaint.compensation_user_id, self.boss)
        self.assertEqual(complaint.compensation_date, datetime(2026, 6, 15, 12))
        self.assertIn("50", complaint.message_ids[0].body)

    def test_second_complaint_fills_the_same_ewallet(self):
        first, second = self._issue(), self._issue(percent=10)
        self.assertEqual(first.compensation_card_id, second.compensation_card_id)
        self.assertEqual(second.compensation_card_id.points, 150)
        self.assertEqual(len(first.compensation_card_id.history_ids), 2)

    def test_contact_fills_the_ewallet_of_its_organisation(self):
        contact = self._create_customer("Contact", is_company=False, parent_id=self.customer.id)
        complaint = self._issue(partner_id=contact.id)
        self.assertEqual(complaint.compensation_card_id.partner_id, self.customer)

    def test_chosen_ewallet_is_used(self):
        values = self.env["loyalty.program"]._get_template_values()["ewallet"]
        program = self.env["loyalty.program"].create({**values, "company_id": self.company.id})
        self.company.winback_ewallet_program_id = program
        self.assertEqual(self._issue().compensation_card_id.program_id, program)

    def test_archived_program_is_replaced(self):
        first = self._issue().compensation_card_id.program_id
        first.active = False
        second = self._issue().compensation_card_id.program_id
        self.assertNotEqual(first, second)
        self.assertTrue(second.active)

    def test_companies_have_their_own_programs(self):
        other = self._create_company("Other Company")
        order = self._create_problem_order(company=other)
        complaint = self._propose(company_id=other.id, order_id=order.id)
        complaint.action_issue_compensation()
        card = complaint.compensation_card_id
        self.assertEqual(card.company_id, other)
        self.assertNotEqual(card, self._issue().compensation_card_id)

    def test_ewallet_pays_the_next_order(self):
        card = self._issue().compensation_card_id
        quotation = self._create_quotation(self.customer)
        self.assertTrue(self._claim(quotation))
        self.assertEqual(quotation.amount_total, 150)
        quotation.action_confirm()
        self.assertEqual(card.points, 0)

    def test_ewallet_keeps_the_rest(self):
        card = self._issue(percent=10).compensation_card_id
        card.points += 250  # more than the order
        quotation = self._create_quotation(self.customer)
        self.assertTrue(self._claim(quotation))
        quotation.action_confirm()
        self.assertEqual(quotation.amount_total, 0)
        self.assertEqual(card.points, 150)

    def test_ewallet_is_not_filled_by_orders(self):
        card = self._issue().compensation_card_id
        quotation = self._create_quotation(self.customer)
        quotation._update_programs_and_rewards()
        quotation.action_confirm()
        self.assertEqual(card.points, 50)

    def test_ewallet_pays_orders_of_the_organisations_contacts(self):
        self._issue()
        contact = self._create_customer("Contact", is_company=False, parent_id=self.customer.id)
        quotation = self._create_quotation(contact)
        self.assertTrue(self._claim(quotation))
        self.assertEqual(quotation.amount_total, 150)

    def test_ewallet_pays_nobody_elses_orders(self):
        self._issue()
        quotation = self._create_quotation(self._create_customer("Another"))
        self.assertFalse(self._claim(quotation))

    def test_ewallet_leaves_an_order_that_changes_its_customer(self):
        card = self._issue().compensation_card_id
        quotation = self._create_quotation(self.customer)
        self._claim(quotation)
        quotation.partner_id = self._create_customer("Another")
        quotation.action_confirm()
        self.assertEqual(quotation.amount_total, 200)
        self.assertEqual(card.points, 50)

    # codes

    def test_code_is_issued(self):
        card = self._issue("code", 3.33).compensation_card_id
        self.assertEqual(card.program_id, self.company.winback_code_program_id)
        self.assertEqual(card.partner_id, self.customer)
        self.assertEqual(card.expiration_date, date(2027, 6, 15))
        self.assertEqual(card.points, 3330)  # in cents
        self.assertEqual(card.history_ids.issued, 3330)

    def test_each_complaint_has_its_own_code(self):
        first, second = self._issue("code"), self._issue("code")
        self.assertNotEqual(first.compensation_card_id, second.compensation_card_id)
        self.assertEqual(
            first.compensation_card_id.program_id, second.compensation_card_id.program_id
        )

    def test_code_without_end(self):
        self.company.winback_compensation_days = 0
        self.assertFalse(self._issue("code").compensation_card_id.expiration_date)

    def test_code_takes_its_amount_off(self):
        for percent, total in ((3.33, 166.7), (0.07, 199.3), (1.235, 187.65)):
            with self.subTest(percent=percent):
                card = self._issue("code", percent).compensation_card_id
                quotation = self._create_quotation(self.customer)
                self.assertFalse(self._redeem(quotation, card.code))
                self.assertAlmostEqual(quotation.amount_total, total, 2)

    def test_code_is_capped_by_its_own_amount_on_a_larger_order(self):
        card = self._issue("code").compensation_card_id
        quotation = self._create_quotation(self.customer, quantity=50)
        self.assertFalse(self._redeem(quotation, card.code))
        self.assertEqual(quotation.amount_total, 9950)

    def test_code_works_once(self):
        card = self._issue("code", 10).compensation_card_id
        self.product.list_price = 60  # the rest of the 100 is not kept
        quotation = self._create_quotation(self.customer)
        self.assertFalse(self._redeem(quotation, card.code))
        self.assertEqual(quotation.amount_total, 0)
        quotation.action_confirm()
        self.assertEqual(card.points, 0)
        self.assertTrue(self._redeem(self._create_quotation(self.customer), card.code))

    def test_code_expires(self):
        card = self._issue("code").compensation_card_id
        with freeze_time("2027-06-15 12:00:00"):
            self.assertFalse(self._redeem(self._create_quotation(self.customer), card.code))
        with freeze_time("2027-06-16 12:00:00"):
            self.assertTrue(self._redeem(self._create_quotation(self.customer), card.code))

    def test_code_of_another_customer_is_refused(self):
        card = self._issue("code").compensation_card_id
        quotation = self._create_quotation(self._create_customer("Another"))
        self.assertIn("another customer", self._redeem(quotation, card.code))
        self.assertEqual(quotation.amount_total, 200)

    def test_code_works_for_the_whole_organisation(self):
        card = self._issue("code").compensation_card_id
        contact = self._create_customer("Contact", is_company=False, parent_id=self.customer.id)
        quotation = self._create_quotation(contact)
        self.assertFalse(self._redeem(quotation, card.code))
        self.assertEqual(quotation.amount_total, 150)

    def test_code_leaves_an_order_that_changes_its_customer(self):
        card = self._issue("code").compensation_card_id
        quotation = self._create_quotation(self.customer)
        self._redeem(quotation, card.code)
        quotation.partner_id = self._create_customer("Another")
        quotation.action_confirm()
        self.assertEqual(quotation.amount_total, 200)
        self.assertEqual(card.points, 5000)

    def test_ordinary_codes_work_for_everybody(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Coupons",
                "program_type": "coupons",
                "trigger": "with_code",
                "applies_on": "current",
                "company_id": self.company.id,
                "reward_ids": [Command.create({"discount": 10, "required_points": 1})],
            }
        )
        card = self.env["loyalty.card"].create(
            {"program_id": program.id, "partner_id": self.customer.id, "points": 1}
        )
        quotation = self._create_quotation(self._create_customer("Another"))
        self.assertFalse(self._redeem(quotation, card.code))

    def test_code_survives_the_merge_of_its_customer(self):
        twin = self._create_customer("Twin")
        order = self._create_problem_order(partner=twin)
        card = self._issue("code", partner_id=twin.id, order_id=order.id).compensation_card_id
        self.env.flush_all()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | twin).ids, self.customer
        )
        self.env.invalidate_all()
        self.assertFalse(self._redeem(self._create_quotation(self.customer), card.code))

    # currencies

    def test_amount_is_converted_to_the_companys_currency(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": dollar.id,
                "company_id": self.company.id,
                "name": date(2026, 6, 1),
                "rate": 2,
            }
        )
        self._set_columns(self.order, currency_id=dollar.id)
        for kind, points in (("ewallet", 25), ("code", 2500)):
            with self.subTest(kind=kind):
                complaint = self._issue(kind)
                self.assertEqual(complaint.currency_id, dollar)
                self.assertEqual(complaint.compensation_amount, 50)
                self.assertEqual(complaint.compensation_card_id.points, points)

    # once

    def test_compensation_is_issued_once(self):
        complaint = self._issue()
        with self.assertRaises(UserError):
            complaint.action_issue_compensation()
        self.assertEqual(complaint.compensation_card_id.points, 50)

    def test_database_refuses_a_second_entry(self):
        complaint = self._issue()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            complaint.compensation_card_id.history_ids.copy(
                {"winback_complaint_id": complaint.id}
            )

    def test_issued_compensation_is_fixed(self):
        complaint = self._issue()
        order = self._create_problem_order(5000)
        for values in (
            {"compensation_percent": 10},
            {"compensation_kind": "code"},
            {"order_id": order.id},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                complaint.write(values)
        complaint.severity = "serious"

    def test_reopened_complaint_is_not_compensated_twice(self):
        complaint = self._issue()
        complaint.write({"state": "closed", "remedy": "Money"})
        complaint.action_reopen()
        with self.assertRaises(UserError):
            complaint.action_issue_compensation()

    def test_issued_card_cannot_be_deleted(self):
        complaint = self._issue("code")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            complaint.compensation_card_id.unlink()

    def test_compensated_is_a_complaint(self):
        with self.assertRaises(UserError):
            self._issue().action_cancel()

    # refused

    def test_nothing_to_compensate_is_refused(self):
        quotation = self._create_order(self.customer, 1, state="draft")
        self._set_columns(quotation, amount_total=1000)
        free = self._create_problem_order(0)
        refund = self._create_problem_order(-100)
        for name, values in (
            ("no order", {"order_id": False}),
            ("quotation", {"order_id": quotation.id}),
            ("order of nothing", {"order_id": free.id}),
            ("negative order", {"order_id": refund.id}),
            ("no percentage", {"percent": 0}),
            ("no kind", {"kind": "none"}),
            ("no complaint", {"state": "cancelled"}),
        ):
            complaint = self._propose(**values)
            with self.subTest(name), self.assertRaises(UserError):
                complaint.action_issue_compensation()
            self.assertFalse(complaint.compensation_card_id)

    def test_cancelled_problem_order_is_compensated(self):
        self._set_columns(self.order, state="cancel")
        self.assertTrue(self._issue().compensation_card_id)

    def test_nothing_is_mailed(self):
        complaints = self._propose("code") | self._propose()
        before = self.env["mail.mail"].search_count([])
        for complaint in complaints:
            complaint.action_issue_compensation()
        self.assertEqual(self.env["mail.mail"].search_count([]), before)

    # who

    def test_salesperson_proposes_and_does_not_issue(self):
        complaint = self._create_complaint().with_user(self.anna)
        self.order.user_id = self.anna
        complaint.write(
            {
                "order_id": self.order.id,
                "compensation_kind": "code",
                "compensation_percent": 10,
            }
        )
        self.assertEqual(complaint.compensation_amount, 100)
        with self.assertRaises(AccessError):
            complaint.action_issue_compensation()
        self.assertFalse(complaint.compensation_card_id)

    def test_leader_of_the_team_issues(self):
        for kind in ("ewallet", "code"):
            with self.subTest(kind=kind):
                complaint = self._propose(kind).with_user(self.leader)
                complaint.action_issue_compensation()
                self.assertTrue(complaint.sudo().compensation_card_id)
                self.assertEqual(complaint.compensation_user_id, self.leader)

    def test_leader_of_another_team_does_not_issue(self):
        stranger = self._create_user("wbc_leader2", "sales_team.group_sale_salesman_all_leads")
        self._create_team("Other team", stranger)
        with self.assertRaises(AccessError):
            self._propose().with_user(stranger).action_issue_compensation()

    def test_nobody_issues_beyond_the_maximum(self):
        for user in self.leader | self.boss:
            with self.subTest(user=user.login), self.assertRaises(ValidationError):
                self._propose().with_user(user).compensation_percent = 11

    def test_locked_complaint_is_not_issued(self):
        complaint = self._propose()
        with (
            patch.object(type(complaint), "lock_for_update", side_effect=LockError("locked")),
            self.assertRaises(LockError),
        ):
            complaint.action_issue_compensation()
        self.assertFalse(complaint.compensation_card_id)


@tagged("post_install", "-at_install")
class TestCompensationWorkers(TransactionCase):
    """Two transactions of their own, which is why these rows are committed, and removed
    again at the end."""

    def setUp(self):
        super().setUp()
        self.database = db_connect(self.env.cr.dbname)
        with self.database.cursor() as cr:
            env = self._get_env(cr)
            company = env.ref("base.main_company")
            self.program_before = company.winback_ewallet_program_id.id
            partner = env["res.partner"].create({"name": "Win-Back worker's customer"})
            product = env["product.product"].create({"name": "Win-Back thing", "list_price": 1000})
            order = (
                env["sale.order"]
                .with_company(company)
                .create(
                    {
                        "partner_id": partner.id,
                        "company_id": company.id,
                        "order_line": [Command.create({"product_id": product.id, "tax_ids": False})],
                    }
                )
            )
            order.action_confirm()
            complaint = env["winback.complaint"].create(
                {
                    "name": "Double click",
                    "company_id": company.id,
                    "partner_id": partner.id,
                    "order_id": order.id,
                    "compensation_kind": "ewallet",
                    "compensation_percent": 5,
                }
            )
            self.ids = {r._name: r.ids for r in (complaint, order, product, partner)}
        self.addCleanup(self._remove)

    def _get_env(self, cr):
        return api.Environment(cr, api.SUPERUSER_ID, {"tracking_disable": True})

    def _remove(self):
        with self.database.cursor() as cr:
            env = self._get_env(cr)
            complaint, order, product, partner = (
                env[model].browse(ids) for model, ids in self.ids.items()
            )
            card = complaint.compensation_card_id
            programs = card.program_id.filtered(lambda p: p.id != self.program_before)
            rewards = programs.reward_ids.discount_line_product_id
            card.history_ids.unlink()
            complaint.compensation_card_id = False
            complaint.unlink()
            card.unlink()
            programs.active = False
            programs.unlink()
            rewards.unlink()
            order._action_cancel()
            order.unlink()
            product.product_tmpl_id.unlink()
            env["winback.status"].search([("partner_id", "=", partner.id)]).unlink()
            partner.unlink()

    def _get_complaint(self, cr):
        return self._get_env(cr)["winback.complaint"].browse(self.ids["winback.complaint"])

    def test_second_worker_waits_for_nothing_and_issues_nothing(self):
        with self.database.cursor() as first, self.database.cursor() as second:
            second.execute("SELECT 1")  # its snapshot is from before the first one's commit
            self._get_complaint(second).read(["compensation_card_id"])
            self._get_complaint(first).action_issue_compensation()
            with self.assertRaises(LockError):
                self._get_complaint(second).action_issue_compensation()
            first.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self._get_complaint(second).action_issue_compensation()
            second.rollback()
            with self.assertRaises(UserError):  # repeated, as Odoo does
                self._get_complaint(second).action_issue_compensation()
            second.rollback()
            complaint = self._get_complaint(first)
            self.assertEqual(complaint.compensation_card_id.points, 50)
            self.assertEqual(len(complaint.compensation_card_id.history_ids), 1)
