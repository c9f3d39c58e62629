from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import WinbackCase


@tagged("post_install", "-at_install")
class WinbackAccessCase(WinbackCase):
    """Two salespeople, a team with a leader, somebody who sees all documents and a
    manager; customers of each, and one of nobody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls._create_user("wb_anna", "sales_team.group_sale_salesman")
        cls.boris = cls._create_user("wb_boris", "sales_team.group_sale_salesman")
        cls.leader = cls._create_user("wb_leader", "sales_team.group_sale_salesman")
        cls.all_docs = cls._create_user("wb_all", "sales_team.group_sale_salesman_all_leads")
        cls.manager = cls._create_user("wb_manager", "sales_team.group_sale_manager")
        cls.clerk = cls._create_user("wb_clerk", "base.group_user")
        cls.team = cls.env["crm.team"].create(
            {"name": "Team", "user_id": cls.leader.id, "company_id": cls.company.id}
        )
        cls.of_anna = cls._create_lost("Of Anna", user_id=cls.anna.id)
        cls.of_boris = cls._create_lost("Of Boris", user_id=cls.boris.id, team_id=cls.team.id)
        cls.of_nobody = cls._create_lost("Of nobody")
        cls.customers = cls.of_anna | cls.of_boris | cls.of_nobody
        cls._run()
        cls.env["winback.exclusion"].create({"partner_id": cls.of_boris.id}).unlink()
        cls.env["winback.exclusion"].create({"partner_id": cls.of_anna.id}).unlink()
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _create_user(cls, login, groups, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env, login, groups=groups, company_id=company.id, company_ids=company.ids
        )

    @classmethod
    def _create_lost(cls, name, **order_values):
        """Create a lost customer whose orders have these salesperson and team."""
        customer = cls._create_customer(name)
        cls._create_orders(customer, [1030, 1000], **order_values)
        return customer

    def _as(self, user, model):
        self.env.invalidate_all()
        return self.env[model].with_user(user).with_context(allowed_company_ids=user.company_ids.ids)


@tagged("post_install", "-at_install")
class TestStatusAccess(WinbackAccessCase):
    def _get_visible(self, user, model="winback.status"):
        return self._as(user, model).search([]).partner_id.sudo()

    def test_salesperson_sees_own_and_unassigned_customers(self):
        self.assertEqual(self._get_visible(self.anna), self.of_anna | self.of_nobody)

    def test_team_leader_sees_the_team(self):
        self.assertEqual(self._get_visible(self.leader), self.of_boris | self.of_nobody)

    def test_all_documents_and_manager_see_all(self):
        for user in self.all_docs | self.manager:
            with self.subTest(user=user.login):
                self.assertEqual(self._get_visible(user), self.customers)

    def test_salesperson_of_the_contact_counts_before_the_orders(self):
        self.of_boris.user_id = self.anna
        self._run()
        self.assertIn(self.of_boris, self._get_visible(self.anna))
        self.assertNotIn(self.of_boris, self._get_visible(self.boris))

    def test_evidence_follows_the_customers(self):
        self.assertEqual(
            self._get_visible(self.anna, "winback.status.sign"), self.of_anna | self.of_nobody
        )
        self.assertEqual(
            self._get_visible(self.leader, "winback.status.sign"),
            self.of_boris | self.of_nobody,
        )
        self.assertEqual(self._get_visible(self.manager, "winback.status.sign"), self.customers)

    def test_history_follows_the_customers(self):
        self.assertEqual(self._get_visible(self.anna, "winback.transition"), self.of_anna)
        self.assertEqual(self._get_visible(self.leader, "winback.transition"), self.of_boris)
        self.assertEqual(
            self._get_visible(self.manager, "winback.transition"), self.of_anna | self.of_boris
        )

    def test_history_of_a_customer_shared_by_companies_stays_hidden(self):
        """Boris's customer also bought from another company, from nobody there: that
        must not show Boris's history to Anna."""
        other = self._create_company("Other Company")
        self._create_orders(self.of_boris, [40, 10], company=other)
        self._run(company=other)
        visible = self._as(self.anna, "winback.transition").search([])
        self.assertNotIn(self.of_boris, visible.partner_id.sudo())

    def test_history_of_a_former_customer_stays_with_its_salesperson(self):
        for order in self.env["sale.order"].search([("partner_id", "=", self.of_boris.id)]):
            self._set_columns(order, state="cancel")
        self._run()
        visible = self._as(self.anna, "winback.transition").search([])
        self.assertNotIn(self.of_boris, visible.partner_id.sudo())

    def test_clerk_sees_nothing(self):
        for model in ("winback.status", "winback.status.sign", "winback.transition"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self._as(self.clerk, model).search([])

    def test_other_company_is_hidden(self):
        other = self._create_company("Other Company")
        stranger = self._create_user("wb_other", "sales_team.group_sale_manager", other)
        for model in ("winback.status", "winback.status.sign", "winback.transition"):
            with self.subTest(model=model):
                self.assertFalse(self._get_visible(stranger, model))

    def test_other_companys_signs_are_hidden(self):
        other = self._create_company("Other Company")
        stranger = self._create_user("wb_other", "sales_team.group_sale_manager", other)
        signs = self._as(stranger, "winback.sign").with_context(active_test=False).search([])
        self.assertEqual(signs.sudo() & self.env["winback.sign"].concat(*self.signs.values()), signs[:0])
        self.assertLessEqual(set(self.shared_signs.ids), set(signs.ids))

    # writing

    def test_salesperson_writes_nothing(self):
        status = self._get_status(self.of_anna)
        for record, values in (
            (status, {"potential_amount": 5}),
            (status, {"state": "active"}),
            (status.evidence_ids[0], {"weight": 1}),
            (self._get_transitions(self.of_anna)[0], {"date": self.today}),
            (self.signs["S1"], {"threshold": 1}),
            (self.env["winback.value.class"].search([])[0], {"margin_share_to": 1}),
        ):
            with self.subTest(record=record), self.assertRaises(AccessError):
                record.with_user(self.anna).write(values)
                record.flush_recordset()

    def test_salesperson_decides_nothing(self):
        status = self._get_status(self.of_anna).with_user(self.anna)
        with self.assertRaises(AccessError):
            self._as(self.anna, "winback.exclusion").create({"partner_id": self.of_anna.id})
        with self.assertRaises(AccessError):
            self._as(self.anna, "winback.exclude").create({"status_ids": status.ids})
        with self.assertRaises(AccessError):
            status.action_give_up()

    def test_manager_decides(self):
        status = self._get_status(self.of_anna).with_user(self.manager)
        status.potential_amount = 5000
        self.assertEqual(status.potential_amount, 5000)
        status.action_give_up()
        self.assertEqual(status.state, "gone")
        exclusion = self._as(self.manager, "winback.exclusion").create(
            {"partner_id": self.of_nobody.id}
        )
        self.assertEqual(exclusion.user_id, self.manager)
        self.assertEqual(self._get_status(self.of_nobody).state, "excluded")

    def test_manager_does_not_write_the_engines_rows(self):
        with self.assertRaises(AccessError):
            self._get_status(self.of_anna).evidence_ids[0].with_user(self.manager).weight = 1
        with self.assertRaises(AccessError):
            self._get_transitions(self.of_anna)[0].with_user(self.manager).date = self.today
        with self.assertRaises(AccessError):
            self._get_status(self.of_anna).with_user(self.manager).unlink()

    def test_salesperson_may_refresh_own_customers_only(self):
        self._create_order(self.of_anna, 0, user_id=self.anna.id)
        self._get_status(self.of_anna).with_user(self.anna).action_refresh()
        self.assertEqual(self._get_status(self.of_anna).state, "won_back")
        with self.assertRaises(AccessError):
            self._get_status(self.of_boris).with_user(self.anna).action_refresh()

    # margins

    def test_margins_are_hidden_from_salespeople(self):
        for user in self.anna | self.all_docs:
            for name in ("margin_total", "margin_active_year"):
                with self.subTest(user=user.login, name=name), self.assertRaises(AccessError):
                    self._as(user, "winback.status").search([]).read([name])

    def test_margins_are_hidden_from_grouping_and_searching(self):
        statuses = self._as(self.anna, "winback.status")
        with self.assertRaises(AccessError):
            statuses.search([("margin_total", ">", 0)])
        with self.assertRaises(AccessError):
            statuses.formatted_read_group([], ["state"], ["margin_total:sum"])

    def test_margins_are_shown_to_managers(self):
        rows = self._as(self.manager, "winback.status").search([]).read(["margin_total"])
        self.assertEqual({row["margin_total"] for row in rows}, {60})

    def test_margins_are_shown_to_salespeople_by_the_setting(self):
        self.env["res.config.settings"].create({"group_winback_margin_all": True}).execute()
        rows = self._as(self.anna, "winback.status").search([]).read(["margin_total"])
        self.assertEqual({row["margin_total"] for row in rows}, {60})
        self.env["res.config.settings"].create({"group_winback_margin_all": False}).execute()
        with self.assertRaises(AccessError):
            self._as(self.anna, "winback.status").search([]).read(["margin_total"])
        self.assertTrue(self.manager.has_group("winback_lost_customers.group_winback_margin"))


@tagged("post_install", "-at_install")
class TestPartnerAccess(WinbackAccessCase):
    def _read_states(self, user):
        partners = self._as(user, "res.partner").browse(self.customers.ids)
        return partners.mapped("winback_state")

    def _search_partners(self, user, *leaf):
        partners = self._as(user, "res.partner")
        return partners.search([leaf, ("id", "in", self.customers.ids)]).sudo()

    def test_state_is_shown_as_far_as_the_rules_allow(self):
        self.assertEqual(self._read_states(self.manager), ["lost", "lost", "lost"])
        self.assertEqual(self._read_states(self.anna), ["lost", False, "lost"])
        self.assertEqual(self._read_states(self.leader), [False, "lost", "lost"])

    def test_score_and_signs_follow_the_rules(self):
        partners = self._as(self.anna, "res.partner").browse(self.customers.ids)
        self.assertEqual(partners.mapped("winback_score"), [100, 0, 100])
        self.assertEqual([len(p.winback_evidence_ids) for p in partners], [2, 0, 2])

    def test_sudo_does_not_leak_into_the_users_cache(self):
        partners = self._as(self.anna, "res.partner").browse(self.customers.ids)
        partners.sudo().mapped("winback_state")
        self.assertEqual(partners.mapped("winback_state"), ["lost", False, "lost"])

    def test_contacts_show_the_organisations_state(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.of_anna.id}
        )
        self.assertEqual(contact.with_user(self.anna).winback_state, "lost")

    def test_filter_follows_the_rules(self):
        for user, customers in (
            (self.manager, self.customers),
            (self.anna, self.of_anna | self.of_nobody),
            (self.leader, self.of_boris | self.of_nobody),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(
                    self._search_partners(user, "winback_state", "=", "lost"), customers
                )

    def test_filter_by_another_state_finds_the_rest(self):
        self.assertEqual(
            self._search_partners(self.manager, "winback_state", "!=", "lost"),
            self.customers[:0],
        )
        self.assertEqual(
            self._search_partners(self.anna, "winback_state", "!=", "lost"), self.of_boris
        )

    def test_filter_finds_those_without_state(self):
        never = self._create_customer("Never bought")
        partners = self._as(self.manager, "res.partner")
        found = partners.search(
            [("winback_state", "=", False), ("id", "in", [never.id, *self.customers.ids])]
        )
        self.assertEqual(found.sudo(), never)

    def test_filter_finds_the_contacts_too(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.of_anna.id}
        )
        partners = self._as(self.anna, "res.partner")
        found = partners.search([("winback_state", "=", "lost")])
        self.assertIn(contact.id, found.ids)

    def test_grouping_follows_the_rules(self):
        for user, counts in (
            (self.manager, {"lost": 3}),
            (self.anna, {"lost": 2, False: 1}),
        ):
            groups = self._as(user, "res.partner").formatted_read_group(
                [("id", "in", self.customers.ids)], ["winback_state"], ["__count"]
            )
            with self.subTest(user=user.login):
                self.assertEqual({g["winback_state"]: g["__count"] for g in groups}, counts)

    def test_sorting_by_score_works(self):
        found = self._as(self.anna, "res.partner").search(
            [("id", "in", self.customers.ids)], order="winback_score desc, id"
        )
        self.assertEqual(len(found), 3)

    def test_state_is_of_the_current_company(self):
        other = self._create_company("Other Company")
        self.manager.company_ids |= other
        partner = self.of_anna.with_user(self.manager)
        self.assertFalse(partner.with_company(other).winback_state)
        self.assertEqual(partner.with_company(self.company).winback_state, "lost")

    def test_order_shows_the_state_as_far_as_the_rules_allow(self):
        quotations = self.env["sale.order"]
        for partner in (self.of_anna, self.of_boris):
            quotations |= self._create_order(partner, 0, state="draft", user_id=self.anna.id)
        seen = quotations.with_user(self.anna)
        self.assertEqual(seen.mapped("winback_state"), ["lost", False])

    # people outside sales

    def test_clerk_does_not_see_the_fields(self):
        fields = self._as(self.clerk, "res.partner").fields_get()
        self.assertFalse([name for name in fields if name.startswith("winback_")])

    def test_superuser_code_reads_contacts_for_a_clerk(self):
        """Code that reads whole contacts with sudo must not stumble over our fields."""
        rows = self.of_anna.with_user(self.clerk).sudo().read(["name", "winback_state"])
        self.assertEqual(rows[0]["name"], "Of Anna")

    def _open_form(self, user):
        """Read all that the contact form shows, as the web client does."""
        partners = self._as(user, "res.partner")
        arch = etree.fromstring(partners.get_view(view_type="form")["arch"])
        names = {node.get("name") for node in arch.xpath("//field[not(ancestor::field)]")}
        return partners.browse(self.of_anna.ids).web_read({name: {} for name in names}), names

    def test_clerk_opens_contacts(self):
        rows, names = self._open_form(self.clerk)
        self.assertEqual(rows[0]["id"], self.of_anna.id)
        self.assertFalse([name for name in names if name.startswith("winback_")])

    def test_salespeople_open_contacts(self):
        rows, names = self._open_form(self.anna)
        self.assertEqual(rows[0]["id"], self.of_anna.id)
        self.assertTrue([name for name in names if name.startswith("winback_")])

    def test_clerk_groups_and_creates_contacts(self):
        clerk = new_test_user(self.env, "wb_clerk2", groups="base.group_partner_manager")
        partner = self._as(clerk, "res.partner").create({"name": "New"})
        partner.name = "Renamed"
        self.assertEqual(partner.name, "Renamed")
