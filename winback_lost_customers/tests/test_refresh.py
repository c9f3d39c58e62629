from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..models.winback_engine import LOCK_KEY
from .common import WinbackCase


class RefreshCase(WinbackCase):
    """Factories and readers for marks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.refresh = cls.env["winback.refresh"]
        cls.cron = cls.env.ref("winback_lost_customers.ir_cron_winback_refresh")
        cls.product = cls.env["product.product"].create(
            {"name": "Product", "type": "service", "list_price": 100}
        )
        cls.customer = cls._create_customer()
        cls.company.winback_run_date = cls.today
        cls._forget_marks()

    @classmethod
    def _forget_marks(cls):
        cls._commit_marks()
        cls.env.cr.execute("DELETE FROM winback_refresh")
        cls.env.cr.execute("DELETE FROM ir_cron_trigger")

    @classmethod
    def _commit_marks(cls):
        """Do what a commit does before it commits."""
        cls.env.cr.flush()

    def _get_marks(self):
        """Return the set of (contact id, company id) that are marked, and forget it."""
        self._commit_marks()
        query = SQL("DELETE FROM winback_refresh RETURNING partner_id, company_id")
        return set(self.env.execute_query(query))

    def _assert_marked(self, *partners, company=None):
        company_id = (company or self.company).id
        self.assertEqual(self._get_marks(), {(p.id, company_id) for p in partners})

    def _assert_marked_everywhere(self, *partners):
        self.assertEqual(self._get_marks(), {(p.id, None) for p in partners})

    def _count_triggers(self):
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.cron.id)])

    def _refresh(self):
        """Run the scheduled action."""
        self._commit_marks()
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def _create_quotation(self, partner=None, **values):
        """Create a quotation with one line, as a user would."""
        line = Command.create({"product_id": self.product.id})
        return self.env["sale.order"].create(
            {
                "partner_id": (partner or self.customer).id,
                "company_id": self.company.id,
                "order_line": [line],
                **values,
            }
        )


class TestRefreshMarks(RefreshCase):
    """Which change marks whom."""

    # orders

    def test_new_quotation_is_an_inquiry(self):
        self._create_quotation()
        self._assert_marked(self.customer)

    def test_confirmed_order_marks_its_customer(self):
        order = self._create_quotation()
        self._forget_marks()
        order.action_confirm()
        self._assert_marked(self.customer)

    def test_cancelled_order_marks_its_customer(self):
        order = self._create_quotation()
        order.action_confirm()
        self._forget_marks()
        order._action_cancel()
        self._assert_marked(self.customer)

    def test_deleted_quotation_marks_its_customer(self):
        order = self._create_quotation()
        self._forget_marks()
        order.unlink()
        self._assert_marked(self.customer)

    def test_sent_quotation_waits_for_the_night(self):
        order = self._create_quotation()
        self._forget_marks()
        order.action_quotation_sent()
        self._assert_marked()

    def test_other_amount_matters_for_confirmed_orders_only(self):
        order = self._create_quotation()
        self._forget_marks()
        order.order_line.price_unit = 50
        self._assert_marked()
        order.action_confirm()
        self._forget_marks()
        order.order_line.price_unit = 70  # recomputes the amounts of the order
        self._assert_marked(self.customer)

    def test_order_of_another_customer_marks_both(self):
        other = self._create_customer()
        order = self._create_quotation()
        order.action_confirm()
        self._forget_marks()
        order.partner_id = other
        self._assert_marked(self.customer, other)

    def test_order_of_another_salesperson_marks_its_customer(self):
        seller = new_test_user(self.env, "seller", "sales_team.group_sale_salesman")
        order = self._create_quotation()
        order.action_confirm()
        self._forget_marks()
        order.user_id = seller
        self._assert_marked(self.customer)

    def test_other_text_on_an_order_marks_nobody(self):
        order = self._create_quotation()
        order.action_confirm()
        self._forget_marks()
        order.client_order_ref = "4711"
        self._assert_marked()

    # leads

    def test_opportunity_marks_its_customer(self):
        lead = self._create_lead(self.customer)
        self._assert_marked(self.customer)
        lead.action_set_lost()
        self._assert_marked(self.customer)
        lead.action_unarchive()
        self._assert_marked(self.customer)
        lead.unlink()
        self._assert_marked(self.customer)

    def test_opportunity_without_company_counts_for_every_company(self):
        self._create_lead(self.customer, company_id=False)
        self._assert_marked_everywhere(self.customer)

    def test_opportunity_without_customer_marks_nobody(self):
        lead = self._create_lead(self.env["res.partner"])
        self._assert_marked()
        lead.partner_id = self.customer
        self.assertEqual({partner_id for partner_id, _company in self._get_marks()}, {self.customer.id})

    # messages and activities

    def test_incoming_message_marks_its_author(self):
        order = self._create_quotation()
        self._forget_marks()
        order.message_post(
            body="Where is it?", message_type="email", author_id=self.customer.id
        )
        self._assert_marked_everywhere(self.customer)

    def test_message_of_an_employee_marks_nobody(self):
        seller = new_test_user(self.env, "seller", "sales_team.group_sale_manager")
        order = self._create_quotation()
        self._forget_marks()
        order.message_post(body="Soon", message_type="comment", author_id=seller.partner_id.id)
        order.with_user(seller).message_post(body="Soon", message_type="comment")
        self.customer.message_post(body="Changed", author_id=self.customer.id)  # notification
        self._assert_marked()

    def test_own_message_costs_no_query(self):
        seller = new_test_user(self.env, "seller", "sales_team.group_sale_manager")
        order = self._create_quotation().with_user(seller)
        order.message_post(body="Warm up", message_type="comment")
        self._forget_marks()
        message = order.message_post(body="Soon", message_type="comment")
        with self.assertQueryCount(0):
            message._winback_mark_authors()
            self._commit_marks()

    def test_deleted_message_marks_its_author(self):
        message = self.customer.message_post(
            body="Hello", message_type="email", author_id=self.customer.id
        )
        self._forget_marks()
        message.unlink()
        self._assert_marked_everywhere(self.customer)

    def test_done_activity_marks_the_customer(self):
        call = self.env.ref("mail.mail_activity_data_call").id
        order = self._create_quotation()
        for document in (order, self.customer):
            activity = document.activity_schedule(activity_type_id=call)
            self._forget_marks()
            activity.action_done()
            if document == order:
                self._assert_marked(self.customer)
            else:
                self._assert_marked_everywhere(self.customer)

    def test_done_activity_without_document_marks_nobody(self):
        todo = self.env["mail.activity"].create(
            {"summary": "To do", "user_id": self.env.user.id, "activity_type_id": False}
        )
        self._forget_marks()
        todo.action_done()
        self._assert_marked()

    # contacts

    def test_moved_contact_marks_both_organisations(self):
        old, new = self._create_customer("Old"), self._create_customer("New")
        contact = self._create_customer("Contact", is_company=False, parent_id=old.id)
        self._forget_marks()
        contact.parent_id = new
        self._assert_marked_everywhere(old, contact)
        self.assertEqual(contact.commercial_partner_id, new)

    def test_archived_contact_marks_its_organisation(self):
        contact = self._create_customer("Contact", is_company=False, parent_id=self.customer.id)
        self._forget_marks()
        contact.active = False
        self._assert_marked_everywhere(self.customer, contact)

    def test_other_account_manager_marks_the_customer(self):
        self.customer.user_id = self.env.user
        self._assert_marked_everywhere(self.customer)

    def test_other_street_marks_nobody(self):
        self.customer.street = "Main Street 1"
        self._assert_marked()

    def test_deleted_contact_marks_its_organisation(self):
        contact = self._create_customer("Contact", is_company=False, parent_id=self.customer.id)
        self._forget_marks()
        contact.unlink()
        self._assert_marked_everywhere(self.customer)

    def test_merged_contacts_mark_what_is_left(self):
        double = self._create_customer("Double")
        self._forget_marks()
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.customer | double).ids, self.customer)
        self.assertIn((self.customer.id, None), self._get_marks())

    def test_new_contact_marks_its_organisation(self):
        contact = self._create_customer("Contact", is_company=False, parent_id=self.customer.id)
        self._assert_marked_everywhere(contact)
        self._create_customer("Another")
        self._assert_marked()

    # complaints

    def test_complaint_marks_its_customer(self):
        complaint = self.env["winback.complaint"].create(
            {"name": "Broken", "partner_id": self.customer.id, "company_id": self.company.id}
        )
        self._assert_marked(self.customer)
        complaint.is_conflict = True
        self._assert_marked(self.customer)
        complaint.state = "in_progress"
        self._assert_marked(self.customer)
        complaint.description = "In two pieces"
        self._assert_marked()

    # invoices

    def test_posted_and_paid_invoice_marks_its_customer(self):
        self.env["account.chart.template"].try_loading(
            "generic_coa", company=self.company, install_demo=False
        )
        contact = self._create_customer("Contact", is_company=False, parent_id=self.customer.id)
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": contact.id,
                "company_id": self.company.id,
                "invoice_line_ids": [Command.create({"name": "Line", "price_unit": 100})],
            }
        )
        self._forget_marks()
        invoice.invoice_line_ids.price_unit = 110
        self._assert_marked()  # a draft says nothing
        invoice.action_post()
        self._assert_marked(contact)
        payment = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        payment.create({}).action_create_payments()
        self._assert_marked(contact)

    # how it is written

    def test_confirming_an_order_gains_one_insert(self):
        quotations = self.env["sale.order"]
        for _ in range(4):
            quotations |= self._create_quotation()
        self._forget_marks()

        def _confirm(quotation):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            quotation.action_confirm()
            self._commit_marks()
            return self.env.cr.sql_log_count - before

        _confirm(quotations[0])  # fills the caches of the registry
        marked = _confirm(quotations[1])
        with patch.object(type(self.refresh), "_wait", lambda *args: None):
            _confirm(quotations[2])
            bare = _confirm(quotations[3])
        self.assertEqual(marked, bare + 1)
        self.assertEqual(len(self._get_marks()), 1)

    def test_changes_of_one_transaction_are_written_at_once(self):
        order = self._create_quotation()
        order.action_confirm()
        self._create_lead(self.customer)
        self._commit_marks()
        self.assertEqual(self._count_triggers(), 1)
        self._assert_marked(self.customer)

    def test_nothing_marked_triggers_nothing(self):
        self.refresh._mark(self.env["sale.order"])
        self._commit_marks()
        self.assertEqual(self._count_triggers(), 0)

    def test_change_taken_back_marks_nobody(self):
        with self.assertRaises(ValueError), self.env.cr.savepoint():
            self._create_quotation()
            raise ValueError("no")
        self._assert_marked()

    def test_switched_off_action_is_not_triggered(self):
        self.cron.active = False
        self._create_quotation()
        self._commit_marks()
        self.assertEqual(self._count_triggers(), 0)
        self.refresh._gc_marks()
        self._assert_marked()

    def test_marks_of_an_active_action_are_kept(self):
        self._create_quotation()
        self._commit_marks()
        self.refresh._gc_marks()
        self._assert_marked(self.customer)


@tagged("post_install", "-at_install")
class TestRefreshWork(RefreshCase):
    """What the scheduled action makes of the marks."""

    def _count_marks(self):
        self._commit_marks()
        return self.env.execute_query(SQL("SELECT count(*) FROM winback_refresh"))[0][0]

    def _create_lost_customer(self, name="Lost"):
        partner = self._create_customer(name)
        self._create_orders(partner, [400, 380])
        return partner

    def test_order_of_a_lost_customer_shows_as_won_back(self):
        self._create_orders(self.customer, [400, 380])
        self._run()
        self.assertEqual(self._get_status(self.customer).state, "lost")
        self._create_order(self.customer, 0)
        self._refresh()
        self.assertEqual(self._get_status(self.customer).state, "won_back")
        self.assertEqual(self._count_marks(), 0)
        self.assertEqual(self._get_transitions(self.customer)[-1].to_state, "won_back")

    def test_only_marked_customers_are_evaluated(self):
        other = self._create_lost_customer()
        self._run()
        self._create_orders(self.customer, [40, 10])
        self._create_order(other, 0)
        self._commit_marks()
        self.env.cr.execute("DELETE FROM winback_refresh WHERE partner_id = %s", [other.id])
        self._refresh()
        self.assertEqual(self._get_status(self.customer).state, "active")
        self.assertEqual(self._get_status(other).state, "lost")

    def test_action_without_marks_runs_nothing(self):
        with patch.object(type(self.engine), "_run") as run:
            self._refresh()
        run.assert_not_called()

    def test_deleted_orders_remove_the_customer(self):
        quotation = self._create_quotation()
        quotation.action_confirm()
        self._run()
        self.assertTrue(self._get_status(self.customer))
        quotation._action_cancel()
        quotation.unlink()
        self._refresh()
        self.assertFalse(self._get_status(self.customer))

    def test_contact_brings_its_orders_along(self):
        old, new = self._create_customer("Old"), self._create_customer("New")
        contact = self._create_customer("Contact", is_company=False, parent_id=old.id)
        self._create_orders(contact, [40, 10])
        self._run()
        self._forget_marks()
        contact.parent_id = new
        self._refresh()
        self.assertFalse(self._get_status(old))
        self.assertEqual(self._get_status(new).order_count, 2)

    def test_organisation_that_joins_another_loses_its_row(self):
        new = self._create_customer("New")
        person = self._create_customer("Person", is_company=False)
        self._create_orders(person, [40, 10])
        self._run()
        self.assertTrue(self._get_status(person))
        self._forget_marks()
        person.parent_id = new
        self._refresh()
        self.assertFalse(self._get_status(person))
        self.assertEqual(self._get_status(new).order_count, 2)
        person.parent_id = False
        self._refresh()
        self.assertEqual(self._get_status(person).order_count, 2)
        self.assertFalse(self._get_status(new))

    def test_merged_customers_are_one(self):
        double = self._create_customer("Double")
        self._create_orders(self.customer, [40, 10])
        self._create_orders(double, [400, 380])
        self._run()
        self._forget_marks()
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.customer | double).ids, self.customer)
        self._refresh()
        self.assertEqual(self._get_status(self.customer).order_count, 4)
        self.assertEqual(self._get_status(self.customer).state, "won_back")

    def test_message_refreshes_every_company_of_the_customer(self):
        other = self._create_company("Other Test Company", winback_run_date=self.today)
        stranger = self._create_company("Third Test Company", winback_run_date=self.today)
        for company in (self.company, other):
            self._create_orders(self.customer, [150, 120], company=company)
            self._run(company=company)
        self._forget_marks()
        message = self.customer.message_post(
            body="Hello", message_type="email", author_id=self.customer.id, date=self._noon(1)
        )
        self._set_columns(message, record_company_id=None)
        self._refresh()
        for company in (self.company, other):
            status = self._get_status(self.customer, company)
            self.assertEqual(status.last_inquiry_date, self._day(1))
        self.assertFalse(self._get_status(self.customer, stranger))

    def test_deleted_contact_disturbs_nothing(self):
        self._create_orders(self.customer, [40, 10])
        gone = self._create_customer("Gone")
        self.refresh._mark(gone)
        self._commit_marks()
        gone.unlink()
        self._refresh()
        self.assertEqual(self._get_status(self.customer).state, "active")
        self.assertEqual(self._count_marks(), 0)

    def test_batches_are_worked_one_after_the_other(self):
        self._run()
        customers = [self._create_customer(f"Customer {n}") for n in range(5)]
        for customer in customers:
            self._create_orders(customer, [40, 10])
        sizes = []
        run = type(self.engine)._run

        def _run(engine, company, today=None, partners=None):
            sizes.append(partners and len(partners))
            return run(engine, company, today, partners)

        refresh = "odoo.addons.winback_lost_customers.models.winback_refresh"
        with (
            patch(f"{refresh}.BATCH", 2),
            patch(f"{refresh}.FULL_SHARE", 99),
            patch.object(type(self.engine), "_run", _run),
            patch.object(type(self.refresh), "_is_full_run_cheaper", lambda *args: False),
        ):
            self._refresh()
        self.assertEqual(sizes, [2, 2, 1])
        self.assertEqual({self._get_status(c).state for c in customers}, {"active"})

    def test_crash_loses_no_mark(self):
        self._create_orders(self.customer, [40, 10])

        def _run(engine, company, today=None, partners=None):
            raise ConnectionError("The power went off")

        with (
            patch.object(type(self.engine), "_run", _run),
            self.assertLogs("odoo.addons.base.models.ir_cron", "ERROR"),
        ):
            self._refresh()
        self.assertGreater(self._count_marks(), 0)
        self._refresh()
        self.assertEqual(self._get_status(self.customer).state, "active")
        self.assertEqual(self._count_marks(), 0)

    def test_marks_wait_while_another_run_is_under_way(self):
        self._create_orders(self.customer, [40, 10])
        self._commit_marks()
        self.env.cr.execute("DELETE FROM ir_cron_trigger")
        with self.registry.cursor() as cr:
            cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK_KEY, self.company.id))
            self._refresh()
        self.assertGreater(self._count_marks(), 0)
        self.assertFalse(self._get_status(self.customer))
        self.assertEqual(self._count_triggers(), 1)  # in a minute
        self._refresh()
        self.assertEqual(self._get_status(self.customer).state, "active")

    def test_many_marks_make_a_full_run(self):
        refresh = "odoo.addons.winback_lost_customers.models.winback_refresh"
        quiet = self._create_lost_customer()
        self.company.winback_run_date = self._day(1)
        self._create_orders(self.customer, [40, 10])
        self._commit_marks()
        self.env.cr.execute("DELETE FROM winback_refresh WHERE partner_id = %s", [quiet.id])
        with patch(f"{refresh}.BATCH", 0):
            self._refresh()
        self.assertEqual(self._get_status(quiet).state, "lost")
        self.assertEqual(self.company.winback_run_date, self.today)
        self.assertEqual(self._count_marks(), 0)

    def test_company_never_evaluated_gets_a_full_run(self):
        self.company.winback_run_date = False
        quiet = self._create_lost_customer()
        self._forget_marks()
        self._create_order(self.customer)
        self._refresh()
        self.assertEqual(self._get_status(quiet).state, "lost")

    def test_full_run_leaves_no_marks_of_its_company(self):
        other = self._create_company("Other Test Company")
        self._create_order(self.customer)
        self._create_order(self.customer, company=other)
        self._commit_marks()
        self._run()
        self._assert_marked(self.customer, company=other)

    def test_marks_of_a_closed_company_are_dropped(self):
        other = self._create_company("Other Test Company")
        self._create_order(self.customer, company=other)
        self._commit_marks()
        other.active = False
        self._refresh()
        self.assertEqual(self._count_marks(), 0)

    # decisions of users

    def test_decision_during_a_run_is_not_refused(self):
        self._create_orders(self.customer, [40, 10])
        self._run()
        self._forget_marks()
        with patch.object(type(self.engine), "_try_lock", lambda *args: False):
            self.env["winback.exclusion"].create(
                {"partner_id": self.customer.id, "company_id": self.company.id}
            )
        self.assertEqual(self._get_status(self.customer).state, "active")
        self._refresh()
        self.assertEqual(self._get_status(self.customer).state, "excluded")

    @mute_logger("odoo.addons.base.models.ir_cron")
    def test_uninstalling_leaves_no_trigger(self):
        from ..hooks import uninstall_hook  # noqa: PLC0415

        self._create_order(self.customer)
        self._commit_marks()
        self.assertEqual(self._count_triggers(), 1)
        uninstall_hook(self.env)
        self.assertEqual(self._count_triggers(), 0)

    @mute_logger("odoo.addons.base.models.ir_cron")
    def test_uninstalling_leaves_no_trigger_of_any_scheduled_action(self):
        from ..hooks import MODULE, uninstall_hook  # noqa: PLC0415

        data = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", "ir.cron")]
        )
        crons = self.env["ir.cron"].browse(data.mapped("res_id"))
        self.assertGreaterEqual(len(crons), 12)
        for cron in crons:
            cron._trigger()
        uninstall_hook(self.env)
        self.assertFalse(self.env["ir.cron.trigger"].search([("cron_id", "in", crons.ids)]))
