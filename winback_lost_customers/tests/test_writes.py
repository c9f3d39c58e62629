from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import WinbackCase

TABLES = ("winback_status", "winback_status_sign", "winback_transition")


@tagged("post_install", "-at_install")
class TestWrites(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls.env["res.partner"]
        for days in ([40, 10], [150, 120], [230, 200], [100], [1030, 1000, 20]):
            partner = cls._create_customer(f"Bought {days} days ago")
            cls._create_orders(partner, days)
            cls.customers |= partner

    def _get_versions(self, table, condition=None):
        """Return {id: place of the row version}; any write moves a row."""
        self.env.flush_all()
        query = SQL("SELECT id, ctid FROM %s WHERE %s", SQL.identifier(table), condition or SQL("TRUE"))
        return dict(self.env.execute_query(query))

    def _get_all_versions(self):
        return {table: self._get_versions(table) for table in TABLES}

    def _get_sequences(self):
        return [
            self.env.execute_query(
                SQL("SELECT last_value, is_called FROM %s", SQL.identifier(f"{table}_id_seq"))
            )
            for table in TABLES
        ]

    def _count_written(self, report):
        """Return {what: number of rows}, without what was not written at all."""
        flat = {"transitions": report["written"]["winback.transition"]}
        for model in ("winback.status", "winback.status.sign"):
            for action, rows in report["written"][model].items():
                flat[f"{model} {action}"] = rows
        return {key: rows for key, rows in flat.items() if rows}

    def test_first_run_inserts_everything(self):
        report = self._run()
        self.assertEqual(report["customers"], 5)
        self.assertEqual(self._count_written(report)["winback.status inserted"], 5)
        self.assertEqual(self.company.winback_run_date, self.today)

    def test_second_run_of_the_day_writes_nothing(self):
        self._run()
        versions, sequences = self._get_all_versions(), self._get_sequences()
        report = self._run()
        self.assertEqual(self._count_written(report), {})
        self.assertEqual(self._get_all_versions(), versions)
        self.assertEqual(self._get_sequences(), sequences)

    def test_quiet_night_writes_nothing(self):
        self._run()
        versions, sequences = self._get_all_versions(), self._get_sequences()
        report = self._run(self._day(-1))
        self.assertEqual(self._count_written(report), {})
        self.assertEqual(self._get_all_versions(), versions)
        self.assertEqual(self._get_sequences(), sequences)

    def test_next_day_writes_what_changed(self):
        """The first customer, silent for 10 days, orders; no other row is touched."""
        self._run()
        before = self._get_versions("winback_status")
        self._create_order(self.customers[0], -1)
        report = self._run(self._day(-1))
        self.assertEqual(self._count_written(report), {"winback.status updated": 1})
        after = self._get_versions("winback_status")
        moved = {row for row in before if before[row] != after[row]}
        self.assertEqual(moved, set(self._get_status(self.customers[0]).ids))

    def test_limited_run_writes_only_its_customers(self):
        self._run()
        before = self._get_versions("winback_status")
        for partner in self.customers[:2]:
            self._create_order(partner, 0)
        self._run(partners=self.customers[0])
        after = self._get_versions("winback_status")
        moved = {row for row in before if before[row] != after[row]}
        self.assertEqual(moved, set(self._get_status(self.customers[0]).ids))

    def test_limited_run_is_no_full_one(self):
        """The nightly run is still to be done."""
        self._run(partners=self.customers[0])
        self.assertFalse(self.company.winback_run_date)
        self.assertTrue(self._get_status(self.customers[0]))
        self.assertFalse(self._get_status(self.customers[1]))

    def test_limited_runs_give_the_rows_of_a_full_one(self):
        columns = ("state", "state_since", "score", "amount_total", "lost_date", "gap_max")
        self._run()
        full = [self._get_status(p).read(columns)[0] for p in self.customers]
        self.env["winback.status"].search([("company_id", "=", self.company.id)]).unlink()
        for partner in self.customers:
            self._run(partners=partner)
        limited = [self._get_status(p).read(columns)[0] for p in self.customers]
        for row in full + limited:
            row.pop("id")
        self.assertEqual(limited, full)

    def test_partners_are_never_written(self):
        self._run()
        self._create_order(self.customers[1], -1)
        before = self._get_versions("res_partner")
        self._run(self._day(-1))
        self.assertEqual(self._get_versions("res_partner"), before)

    def test_orders_are_never_written(self):
        before = self._get_versions("sale_order")
        self._run()
        self.assertEqual(self._get_versions("sale_order"), before)

    def test_decisions_are_never_written(self):
        self._run()
        status = self._get_status(self.customers[0])
        status.write({"potential_amount": 5000, "closed_date": self._day(3)})
        self._create_order(self.customers[0], 0)
        self._run()
        self.assertEqual(status.potential_amount, 5000)
        self.assertEqual(status.closed_date, self._day(3))

    def test_write_date_tells_the_change(self):
        self._run()
        status = self._get_status(self.customers[0])
        self._set_columns(status, write_date=self._noon(50))
        self._run()
        self.assertEqual(status.write_date, self._noon(50))
        self._create_order(self.customers[0], 0)
        self._run()
        self.assertNotEqual(status.write_date, self._noon(50))

    # customers who are none any more

    def test_customer_of_cancelled_orders_disappears(self):
        self._run()
        order = self.env["sale.order"].search([("partner_id", "=", self.customers[3].id)])
        self._set_columns(order, state="cancel")
        report = self._run()
        self.assertFalse(self._get_status(self.customers[3]))
        self.assertEqual(report["written"]["winback.status"]["removed"], 1)
        left = self._get_transitions(self.customers[3])
        self.assertEqual((left.from_state, left.to_state), ("new", False))

    def test_customer_with_a_decision_is_archived_instead(self):
        self._run()
        status = self._get_status(self.customers[3])
        status.potential_amount = 5000
        order = self.env["sale.order"].search([("partner_id", "=", self.customers[3].id)])
        self._set_columns(order, state="cancel")
        self._run()
        self.assertTrue(status.exists())
        self.assertFalse(status.active)
        self.assertEqual(status.potential_amount, 5000)
        self._create_order(self.customers[3], 0)
        self._run()
        self.assertTrue(status.active)

    def test_departed_customer_is_written_once(self):
        self._run()
        self._get_status(self.customers[3]).potential_amount = 5000
        order = self.env["sale.order"].search([("partner_id", "=", self.customers[3].id)])
        self._set_columns(order, state="cancel")
        self._run()
        versions = self._get_all_versions()
        self.assertEqual(self._count_written(self._run()), {})
        self.assertEqual(self._get_all_versions(), versions)

    def test_limited_run_removes_only_its_customers(self):
        self._run()
        for partner in self.customers[2:4]:
            orders = self.env["sale.order"].search([("partner_id", "=", partner.id)])
            for order in orders:
                self._set_columns(order, state="cancel")
        self._run(partners=self.customers[2])
        self.assertFalse(self._get_status(self.customers[2]))
        self.assertTrue(self._get_status(self.customers[3]))

    def test_archived_customer_is_archived(self):
        self.customers[0].active = False
        self._run()
        status = self._get_status(self.customers[0])
        self.assertFalse(status.active)
        self.customers[0].active = True
        self._run()
        self.assertTrue(status.active)

    def test_deleted_customer_takes_its_rows_along(self):
        other = self._create_customer("Other")
        self.company.winback_population = "negotiated"
        quotation = self._create_order(other, 10, state="cancel")
        self._run()
        status = self._get_status(other)
        self.assertTrue(status)
        quotation.unlink()
        other.unlink()
        self.assertFalse(status.exists())

    def test_returning_customer_of_an_archived_row_is_history(self):
        """Departure and return are two transitions, so that the chain is closed."""
        customer = self._create_customer()
        order = self._create_order(customer, 20)
        self._run()
        self._get_status(customer).potential_amount = 5000
        self._set_columns(order, state="cancel")
        self._run()
        self._create_order(customer, 0)
        self._run()
        self.assertEqual(
            [(t.from_state, t.to_state) for t in self._get_transitions(customer)],
            [("new", False), (False, "new")],
        )

    def test_archived_contact_without_orders_disappears(self):
        customer = self._create_customer()
        order = self._create_order(customer, 20)
        customer.active = False
        self._run()
        self._set_columns(order, state="cancel")
        self._run()
        self.assertFalse(self._get_status(customer))

    # merging contacts

    @mute_logger("odoo.addons.base.partner.merge")
    def _merge(self, *partners):
        merged = self.env["res.partner"].concat(*partners)
        self.env["base.partner.merge.automatic.wizard"]._merge(merged.ids, partners[0])

    def test_merged_customers_have_one_row(self):
        self._run()
        kept, gone = self.customers[0], self.customers[1]
        self._merge(kept, gone)
        self._run()
        status = self.env["winback.status"].search(
            [("partner_id", "in", [kept.id, gone.id]), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(status.partner_id, kept)
        self.assertEqual(len(status), 1)
        self.assertEqual(status.purchase_days, 4)
        self.assertEqual(status.last_order_date, self._day(10))

    def test_merged_customer_without_row_gets_one(self):
        empty = self._create_customer("Empty")
        self._run()
        self._merge(empty, self.customers[0])
        self._run()
        self.assertEqual(self._get_status(empty).purchase_days, 2)

    def test_merged_customers_keep_one_exclusion(self):
        self._run()
        for partner in self.customers[:2]:
            self.env["winback.exclusion"].create({"partner_id": partner.id})
        self._merge(self.customers[0], self.customers[1])
        self._run()
        self.assertEqual(
            self.env["winback.exclusion"].search_count([("company_id", "=", self.company.id)]), 1
        )
        self.assertEqual(self._get_status(self.customers[0]).state, "excluded")

    def test_merged_customers_keep_the_history_of_both(self):
        self._run()
        for partner in self.customers[:2]:
            self.env["winback.exclusion"].create({"partner_id": partner.id}).unlink()
        self._merge(self.customers[0], self.customers[1])
        self.assertEqual(len(self._get_transitions(self.customers[0])), 4)

    # statements

    def _count_queries(self, **options):
        self.env.cr.flush()  # with the marks that wait for the commit
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._run(**options)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_number_of_statements_is_independent_of_customers(self):
        self._run()  # warms the caches up
        few = self._count_queries(today=self._day(-1))
        for number in range(30):
            partner = self._create_customer(f"Customer {number}")
            self._create_orders(partner, [150 + number, 120 + number])
        self.assertEqual(self._count_queries(today=self._day(-2)), few)
        self.assertEqual(self._count_queries(today=self._day(-3)), few)
