from contextlib import ExitStack
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import WinbackCase


class WorkListCase(WinbackCase):
    """Lost customers, rates of 20 and 10 %, and a channel that costs nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.work_list = cls.env["winback.work.list"]
        cls.env["winback.rate"].search([]).unlink()
        cls.env["winback.rate"].create({"treated": 0.2, "untreated": 0.1})
        cls.env["winback.channel"].search([]).active = False
        cls.channel = cls.env["winback.channel"].create({"name": "Call", "kind": "call"})
        cls.lost = cls._create_lost("Lost")
        cls.talks = cls.env.ref("winback_lost_customers.winback_dismissal_reason_talks")
        cls.wrong = cls.env.ref("winback_lost_customers.winback_dismissal_reason_wrong")

    @classmethod
    def _create_lost(cls, name, days_ago=(400, 370, 340), **values):
        """Create a customer who ordered so long ago, for a margin of 365 each."""
        customer = cls._create_customer(name)
        values = {"amount": 1000, "margin": 365, **values}
        cls._create_orders(customer, days_ago, **values)
        return customer

    def _get_rows(self, company=None, today=None):
        """Run, and return {customer: row of the ranking}."""
        self._run(today, company=company)
        return self._read_rows(company, today)

    def _read_rows(self, company=None, today=None):
        self.work_list._flush()
        query = self.work_list._get_query(company or self.company, today or self.today)
        rows = self.env.execute_query_dict(query)
        return {self.env["res.partner"].browse(row["partner_id"]): row for row in rows}

    def _get_screen(self, customer=None, **kwargs):
        return self._get_rows(**kwargs)[customer or self.lost]["screen_reason"]

    def _create_case(self, customer=None, **values):
        return self.env["winback.case"].create(
            {
                "partner_id": (customer or self.lost).id,
                "company_id": self.company.id,
                "date_open": self.today,
                **values,
            }
        )

    def _close(self, case, state):
        """Close the case without what else belongs to it."""
        closing = case.with_context(winback_closing=True)
        again = {"retry_date": self.today + timedelta(days=90)} if state == "later" else {}
        closing.write({"state": state, "date_closed": self.today, **again})

    def _dismiss(self, customer=None, reason=None, **kwargs):
        return self.env["winback.dismissal"]._dismiss(
            self.company, customer or self.lost, reason or self.talks, **kwargs
        )


@tagged("post_install", "-at_install")
class TestRanking(WorkListCase):
    def test_profit_reckoned_by_hand(self):
        self.channel.cost_per_contact = 5
        row = self._get_rows()[self.lost]
        # 3 x 365 margin in the last active year, horizon of 90 days
        self.assertEqual(row["margin_horizon"], 270)
        # no model, no bands: the rates of all; (0.2 - 0.1) x 270 - 5
        self.assertIsNone(row["p_none"])
        self.assertEqual(row["expected_profit"], 22)
        self.assertAlmostEqual(row["break_even"], 0.1 + 5 / 270)
        self.assertIsNone(row["screen_reason"])

    def test_own_probability_goes_before_the_rate(self):
        self._run()
        status = self._get_status(self.lost)
        self._set_columns(status, probability_source="model", p_no_purchase=0.45)
        row = self._read_rows()[self.lost]
        # a ninth of those who would not come is won: 0.45 / 9 x 270
        self.assertEqual(row["expected_profit"], 13.5)
        self.assertAlmostEqual(row["own_untreated"], 0.55)
        self.assertAlmostEqual(row["own_treated"], 0.6)

    def test_better_customers_go_first(self):
        better = self._create_lost("Better", margin=500)
        self._run()
        ids = [row["partner_id"] for row in self.work_list._get_ranking(self.company, self.today)]
        self.assertEqual(ids, [better.id, self.lost.id])

    def test_customers_who_are_well_are_not_on_the_list(self):
        well = self._create_lost("Well", (60, 30, 5))
        self.assertNotIn(well, self._get_rows())

    def test_contacts_count_for_their_organisation(self):
        contact = self.env["res.partner"].create({"name": "Person", "parent_id": self.lost.id})
        self._create_order(contact, 335, amount=1000, margin=365)
        rows = self._get_rows()
        self.assertNotIn(contact, rows)
        self.assertEqual(rows[self.lost]["order_count"], 4)

    def test_amounts_are_in_the_currency_of_the_company(self):
        foreign = self._create_lost("Foreign", rate=2)
        self.assertEqual(self._get_rows()[foreign]["margin_horizon"], 135)

    def test_two_companies_rank_for_themselves(self):
        other = self._create_company("Other Test Company")
        self._create_orders(self.lost, [400, 340], amount=100, margin=30, company=other)
        self._create_case()
        self.assertEqual(self._get_screen(), "open_case")
        row = self._get_rows(company=other)[self.lost]
        self.assertIsNone(row["screen_reason"])
        self.assertEqual(row["margin_horizon"], 14.79)

    def test_reason_of_the_last_case_decides_the_rate(self):
        reason = self.env["winback.reason"].create({"name": "Neglect (test)"})
        self.env["winback.rate"].create(
            {"reason_id": reason.id, "treated": 0.4, "untreated": 0.1}
        )
        self._create_case(
            state="later", date_closed=self._day(50), date_open=self._day(60), reason_id=reason.id
        )
        self.assertEqual(self._get_rows()[self.lost]["expected_profit"], 81)


@tagged("post_install", "-at_install")
class TestScreening(WorkListCase):
    def test_no_orders_no_row(self):
        self.assertNotIn(self._create_customer("Never Bought"), self._get_rows())

    def test_one_order(self):
        once = self._create_lost("Once", [340])
        self.assertEqual(self._get_screen(once), "one_off")

    def test_exactly_as_many_orders_as_asked_for(self):
        self.company.winback_list_min_orders = 3
        self.assertIsNone(self._get_screen())
        self.company.winback_list_min_orders = 4
        self.assertEqual(self._get_screen(), "few_orders")

    def test_exactly_as_much_margin_as_asked_for(self):
        self.company.winback_list_min_margin = 1095
        self.assertIsNone(self._get_screen())
        self.company.winback_list_min_margin = 1095.01
        self.assertEqual(self._get_screen(), "small_margin")

    def test_profit_must_exceed_the_minimum(self):
        self.company.winback_list_min_profit = 26.99
        self.assertIsNone(self._get_screen())
        self.company.winback_list_min_profit = 27
        self.assertEqual(self._get_screen(), "no_profit")

    def test_negative_margin_is_not_worth_the_cost(self):
        loss = self._create_lost("Loss", margin=-100)
        self.company.winback_list_min_margin = 0
        rows = self._get_rows()
        self.assertEqual(rows[loss]["screen_reason"], "small_margin")
        self.assertEqual(rows[loss]["margin_horizon"], 0)
        self.assertIsNone(rows[loss]["break_even"])

    def test_cost_above_the_gain(self):
        self.channel.cost_per_contact = 27
        self.assertEqual(self._get_screen(), "no_profit")
        self.channel.cost_per_contact = 26.99
        self.assertIsNone(self._get_screen())

    def test_archived(self):
        self.lost.active = False
        self.assertEqual(self._get_screen(), "archived")

    def test_excluded(self):
        self.env["winback.exclusion"].create({"partner_id": self.lost.id})
        self.assertEqual(self._get_screen(), "excluded")

    def test_open_case(self):
        case = self._create_case()
        self.assertEqual(self._get_screen(), "open_case")
        self._close(case, "later")
        self.assertEqual(self._get_screen(), "snoozed")  # until the day to try again

    def test_control_group(self):
        campaign = self.env["winback.campaign"].create(
            {"name": "Campaign", "company_id": self.company.id, "state": "running",
             "date_start": self.today}
        )  # fmt: skip
        self.env["winback.campaign.member"].create(
            {"campaign_id": campaign.id, "partner_id": self.lost.id, "arm": "control"}
        )
        self.assertEqual(self._get_screen(), "held_out")
        self._set_columns(campaign, state="done")
        self.assertIsNone(self._get_screen())

    def test_reason_for_which_nobody_comes_back(self):
        reason = self.env["winback.reason"].create({"name": "R", "is_recoverable": False})
        self._create_case(state="later", date_closed=self._day(9), reason_id=reason.id)
        self.assertEqual(self._get_screen(), "hopeless")

    def test_case_to_be_tried_again_waits_for_its_day(self):
        case = self._create_case(
            state="later", date_closed=self._day(9), retry_date=self._day(-1)
        )
        self.assertEqual(self._get_screen(), "snoozed")
        case.retry_date = self.today
        self.assertIsNone(self._get_screen())

    def test_case_that_was_lost_for_good(self):
        self._create_case(state="gone", date_closed=self._day(9))
        self.assertEqual(self._get_screen(), "gone")

    def test_figures_why(self):
        self.company.winback_list_min_orders = 4
        row = self._get_rows()[self.lost]
        text = self.work_list._explain(row, self.company)
        self.assertEqual(text, "3 orders; at least 4 are asked for.")

    def test_every_reason_has_words(self):
        row = self._get_rows()[self.lost]
        row.update(snooze_until=self._day(-3), dismissed_date=self.today)
        for code, _label in self.work_list._get_screen_reasons():
            with self.subTest(code=code):
                text = self.work_list._explain({**row, "screen_reason": code}, self.company)
                self.assertTrue(text)


@tagged("post_install", "-at_install")
class TestDismissal(WorkListCase):
    def test_dismissed_customer_is_quiet_for_the_time_of_the_settings(self):
        self._run()
        dismissal = self._dismiss()
        dismissal.date = self._day(89)
        self.assertEqual(self._get_screen(), "dismissed")
        dismissal.date = self._day(90)
        self.assertIsNone(self._get_screen())

    def test_new_sign_ends_the_quiet_time(self):
        self._run()
        self._dismiss().date = self._day(5)
        evidence = self._get_status(self.lost).evidence_ids[:1]
        self._set_columns(evidence, since=self._day(5))
        self.assertEqual(self._read_rows()[self.lost]["screen_reason"], "dismissed")
        self._set_columns(evidence, since=self._day(4))
        self.assertIsNone(self._read_rows()[self.lost]["screen_reason"])

    def test_snoozed_until_the_day_whatever_appears(self):
        self._run()
        dismissal = self._dismiss(snooze_until=self._day(-1))
        dismissal.date = self._day(5)
        self._set_columns(self._get_status(self.lost).evidence_ids[:1], since=self._day(1))
        self.assertEqual(self._read_rows()[self.lost]["screen_reason"], "snoozed")
        dismissal.snooze_until = self.today
        self.assertIsNone(self._read_rows()[self.lost]["screen_reason"])

    def test_case_dismissed_without_the_wizard_counts_too(self):
        self._create_case(state="dismissed", date_closed=self._day(5), date_open=self._day(6))
        self._run()
        evidences = self._get_status(self.lost).evidence_ids
        for evidence in evidences:
            self._set_columns(evidence, since=self._day(9))
        self.assertEqual(self._read_rows()[self.lost]["screen_reason"], "dismissed")

    def test_sign_dismissed_as_wrong_weighs_less_for_the_class(self):
        before = self._get_rows()[self.lost]
        self.assertEqual(before["trust"], 1)
        signs = self._get_status(self.lost).evidence_ids.sign_id
        like = self._create_lost("Like")
        self._run()
        self._dismiss(like, self.wrong)
        row = self._read_rows()[self.lost]
        # each of the signs: 1 shown, 1 wrong: 1 - 1 / 11
        self.assertAlmostEqual(row["trust"], 1 - 1 / 11)
        self.assertAlmostEqual(float(row["rank_value"]), round(27 * 10 / 11, 2))
        self.assertEqual(row["expected_profit"], 27)
        signs.invalidate_recordset()
        self.assertEqual(signs.mapped("dismissed_share"), [1] * len(signs))

    def test_dismissal_that_does_not_blame_the_signs_teaches_nothing(self):
        like = self._create_lost("Like")
        self._run()
        self._dismiss(like, self.talks)
        self.assertEqual(self._read_rows()[self.lost]["trust"], 1)

    def test_other_class_still_trusts_the_sign(self):
        like = self._create_lost("Like")
        self._run()
        self._dismiss(like, self.wrong).value_class_id = self.env.ref(
            "winback_lost_customers.winback_value_class_copper"
        )
        self._set_columns(
            self._get_status(self.lost),
            value_class_id=self.env.ref("winback_lost_customers.winback_value_class_gold").id,
        )
        self.assertEqual(self._read_rows()[self.lost]["trust"], 1)

    def test_wizard_proposes_the_snooze_of_the_reason(self):
        self._run()
        wizard = self._create_wizard("winback.status", self._get_status(self.lost))
        self.assertEqual(wizard.snooze_until, self._day(-30))
        wizard.action_dismiss()
        dismissal = self.env["winback.dismissal"].search([("partner_id", "=", self.lost.id)])
        self.assertEqual(dismissal.snooze_until, self._day(-30))
        self.assertEqual(dismissal.sign_ids, self._get_status(self.lost).evidence_ids.sign_id)

    def test_wizard_closes_the_case(self):
        self._run()
        case = self._create_case()
        with patch.object(type(case), "_close", create=True) as close:
            self._create_wizard("winback.case", case).action_dismiss()
        close.assert_called_once_with("dismissed")
        dismissal = self.env["winback.dismissal"].search([("case_id", "=", case.id)])
        self.assertEqual(dismissal.partner_id, self.lost)

    def test_wizard_refuses_a_day_that_has_passed_and_nobody(self):
        self._run()
        wizard = self._create_wizard("winback.status", self._get_status(self.lost))
        wizard.snooze_until = self.today
        with self.assertRaisesRegex(UserError, "in the future"):
            wizard.action_dismiss()
        wizard.status_ids = False
        with self.assertRaisesRegex(UserError, "Nobody"):
            wizard.action_dismiss()
        self.assertFalse(self.env["winback.dismissal"].search([("partner_id", "=", self.lost.id)]))

    def _create_wizard(self, model, records):
        return (
            self.env["winback.dismiss"]
            .with_context(active_model=model, active_ids=records.ids)
            .create({"reason_id": self.talks.id})
        )


@tagged("post_install", "-at_install")
class TestCandidates(WorkListCase):
    def _search(self, domain=(), **kwargs):
        return self.env["winback.candidate"].search(
            [("company_id", "=", self.company.id), *domain], **kwargs
        )

    def test_screen_shows_rank_and_who_was_left_out(self):
        once = self._create_lost("Once", [340])
        better = self._create_lost("Better", margin=500)
        self._run()
        rows = self._search()
        self.assertEqual(rows.partner_id, better | self.lost | once)
        self.assertEqual(rows[0].partner_id, better)
        self.assertEqual(self._search([("screen_reason", "!=", False)]).partner_id, once)
        self.assertIn("Bought once", rows.filtered(lambda r: r.partner_id == once).screen_text)
        self.assertEqual(rows[1].expected_profit, 27)
        self.assertEqual(rows[1].status_id, self._get_status(self.lost))

    def test_grouped_sums(self):
        self._run()
        groups = self.env["winback.candidate"]._read_group(
            [("company_id", "=", self.company.id)], ["state"], ["expected_profit:sum"]
        )
        self.assertEqual(groups, [("lost", 27)])

    def test_change_shows_at_once(self):
        self._run()
        self.company.winback_list_min_orders = 4
        self.assertEqual(self._search().screen_reason, "few_orders")

    def test_open_a_case_goes_through_open(self):
        self._run()
        row = self._search()
        cases = self.env["winback.case"]
        with patch.object(type(cases), "_open", create=True, return_value=cases) as opened:
            row.action_open_case()
        opened.assert_called_once_with(self.company, self.lost)

    def test_control_group_is_not_to_be_opened(self):
        self._run()
        with patch.object(
            type(self.env["winback.campaign"]), "_get_held_out_partners", return_value=self.lost
        ):
            with self.assertRaisesRegex(UserError, "control group"):
                self._search().action_open_case()

    def test_salespeople_see_neither_list_nor_profit(self):
        self._run()
        anna = new_test_user(
            self.env, "wl_anna", groups="sales_team.group_sale_salesman",
            company_id=self.company.id, company_ids=self.company.ids,
        )  # fmt: skip
        with self.assertRaises(AccessError):
            self._search().with_user(anna).read(["partner_id"])
        case = self._create_case(user_id=anna.id)
        with self.assertRaises(AccessError):
            case.with_user(anna).read(["expected_profit"])

    def test_salesperson_has_the_list_sorted_by_date_and_profit(self):
        better = self._create_lost("Better", margin=500)
        sooner = self._create_lost("Sooner", margin=100)
        self._run()
        anna = new_test_user(
            self.env, "wl_anna", groups="sales_team.group_sale_salesman",
            company_id=self.company.id, company_ids=self.company.ids,
        )  # fmt: skip
        for customer, days in ((self.lost, 3), (better, 3), (sooner, 1)):
            self._create_case(customer, user_id=anna.id, date_next=self._day(-days))
        cases = self.env["winback.case"].with_user(anna)
        found = cases.search([("user_id", "=", anna.id)], order="date_next, expected_profit desc")
        self.assertEqual(found.partner_id.ids, [sooner.id, better.id, self.lost.id])
        self.assertEqual(cases.search([], limit=1).partner_id, better)


@tagged("post_install", "-at_install")
class TestCaseProfit(WorkListCase):
    def test_new_case_has_its_profit(self):
        self._run()
        self.assertEqual(self._create_case().expected_profit, 27)

    def test_channel_and_reason_change_the_profit(self):
        self._run()
        reason = self.env["winback.reason"].create({"name": "Neglect (test)"})
        self.env["winback.rate"].create(
            {"reason_id": reason.id, "treated": 0.4, "untreated": 0.1}
        )
        case = self._create_case()
        case.reason_id = reason
        self.assertEqual(case.expected_profit, 81)
        case.channel_id = self.channel.create({"name": "Visit", "cost_per_contact": 50})
        self.assertEqual(case.expected_profit, 31)

    def test_offer_costs_whenever_somebody_returns(self):
        self._run()
        offer = self.env["winback.offer"].create({"name": "Offer (test)"})
        with patch.object(type(offer), "_get_cost", create=True, return_value=30):
            case = self._create_case(offer_id=offer.id)
            # 27 - 0.2 x 30
            self.assertEqual(case.expected_profit, 21)

    def test_customer_without_a_status_has_none(self):
        self.assertEqual(self._create_case(self._create_customer("Unknown")).expected_profit, 0)

    def test_closed_case_keeps_what_was_expected(self):
        self._run()
        case = self._create_case()
        self.assertEqual(case.expected_profit, 27)
        self._close(case, "gone")
        self.channel.cost_per_contact = 20
        case._compute_profit()
        self.assertEqual(case.expected_profit, 27)

    def test_moved_rates_show_after_the_daily_action(self):
        self._run()
        case = self._create_case()
        self.env["winback.rate"].search([]).treated = 0.3
        self.env["winback.case"]._get_open_of(self.company)._compute_profit()
        self.assertEqual(case.expected_profit, 54)

    def test_put_off_by_a_week(self):
        case = self._create_case(date_next=self._day(3))
        self.assertTrue(case.is_late)
        case.action_put_off()
        self.assertEqual(case.date_next, self.today + timedelta(days=7))
        case.action_put_off()
        self.assertEqual(case.date_next, self.today + timedelta(days=14))


@tagged("post_install", "-at_install")
class TestChannelRank(WorkListCase):
    def test_important_customers_are_spoken_to_and_many_get_the_cheapest(self):
        mail, call, visit = self.channel.create(
            [
                {"name": "Mail", "kind": "email", "sequence": 9, "cost_per_contact": 0.1},
                {"name": "Talk", "sequence": 5, "is_personal": True, "cost_per_contact": 8},
                {"name": "Visit", "sequence": 1, "is_personal": True, "cost_per_contact": 90},
            ]
        )
        self.channel.active = False
        gold = self.env.ref("winback_lost_customers.winback_value_class_gold")
        copper = self.env.ref("winback_lost_customers.winback_value_class_copper")
        ranked = self.channel._get_ranked
        self.assertEqual(list(ranked(self.company, gold)), [visit, call, mail])
        self.assertEqual(list(ranked(self.company, copper)), [mail, call, visit])
        self.assertEqual(list(ranked(self.company, gold, is_single=False)), [mail, call, visit])
        costs = self.channel._get_contact_costs(self.company)
        self.assertEqual((costs[gold.id], costs[copper.id], costs[False]), (90, 0.1, 0.1))


@tagged("post_install", "-at_install")
class TestFill(WorkListCase):
    """What is opened; who gets it is decided by the assignment of cases."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref("winback_lost_customers.ir_cron_winback_work_list")
        others = cls.env["res.company"].search([("id", "!=", cls.company.id)])
        others.winback_work_list_date = cls.today
        cls.better = cls._create_lost("Better", margin=500)
        cls._run()

    def setUp(self):
        super().setUp()
        self.opened = []

    def _patch(self, stack, fail=()):
        """Let one person take a case a day more than `opened` has."""
        cases = self.env["winback.case"]
        test = self

        def _choose_for_today(self, company, customers):
            return customers[: company.winback_case_budget]

        def _open(self, company, partners, source="manual", user=None, **values):
            if company in fail:
                raise ConnectionError("The power went off")
            test.opened.append((company, partners, source))
            return self.create(
                [
                    {"partner_id": p.id, "company_id": company.id, "source": source,
                     "date_open": test.today}
                    for p in partners
                ]
            )  # fmt: skip

        stack.enter_context(patch.object(type(cases), "_choose_for_today", _choose_for_today))
        stack.enter_context(patch.object(type(cases), "_open", _open, create=True))

    def _fill(self):
        with ExitStack() as stack:
            self._patch(stack)
            return self.work_list._fill(self.company, self.today)

    def _trigger(self, **kwargs):
        with ExitStack() as stack:
            self._patch(stack, **kwargs)
            with self.enter_registry_test_mode():
                self.cron.method_direct_trigger()

    def test_the_most_promising_become_cases(self):
        self.company.winback_case_budget = 1
        cases = self._fill()
        self.assertEqual(cases.partner_id, self.better)
        self.assertEqual(cases.source, "work_list")

    def test_without_a_budget_nothing_is_opened(self):
        self.company.winback_case_budget = 0
        self.assertFalse(self._fill())
        self.assertFalse(self.opened)

    def test_who_was_contacted_often_enough_waits(self):
        policy = type(self.env["winback.contact.policy"])
        with patch.object(policy, "_get_blocked", return_value={self.better: "capped"}):
            self.assertEqual(self._fill().partner_id, self.lost)

    def test_open_cases_are_not_opened_again(self):
        self.assertEqual(self._fill().partner_id, self.better | self.lost)
        self.assertFalse(self._fill())

    def test_cron_fills_once_a_day(self):
        self.company.winback_case_budget = 1
        self._trigger()
        self.assertEqual(self.company.winback_work_list_date, self.today)
        self._trigger()
        self.assertEqual([partners for _c, partners, _s in self.opened], [self.better])

    def test_cron_goes_on_with_the_next_day(self):
        self.company.winback_case_budget = 1
        self.company.winback_work_list_date = self._day(1)
        self._trigger()
        self.assertEqual(len(self.opened), 1)

    @mute_logger("odoo.addons.winback_lost_customers.models.winback_work_list_fill")
    def test_company_that_fails_does_not_stop_the_others(self):
        other = self._create_company("Other Test Company")
        self._create_orders(self.lost, [400, 370, 340], margin=365, company=other)
        self._run(company=other)
        self.env.flush_all()
        with self.assertLogs("odoo.addons.base.models.ir_cron", "ERROR") as log:
            self._trigger(fail=(self.company,))
        self.assertIn("Win-Back Test Company", "".join(log.output))
        self.assertFalse(self.company.winback_work_list_date)
        self.assertEqual(other.winback_work_list_date, self.today)
        self.assertEqual([company for company, _p, _s in self.opened], [other])

    def test_impossible_settings_are_refused(self):
        for name, value in (
            ("winback_case_budget", -1), ("winback_contact_cap", 0),
            ("winback_retrigger_days", 0), ("winback_list_min_orders", 0),
        ):  # fmt: skip
            with self.subTest(name=name), self.assertRaisesRegex(UserError, "must lie between"):
                self.company[name] = value


@tagged("post_install", "-at_install")
class TestFillForReal(WorkListCase):
    """The work list with the assignment of cases: who gets how many."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not hasattr(cls.env["winback.case"], "_open"):
            raise cls.skipTest(cls, "winback.case cannot be opened yet")
        cls.anna, cls.boris = (
            new_test_user(
                cls.env, login, groups="sales_team.group_sale_salesman",
                company_id=cls.company.id, company_ids=cls.company.ids,
            )
            for login in ("wl_anna", "wl_boris")
        )  # fmt: skip
        cls.env["crm.team"].search([]).active = False
        cls.env["crm.team"].create(
            {
                "name": "Team",
                "company_id": cls.company.id,
                "user_id": False,
                "member_ids": [(6, 0, (cls.anna | cls.boris).ids)],
            }
        )
        cls.env["crm.team.member"].search([]).winback_seniority = "senior"
        for i in range(8):
            cls._create_lost(f"Lost {i}", margin=300 + i)
        cls._run()

    def test_nobody_gets_more_than_the_budget_and_every_case_has_an_owner(self):
        self.company.winback_case_budget = 2
        cases = self.work_list._fill(self.company, self.today)
        self.assertEqual(len(cases), 4)
        for user in self.anna | self.boris:
            self.assertEqual(len(cases.filtered(lambda c: c.user_id == user)), 2)  # noqa: B023
        self.assertTrue(all(cases.mapped("date_next")))
        self.assertFalse(self.work_list._fill(self.company, self.today))

    def test_the_one_who_lost_the_customer_leaves_it_to_the_colleague(self):
        self.company.winback_case_budget = 1
        orders = self.env["sale.order"].search([("company_id", "=", self.company.id)])
        for order in orders:
            self._set_columns(order, user_id=self.anna.id)
        self._run()
        cases = self.work_list._fill(self.company, self.today)
        self.assertEqual(cases.user_id, self.boris)
        self.assertEqual(len(cases), 1)
