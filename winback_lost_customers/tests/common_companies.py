from odoo.tests import freeze_time

from .common_figures import FiguresCase, Story

# what Odoo knows of EUR, the currency of the first company, and of USD: both have a rate, so
# that a rate which is not divided by the other one is found out
RATES = {"EUR": {"2026-01-01": 0.9}, "USD": {"2026-01-01": 1.2, "2026-06-01": 1.08, "2026-07-01": 2.0}}
DOLLAR = 0.9 / 1.08  # in euros, on the day of the tests


@freeze_time("2026-06-15 12:00:00")
class CompaniesCase(FiguresCase):
    """A second company whose currency is the dollar, with customers of its own and one of
    both; the boss works for the two of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.american = cls._create_company("American Test Company", currency_id=cls.env.ref("base.USD").id)
        cls._create_rates(RATES)
        cls.boss.company_ids |= cls.american
        cls._create_sign("S6", company=cls.american)
        cls.american_stories = {}
        cls._tell_american("Steady in America", range(10, 701, 30), 500)
        cls._tell_american("Lost in America", range(260, 700, 50), 700)
        cls._tell_american("Back in America", [8, 600, 640, 700], 300)
        cls._tell_american("Silent in America", range(115, 500, 30), 600)
        # a customer of both companies
        cls._tell_american("Lost this month", range(188, 600, 60), 50, cls.stories["Lost this month"].about["partner"])
        cls._run(company=cls.american)
        history = cls.env["winback.history"]
        for day in history._get_missing_month_ends(cls.american):
            history._reconstruct(cls.american, day)
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _create_rates(cls, rates):
        """Create rates of the first company: {currency: {day: rate}}."""
        cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": cls.env.ref(f"base.{name}").id,
                    "company_id": cls.company.id,
                    "name": day,
                    "rate": rate,
                }
                for name, days in rates.items()
                for day, rate in days.items()
            ]
        )

    @classmethod
    def _tell_american(cls, name, days_ago, amount, partner=None):
        """Create a customer of the second company with an order on each of these days."""
        partner = partner or cls._create_customer(name)
        orders = {}
        for number, days in enumerate(sorted(days_ago, reverse=True)):
            value = amount + number
            cls._create_order(partner, days, amount=value, margin=value / 2, company=cls.american)
            orders[cls._day(days)] = (value, value / 2)
        cls.american_stories[name] = Story(orders, name=name, user=False, partner=partner)

    @classmethod
    def _get_all_stories(cls):
        """Return pairs of story and what its money is in euros."""
        return [(s, 1) for s in cls.stories.values()] + [(s, DOLLAR) for s in cls.american_stories.values()]

    def _get_american(self, name):
        """Return the status of a customer in the second company."""
        return self._get_status(self.american_stories[name].about["partner"], self.american)
