from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_offer import OfferCase


@tagged("post_install", "-at_install")
class TestCaseProposal(OfferCase):
    """A customer of whom 0.3 return if treated and 0.1 otherwise, with a margin of 300 in
    the horizon of 90 days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.methods = cls.env["winback.method"]
        cls.methods.search([]).active = False
        cls.env["winback.rate"].search([]).unlink()
        cls.env["winback.rate"].create({"treated": 0.3, "untreated": 0.1})
        cls._create_orders(cls.customer, [200, 230, 260], amount=1000, margin=400)
        cls.engine._run(cls.company, today=cls.today)
        cls.case.invalidate_recordset()
        cls.case.opening_sign_ids = cls.signs["S1"] | cls.signs["S2"]
        cls.reason = cls.env["winback.reason"].create({"name": "Why"})
        cls.call, cls.visit = cls.env["winback.channel"].create(
            [
                {"name": "Talk", "cost_per_contact": 5},
                {"name": "Visit", "cost_per_contact": 50, "effect": 1.5},
            ]
        )

    @classmethod
    def _create_method(cls, name="Method", signs=("S1",), reasons=(), **values):
        shared = cls.shared_signs.filtered(lambda sign: sign.code in signs)
        return cls.methods.create(
            {
                "name": name,
                "sign_ids": shared.ids,
                "reason_ids": [reason.id for reason in reasons],
                "channel_id": cls.call.id,
                **values,
            }
        )

    def _propose(self):
        self.case._propose_method()
        return self.case.proposal_ids

    def _get_margin(self):
        """Return the margin in the horizon, as the work list reckons it."""
        figures = self.case._get_figures(self.company, self.company._winback_today())
        return float(figures[self.customer.id]["margin_horizon"])

    def _get_rates(self):
        """Return the rates of the case by a channel of effect 1, and untreated."""
        self._create_method("Plain")
        reckoner = self.case._get_reckoner(self.company, self.company._winback_today())
        treated = self.case._get_outlook(reckoner, self.call, self.env["winback.offer"]).rate
        p_none = reckoner.figures[self.customer.id]["p_none"]
        return treated, 0.1 if p_none is None else 1 - p_none

    # the figures

    def test_profit_and_break_even_reckoned_by_hand(self):
        treated, untreated = self._get_rates()
        margin = self._get_margin()
        self.assertGreater(margin, 100)
        offer = self._create_offer(percent=10)  # of an average order of 1000: 100
        method = self._create_method("With offer", offer_id=offer.id)
        row = self._propose().filtered(lambda p: p.method_id == method)
        self.assertAlmostEqual(row.cost, 5 + treated * 100, 2)
        self.assertAlmostEqual(row.profit, (treated - untreated) * margin - 5 - treated * 100, 1)
        # (r - untreated) x margin - 5 - r x 100 = 0
        even = (5 + untreated * margin) / (margin - 100)
        self.assertAlmostEqual(row.break_even, even if even <= 1 else 0, 3)

    def test_break_even_without_an_offer(self):
        _treated, untreated = self._get_rates()
        row = self._propose()
        self.assertAlmostEqual(row.break_even, untreated + 5 / self._get_margin(), 3)

    def test_stronger_channel_wins_more(self):
        treated, untreated = self._get_rates()
        method = self._create_method("Visit", channel_id=self.visit.id)
        row = self._propose().filtered(lambda p: p.method_id == method)
        self.assertAlmostEqual(row.rate, untreated + 1.5 * (treated - untreated), 3)

    def test_nobody_returns_more_often_than_always(self):
        self.visit.effect = 10
        self._create_method(channel_id=self.visit.id)
        self.assertLessEqual(self._propose().rate, 1)

    def test_customer_never_evaluated_has_no_figures(self):
        self._create_method()
        case = self.env["winback.case"].create(
            {"partner_id": self.other.id, "company_id": self.company.id}
        )
        case.opening_sign_ids = self.signs["S1"]
        case._propose_method()
        row = case.proposal_ids
        self.assertEqual((row.method_id.name, row.profit, row.break_even), ("Method", 0, 0))

    def test_case_shows_the_profit_of_its_proposal(self):
        self._create_method(channel_id=self.visit.id, offer_id=self._create_offer().id)
        row = self._propose()
        self.assertTrue(row.is_chosen)
        self.assertAlmostEqual(self.case.expected_profit, row.profit, 2)

    # the order

    def test_higher_profit_goes_first(self):
        dear = self._create_method("Dear", offer_id=self._create_offer(percent=30).id, sequence=1)
        cheap = self._create_method("Cheap", sequence=2)
        self.assertEqual(self._propose().method_id.ids, [cheap.id, dear.id])

    def test_reason_goes_before_profit(self):
        cheap = self._create_method("Cheap")
        self.visit.cost_per_contact = 6
        own = self._create_method("Own", [], [self.reason], channel_id=self.visit.id)
        self.case.reason_id = self.reason
        self.assertGreater(self.case.proposal_ids[0].profit, 0)
        self.assertEqual(self.case.proposal_ids.method_id.ids, [own.id, cheap.id])

    def test_loss_goes_behind_what_pays(self):
        cheap = self._create_method("Cheap")
        self.visit.cost_per_contact = 100_000
        own = self._create_method("Own", [], [self.reason], channel_id=self.visit.id)
        self.case.reason_id = self.reason
        self.assertLess(self.case.proposal_ids[1].profit, 0)
        self.assertEqual(self.case.proposal_ids.method_id.ids, [cheap.id, own.id])

    def test_offer_below_the_margin_floor_is_not_proposed(self):
        # 1000 - 40 % leaves 0: at the floor of zero; 41 % is below
        at_floor = self._create_method(offer_id=self._create_offer(percent=40).id)
        self._create_method(offer_id=self._create_offer(percent=41).id)
        self._create_method(offer_id=self._create_offer(percent=30, margin_floor_percent=20).id)
        self.assertEqual(self._propose().method_id, at_floor)

    # choosing

    def test_method_is_chosen_by_hand(self):
        self._create_method("Best")
        offer = self._create_offer()
        second = self._create_method("Second", offer_id=offer.id, channel_id=self.visit.id)
        row = self._propose().filtered(lambda p: p.method_id == second)
        row.action_choose()
        case = self.case
        self.assertEqual((case.method_id, case.channel_id, case.offer_id), (second, self.visit, offer))
        self.assertEqual(case.proposal_ids.filtered("is_chosen"), row)

    def test_chosen_method_stays_when_the_reason_is_known(self):
        self._create_method("Best")
        second = self._create_method("Second", offer_id=self._create_offer().id)
        self._create_method("Own", [], [self.reason])
        self._propose().filtered(lambda p: p.method_id == second).action_choose()
        self.case.reason_id = self.reason
        self.assertEqual(self.case.method_id, second)

    def test_followed_proposal_follows_the_reason(self):
        best = self._create_method("Best")
        own = self._create_method("Own", [], [self.reason], channel_id=self.visit.id)
        self._propose()
        self.assertEqual(self.case.method_id, best)
        self.case.reason_id = self.reason
        self.assertEqual((self.case.method_id, self.case.channel_id), (own, self.visit))

    def test_nothing_follows_once_something_was_granted(self):
        best = self._create_method("Best", offer_id=self._create_offer(percent=5).id)
        self._create_method("Own", [], [self.reason])
        self._propose()
        self.case.action_grant_offer()
        self.case.reason_id = self.reason
        self.assertEqual(self.case.method_id, best)

    def test_closed_case_takes_no_method(self):
        self._create_method()
        row = self._propose()
        self.case.with_context(winback_closing=True).state = "gone"
        with self.assertRaisesRegex(UserError, "closed"):
            row.action_choose()

    # refreshing

    def test_second_reckoning_writes_nothing(self):
        self._create_method()
        self._create_method("Two", offer_id=self._create_offer().id)
        rows = self._propose()
        self.env.flush_all()
        rows.invalidate_recordset()
        with patch.object(type(rows), "write") as write:
            rows._refresh(self.case)
        write.assert_not_called()
        self.assertEqual(self.case.proposal_ids, rows)

    def test_changed_matrix_shows_after_reckoning_again(self):
        gone = self._create_method("Gone")
        self._propose()
        gone.active = False
        new = self._create_method("New", channel_id=self.visit.id)
        self.case.action_refresh_proposals()
        self.assertEqual(self.case.proposal_ids.method_id, new)

    # who sees what

    def test_salesperson_sees_the_order_and_no_figures(self):
        anna = new_test_user(
            self.env, "pr_anna", groups="sales_team.group_sale_salesman",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        self._create_method("Best")
        second = self._create_method("Second", offer_id=self._create_offer().id)
        self._propose()
        self.case.user_id = anna
        rows = self.case.with_user(anna).proposal_ids
        self.assertEqual(rows.mapped("sequence"), [1, 2])
        self.assertEqual(rows[0].fit, "1 sign")
        with self.assertRaises(AccessError):
            rows.read(["profit"])
        rows[1].action_choose()
        self.assertEqual(self.case.method_id, second)

    def test_colleague_chooses_nothing(self):
        anna, ben = (
            new_test_user(
                self.env, login, groups="sales_team.group_sale_salesman",
                company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
            )
            for login in ("pr_anna", "pr_ben")
        )  # fmt: skip
        self._create_method()
        row = self._propose()
        self.case.user_id = anna
        with self.assertRaises(AccessError):
            row.with_user(ben).action_choose()

    # what is in use is archived

    def test_used_channel_and_method_are_archived_not_deleted(self):
        method = self._create_method()
        self._propose()
        for record in (self.call, method):
            with self.subTest(record=record), self.assertRaisesRegex(UserError, "archive it instead"):
                record.unlink()
            record.action_archive()
            self.assertFalse(record.active)

    def test_unused_channel_and_method_are_deleted(self):
        method = self._create_method(channel_id=self.visit.id)
        method.unlink()
        self.visit.unlink()
        self.assertFalse(method.exists())
        self.assertFalse(self.visit.exists())

    def test_archived_channel_counts_as_the_fittest(self):
        self._create_method(channel_id=self.visit.id)
        self.visit.active = False
        self.assertFalse(self._propose().channel_id)
