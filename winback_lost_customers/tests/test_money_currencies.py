from odoo.tests import freeze_time, tagged

from .common_companies import DOLLAR, CompaniesCase


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestMoneyCurrencies(CompaniesCase):
    """What pivot, graph and list show where a group has euros and dollars: they ask for
    `field:sum_currency` then, whatever the field's own aggregate is."""

    def _read(self, model, *aggregates, company=None):
        """Return the aggregates over both companies, or one of them."""
        companies = company or self.company | self.american
        records = self._as(self.boss, model)
        domain = [("company_id", "in", companies.ids)]
        groups = records.formatted_read_group(domain, [], aggregates)
        return [groups[0][aggregate] for aggregate in aggregates]

    def test_every_report_with_money_converts_it(self):
        views = self.env["ir.ui.view"].search([("type", "in", ("pivot", "graph")), ("model", "like", "winback.")])
        models = {self.env[name] for name in views.mapped("model")}
        with_money = {model for model in models if any(f.type == "monetary" for f in model._fields.values())}
        self.assertGreater(len(with_money), 8)
        mixin = self.env.registry["winback.money.mixin"]
        self.assertEqual([model._name for model in with_money if not isinstance(model, mixin)], [])

    def test_sums_are_in_the_company_s_currency(self):
        rows = self._as(self.boss, "winback.status").search([])
        expected = sum(row.amount_total * (DOLLAR if row.company_id == self.american else 1) for row in rows)
        for model in ("winback.status", "winback.lifetime.report"):
            [total] = self._read(model, "amount_total:sum_currency")
            self.assertAlmostEqual(total, expected, 2, model)
        [own] = self._read("winback.status", "amount_total:sum_currency", company=self.company)
        [plain] = self._read("winback.status", "amount_total:sum", company=self.company)
        self.assertAlmostEqual(own, plain, 2, "one currency: as the plain sum")

    def test_means_stay_means(self):
        rows = self._as(self.boss, "winback.lifetime.report").search([])
        values = [row.lifetime_value * (DOLLAR if row.company_id == self.american else 1) for row in rows]
        self.assertTrue(all(values) and len(values) > 10)
        [mean] = self._read("winback.lifetime.report", "lifetime_value:sum_currency")
        self.assertAlmostEqual(mean, sum(values) / len(values), 2)

    def test_history_and_dynamics_are_converted(self):
        changes = self._as(self.boss, "winback.dynamics.report").search([])
        expected = sum(row.amount * (DOLLAR if row.company_id == self.american else 1) for row in changes)
        [total] = self._read("winback.dynamics.report", "amount:sum_currency")
        self.assertAlmostEqual(total, expected, 2)
        transitions = self._as(self.boss, "winback.transition").search([])
        expected = sum(
            row.amount_active_year * (DOLLAR if row.company_id == self.american else 1) for row in transitions
        )
        [total] = self._read("winback.transition", "amount_active_year:sum_currency")
        self.assertAlmostEqual(total, expected, 2)

    def _win_cases(self):
        """Win one case in each company, after one call that costs 8 euros and 12 dollars."""
        channel = self.env.ref("winback_lost_customers.winback_channel_call")
        for company, cost in ((self.company, 8), (self.american, 12)):
            channel.copy({"company_id": company.id, "cost_per_contact": cost})
            stories = self.stories if company == self.company else self.american_stories
            name = "Lost in the year" if company == self.company else "Lost in America"
            partner = stories[name].about["partner"]
            case = self.env["winback.case"].with_company(company)._open(company, partner, user=self.boss)
            case._win(self._create_order(partner, 0, amount=100, margin=50, company=company))
            # a call of a case that is closed asks for no preparation
            case.activity_schedule(
                activity_type_id=channel.activity_type_id.id, date_deadline=self.today, user_id=self.boss.id
            ).action_feedback()
        self.env.flush_all()

    def test_ratios_are_those_of_converted_money(self):
        self._win_cases()
        own = self._read("winback.case.report", "contact_cost:sum", "profit:sum", company=self.company)
        self.assertEqual(own, [8, 42])
        contact, won, spend = self._read(
            "winback.case.report",
            "cost_per_contact:sum_currency",
            "cost_per_return:sum_currency",
            "return_on_spend:avg",
        )
        cost = 8 + 12 * DOLLAR
        profit = 42 + (50 - 12) * DOLLAR
        self.assertAlmostEqual(contact, cost / 2, 2)
        self.assertAlmostEqual(won, cost / 2, 2)
        self.assertAlmostEqual(spend, 100 * profit / cost, 2)
        alone = self._read("winback.case.report", "cost_per_contact:avg", "return_on_spend:avg", company=self.american)
        self.assertAlmostEqual(alone[0], 12, 2, "dollars stay dollars where there are no others")
        self.assertAlmostEqual(alone[1], 100 * 38 / 12, 2)
