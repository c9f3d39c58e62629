from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_figures import FiguresCase

NAMES = {
    "kpi_winback_at_risk": "Customers at Risk",
    "kpi_winback_at_stake": "Sales at Stake",
    "kpi_winback_lost": "Customers Lost",
    "kpi_winback_won_back": "Customers Won Back",
}


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestDigest(FiguresCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.digest = cls.env["digest.digest"].create(
            {"name": "Figures", "company_id": cls.company.id, **dict.fromkeys(NAMES, True)}
        )

    def _get_kpis(self, user=None):
        """Return {name: its three columns}, as they are mailed to `user`."""
        user = user or self.boss
        self.env.invalidate_all()
        kpis = self.digest._compute_kpis(self.company, user)
        return {k["kpi_name"]: [k[f"kpi_col{n}"] for n in (1, 2, 3)] for k in kpis if k["kpi_name"] in NAMES}

    def _count(self, kinds, days, before=0, user=None):
        start, end = self._day(before + days) + timedelta(days=1), self._day(before)
        return len(self._get_changes(kinds, start, end, user))

    def _get_past(self, start, end):
        """Return the digest of the time between these days ago."""
        self.env.invalidate_all()
        return self.digest.with_user(self.boss).with_context(
            start_datetime=self._noon(start),
            end_datetime=self._noon(end),
            allowed_company_ids=self.company.ids,
        )

    def test_lost_and_won_back_of_a_month_agree_with_the_orders(self):
        kpis = self._get_kpis()
        for name, kinds in (
            ("kpi_winback_lost", ("lost", "lost_again")), ("kpi_winback_won_back", ("returned",))
        ):  # fmt: skip
            values = [column["value"] for column in kpis[name]]
            # Odoo's month is that of the calendar
            self.assertEqual(values, [self._count(kinds, days) for days in (1, 7, 31)], name)
            self.assertTrue(values[-1], name)

    def test_no_day_counts_twice(self):
        """Who was lost on the border between two times belongs to one of them."""
        counts = []
        for ago in (0, 10, 20, 30, 40, 50, 60):
            counts.append(self._get_past(ago + 10, ago).kpi_winback_lost_value)
            self.assertEqual(counts[-1], self._count(("lost", "lost_again"), 10, ago), ago)
        self.assertEqual(sum(counts), self._count(("lost", "lost_again"), 70))
        self.assertEqual(sum(counts), 2, "one of them on the 10th day, one on the 60th")

    def test_at_risk_now_and_then(self):
        kpis = self._get_kpis()["kpi_winback_at_risk"]
        self.assertEqual([column["value"] for column in kpis], [4, 4, 4])
        # both silent ones became at risk on the day after their 90th: 20 and 30 days ago
        for ago in (15, 25, 45):
            then = self._get_past(ago + 10, ago).kpi_winback_at_risk_value
            self.engine._run_as_of(self.company, self._day(ago))
            states = [row["state"] for row in self._read_table("winback_run_status").values()]
            self.assertEqual(then, states.count("at_risk"), ago)

    def test_money_at_stake_is_that_of_the_customers_at_risk(self):
        for name in ("Silent", "Buys less"):
            self._set_columns(self._get_status(self.stories[name].about["partner"]), expected_sales_loss=600)
        columns = self._get_kpis()["kpi_winback_at_stake"]
        self.assertTrue(all("1.2k" in column["value"] for column in columns), columns)
        self.assertFalse(any(column["margin"] for column in columns))

    def test_each_reader_gets_own_figures(self):
        kpis = self._get_kpis(self.boris)
        self.assertEqual(kpis["kpi_winback_at_risk"][0]["value"], 2)
        won_back = self._count(("returned",), 31, user=self.boris)
        self.assertEqual(kpis["kpi_winback_won_back"][2]["value"], won_back)
        self.assertTrue(won_back)

    def test_who_is_not_in_sales_gets_none(self):
        clerk = self._create_user("wbc_clerk", "base.group_user")
        self.assertEqual(self._get_kpis(clerk), {})
        with self.assertRaises(AccessError):
            self.digest.with_user(clerk)._check_winback_reader()

    def test_figures_lead_to_the_overview(self):
        actions = self.digest._compute_kpis_actions(self.company, self.boss)
        for name in NAMES:
            self.assertIn("winback_overview_action", actions[name])

    def test_mail_has_the_figures(self):
        self.digest._action_send_to_user(self.boss)
        mail = self.env["mail.mail"].search([("email_to", "=", self.boss.email_formatted)], limit=1)
        for label in NAMES.values():
            self.assertIn(label, mail.body_html)
