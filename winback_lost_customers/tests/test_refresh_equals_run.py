from random import Random

from odoo.tests import tagged
from odoo.tools import SQL

from .common import WinbackCase

SEEDS = range(4)
CUSTOMERS = 10
CHANGES = 25
HOUSEKEEPING = {"id", "status_id", "create_uid", "create_date", "write_uid", "write_date"}
# a class ranks a customer among all others: it may move without any change of its own
RANKED = {"value_class_id", "abc_xyz", "abc_xyz_before"}


@tagged("post_install", "-at_install")
class TestRefreshEqualsRun(WinbackCase):
    """After random changes the refreshed rows equal a full run's, cell by cell.

    Equal are all rows of the marked customers. Those of the others differ at most in
    the classes, which rank them among all: theirs follow in the night.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared_signs.active = True
        cls.refresh = cls.env["winback.refresh"]
        cls.other = cls._create_company(
            "Other Test Company",
            currency_id=cls.env.ref("base.USD").id,
            winback_population="negotiated",
        )
        cls.companies = cls.company | cls.other
        cls.companies.winback_run_date = cls.today

    def test_refreshed_rows_equal_the_full_run(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), self.env.cr.savepoint() as savepoint:
                self._check_history(Random(seed))
                savepoint.rollback()
                self.env.invalidate_all(flush=False)

    def _check_history(self, random):
        """Make up a history, change it, and compare a refresh with a full run."""
        self._make_history(random)
        for company in self.companies:
            self._run(company=company)
        self._forget_marks()
        changes = [random.choice(self._get_changes()) for _ in range(CHANGES)]
        for change in changes:
            change(random)
        self.env.cr.flush()
        with self.env.cr.savepoint() as savepoint:
            marked = self._work()
            refreshed = self._read_all()
            savepoint.rollback()
            self.env.invalidate_all(flush=False)
        for company in self.companies:
            self._run(company=company)
        self.assertTrue(marked)
        self._compare(marked, refreshed, self._read_all(), [c.__name__ for c in changes])

    def _forget_marks(self):
        self.env.cr.flush()
        self.env.cr.execute("DELETE FROM winback_refresh")

    def _work(self):
        """Do what the scheduled action does, without its commits; return the marked
        customers as a set of (company id, partner id)."""
        self.refresh._spread_marks()
        query = SQL(
            """SELECT m.company_id, unnest(ARRAY[p.id, p.commercial_partner_id])
                 FROM winback_refresh m JOIN res_partner p ON p.id = m.partner_id"""
        )
        marked = set(self.env.execute_query(query))
        for company in self.companies:
            while self.refresh._work_batch(company):
                pass
        return marked

    # ------------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------------

    def _read_all(self):
        """Return {(company id, partner id): {table: rows}} of all results."""
        rows = {}
        for name, query in {
            "status": SQL("SELECT * FROM winback_status"),
            "sign": SQL(
                """SELECT s.company_id, s.partner_id, e.*
                     FROM winback_status_sign e JOIN winback_status s ON s.id = e.status_id
                    ORDER BY e.sign_id"""
            ),
            "transition": SQL(
                "SELECT * FROM winback_transition ORDER BY kind, date, from_state, to_state"
            ),
        }.items():
            for row in self.env.execute_query_dict(query):
                if row["company_id"] not in self.companies.ids:
                    continue
                key = (row["company_id"], row["partner_id"])
                values = {k: v for k, v in row.items() if k not in HOUSEKEEPING}
                rows.setdefault(key, {}).setdefault(name, []).append(values)
        return rows

    def _compare(self, marked, refreshed, full, changes):
        """Compare the rows of a refresh with those of a full run."""
        self.assertEqual(
            {key: refreshed.get(key) for key in marked},
            {key: full.get(key) for key in marked},
            changes,
        )
        unmarked = (set(refreshed) | set(full)) - marked
        self.assertEqual(
            {key: self._without_ranks(refreshed.get(key)) for key in unmarked},
            {key: self._without_ranks(full.get(key)) for key in unmarked},
            changes,
        )

    def _without_ranks(self, tables):
        """Return the rows of one customer without what ranks it among the others."""
        if not tables:
            return tables
        return {
            "status": [
                {name: value for name, value in row.items() if name not in RANKED}
                for row in tables["status"]
            ],
            "sign": tables.get("sign"),
            "transition": [row for row in tables.get("transition", ()) if row["kind"] != "class"],
        }

    # ------------------------------------------------------------------
    # A random company
    # ------------------------------------------------------------------

    def _make_history(self, random):
        """Create customers, half of them with a contact, and their documents."""
        self.organisations = self.env["res.partner"]
        self.contacts = self.env["res.partner"]
        self.orders = self.env["sale.order"]
        self.leads = self.env["crm.lead"]
        self.messages = self.env["mail.message"]
        self.complaints = self.env["winback.complaint"]
        for number in range(CUSTOMERS):
            organisation = self._create_customer(f"Customer {number}")
            self.organisations |= organisation
            if random.random() < 0.5:
                self.contacts |= self._create_customer(
                    f"Contact {number}", is_company=False, parent_id=organisation.id
                )
        for _ in range(CUSTOMERS * 6):
            self._order(random)
        for _ in range(CUSTOMERS):
            self._lead(random)
            self._write(random)
            self._complain(random)

    def _get_changes(self):
        """Return what may happen during a day."""
        return [
            self._order, self._order, self._quote, self._confirm, self._cancel, self._delete,
            self._redate, self._give, self._reprice, self._hand_over,
            self._lead, self._lose, self._win, self._give_lead, self._delete_lead,
            self._write, self._delete_message, self._call,
            self._complain, self._settle,
            self._hire, self._move_contact, self._archive, self._assign, self._join, self._merge,
        ]  # fmt: skip

    def _pick(self, random, records):
        """Return one of the records that still exist, or none."""
        records = records.exists().sorted("id")
        return records[random.randrange(len(records))] if records else records

    def _pick_partner(self, random):
        return self._pick(random, self.organisations | self.contacts)

    def _get_days(self, random):
        return random.choice([0, 0, 1, 5, 20, 45, 89, 90, 91, 120, 181, 250, 364, 365, 366, 700])

    def _order(self, random, state=None):
        """Create an order, sometimes a return, sometimes in another currency."""
        state = state or random.choice(["sale", "sale", "sale", "cancel", "draft", "sent"])
        self.orders |= self._create_order(
            self._pick_partner(random),
            self._get_days(random),
            state=state,
            amount=random.choice([-50, 0, 10, 99.99, 1000]),
            margin=random.choice([-5, 0, 30]),
            rate=random.choice([1, 1, 1.25, 0.1]),
            company=random.choice(list(self.companies)),
        )

    def _quote(self, random):
        self._order(random, "draft")

    def _confirm(self, random):
        self._pick(random, self.orders.filtered(lambda o: o.state == "draft")).state = "sale"

    def _cancel(self, random):
        self._pick(random, self.orders.filtered(lambda o: o.state == "sale")).state = "cancel"

    def _delete(self, random):
        order = self._pick(random, self.orders.filtered(lambda o: o.state in ("draft", "cancel")))
        self.orders -= order
        order.unlink()

    def _redate(self, random):
        self._pick(random, self.orders).date_order = self._noon(self._get_days(random))

    def _give(self, random):
        self._pick(random, self.orders).partner_id = self._pick_partner(random)

    def _reprice(self, random):
        """Let a confirmed order be worth something else, as its lines would."""
        self._pick(random, self.orders.filtered(lambda o: o.state == "sale")).write(
            {"amount_untaxed": random.choice([5, 500]), "margin": 3}
        )

    def _hand_over(self, random):
        self._pick(random, self.orders).user_id = random.choice([self.env.user.id, False])

    def _lead(self, random):
        self.leads |= self._create_lead(
            self._pick_partner(random),
            self._get_days(random),
            lost=random.random() < 0.5,
            company_id=random.choice([self.company.id, self.other.id, False]),
        )

    def _lose(self, random):
        open_leads = self.leads.filtered(lambda lead: lead.won_status == "pending")
        self._pick(random, open_leads).action_set_lost()

    def _win(self, random):
        open_leads = self.leads.filtered(lambda lead: lead.won_status == "pending")
        self._pick(random, open_leads).action_set_won()

    def _give_lead(self, random):
        self._pick(random, self.leads).partner_id = self._pick_partner(random)

    def _delete_lead(self, random):
        lead = self._pick(random, self.leads)
        self.leads -= lead
        lead.unlink()

    def _write(self, random):
        partner = self._pick_partner(random)
        message = partner.message_post(body="Hello", message_type="email", author_id=partner.id)
        company = random.choice([self.company.id, self.other.id, None])
        self._set_columns(
            message, date=self._noon(self._get_days(random)), record_company_id=company
        )
        self.messages |= message

    def _delete_message(self, random):
        message = self._pick(random, self.messages)
        self.messages -= message
        message.unlink()

    def _call(self, random):
        document = self._pick(random, random.choice([self.organisations, self.orders]))
        call = self.env.ref("mail.mail_activity_data_call").id
        document.activity_schedule(activity_type_id=call).action_done()

    def _complain(self, random):
        self.complaints |= self.env["winback.complaint"].create(
            {
                "name": "Broken",
                "partner_id": self._pick_partner(random).id,
                "company_id": random.choice(self.companies.ids),
                "severity": random.choice(["serious", "small"]),
                "is_conflict": random.random() < 0.5,
                "date_received": self._noon(self._get_days(random)),
            }
        )

    def _settle(self, random):
        self._pick(random, self.complaints).write(
            {
                "state": "closed",
                "remedy": "Replaced",
                "satisfied": random.choice(["yes", "no"]),
            }
        )

    def _hire(self, random):
        organisation = self._pick(random, self.organisations)
        self.contacts |= self._create_customer(
            "New person", is_company=False, parent_id=organisation.id
        )

    def _move_contact(self, random):
        contact = self._pick(random, self.contacts)
        contact.parent_id = random.choice([self._pick(random, self.organisations).id, False])

    def _archive(self, random):
        partner = self._pick_partner(random)
        partner.active = not partner.active

    def _assign(self, random):
        partner = self._pick(random, self.organisations)
        partner.user_id = random.choice([self.env.user.id, False])

    def _join(self, random):
        """Let an organisation become part of another, or independent again."""
        partner, other = (self._pick(random, self.organisations) for _ in range(2))
        if partner.parent_id:
            partner.write({"parent_id": False, "is_company": True})
        elif partner != other and other.commercial_partner_id == other:
            partner.write({"parent_id": other.id, "is_company": False})

    def _merge(self, random):
        double, kept = (self._pick(random, self.organisations) for _ in range(2))
        if double == kept or (double | kept).parent_id or double.child_ids:
            return
        self.organisations -= double
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (double | kept).ids, kept
        )
