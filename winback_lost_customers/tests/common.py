from datetime import date, datetime, time, timedelta

from odoo.tests import TransactionCase, freeze_time
from odoo.tools import SQL

TODAY = date(2026, 6, 15)


@freeze_time("2026-06-15 12:00:00")
class WinbackCase(TransactionCase):
    """A company of its own on a fixed day, with cheap factories for documents.

    The shared signs are switched off (the transaction is rolled back), so that
    only the company's own copies of S1, S2, S4 and S6, with the numbers below,
    speak: neither a changed catalogue nor a new sign disturbs the tests.
    """

    thresholds = {"S1": 90, "S2": 3, "S4": 50, "S6": 90}
    weights = {"S1": 20, "S2": 50, "S4": 50, "S6": 100}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = TODAY
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.company = cls._create_company("Win-Back Test Company")
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        cls.company = cls.env["res.company"].browse(cls.company.id)
        cls.engine = cls.env["winback.engine"]
        cls.shared_signs = cls.env["winback.sign"].search([("company_id", "=", False)])
        cls.signs = {code: cls._create_sign(code) for code in cls.thresholds}
        cls.shared_signs.active = False

    @classmethod
    def _create_company(cls, name, **values):
        company = cls.env["res.company"].create(
            {"name": name, "currency_id": cls.env.ref("base.EUR").id, **values}
        )
        company.partner_id.tz = "UTC"
        return company

    @classmethod
    def _create_sign(cls, code, company=None):
        """Copy the delivered sign `code` for `company`, with the numbers above."""
        shared = cls.env.ref(f"winback_lost_customers.winback_sign_{code.lower()}")
        return shared.copy(
            {
                "active": True,
                "company_id": (company or cls.company).id,
                "name": shared.name,
                "severity": "warning",
                "threshold": cls.thresholds[code],
                "weight": cls.weights[code],
            }
        )

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------

    @classmethod
    def _day(cls, days_ago):
        return cls.today - timedelta(days=days_ago)

    @classmethod
    def _noon(cls, days_ago):
        return datetime.combine(cls._day(days_ago), time(12))

    @classmethod
    def _create_customer(cls, name="Customer", **values):
        return cls.env["res.partner"].create({"name": name, "is_company": True, **values})

    @classmethod
    def _create_order(cls, partner, days_ago=0, **values):
        """Create one order; see `_create_orders`."""
        return cls._create_orders(partner, [days_ago], **values)

    @classmethod
    def _create_orders(
        cls,
        partner,
        days_ago,
        amount=100,
        state="sale",
        margin=None,
        moment=None,
        rate=1,
        created=None,
        company=None,
        **values,
    ):
        """Create an order without lines for each number in `days_ago`; amounts and
        dates are written by SQL, as Odoo would compute them otherwise.

        :param datetime moment: the order's date in UTC; noon of the day by default
        :param datetime created: when it was created; its date by default
        """
        days_ago = list(days_ago)
        defaults = {
            "partner_id": partner.id,
            "company_id": (company or cls.company).id,
            "user_id": False,
            "team_id": False,
        }
        orders = cls.env["sale.order"].create([{**defaults, **values} for _ in days_ago])
        for order, days in zip(orders, days_ago, strict=True):
            date_order = moment or cls._noon(days)
            cls._set_columns(
                order,
                state=state,
                date_order=date_order,
                create_date=created or date_order,
                amount_untaxed=amount,
                margin=amount * 0.3 if margin is None else margin,
                currency_rate=rate,
            )
        return orders

    @classmethod
    def _set_columns(cls, record, **values):
        """Write `values` past the ORM, so that nothing is computed from them."""
        record.flush_recordset()
        cls.env.cr.execute(
            SQL(
                "UPDATE %s SET %s WHERE id = %s",
                SQL.identifier(record._table),
                SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), value)
                    for name, value in values.items()
                ),
                record.id,
            )
        )
        record.invalidate_recordset(flush=False)

    @classmethod
    def _create_lead(cls, partner, days_ago=0, lost=False, **values):
        lead = cls.env["crm.lead"].create(
            {
                "name": "Lead",
                "type": "opportunity",
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "user_id": False,
                "team_id": False,
                **values,
            }
        )
        if lost:
            lead.action_set_lost()
        cls._set_columns(lead, create_date=cls._noon(days_ago))
        if lost:
            cls._set_columns(lead, date_closed=cls._noon(days_ago))
        return lead

    # ------------------------------------------------------------------
    # Runs and what they say
    # ------------------------------------------------------------------

    @classmethod
    def _run(cls, today=None, partners=None, company=None):
        return cls.engine._run(company or cls.company, today or cls.today, partners)

    @classmethod
    def _get_facts(cls, partner, today=None, company=None, partners=None):
        """Return the facts of one customer as a dict; None when it is none."""
        facts = cls._get_all_facts(today, company, partners)
        return facts.get(partner.id)

    @classmethod
    def _get_all_facts(cls, today=None, company=None, partners=None):
        """Return the facts by customer id."""
        cls.env.flush_all()
        cls.engine._gather_facts(company or cls.company, today or cls.today, partners)
        return cls._read_table("winback_run_fact")

    @classmethod
    def _read_table(cls, table):
        """Return the rows of a run's temporary `table` by customer id."""
        cls.env.cr.execute(SQL("SELECT * FROM %s", SQL.identifier(table)))
        return {row["partner_id"]: row for row in cls.env.cr.dictfetchall()}

    @classmethod
    def _get_status(cls, partner, company=None):
        return (
            cls.env["winback.status"]
            .with_context(active_test=False)
            .search(
                [
                    ("partner_id", "=", partner.id),
                    ("company_id", "=", (company or cls.company).id),
                ]
            )
        )

    @classmethod
    def _get_state(cls, partner, today=None):
        """Run, and return the state of `partner`."""
        cls._run(today)
        return cls._get_status(partner).state

    @classmethod
    def _get_evidence(cls, partner, code, today=None):
        """Run, and return the evidence of the sign `code`."""
        cls._run(today)
        evidence = cls._get_status(partner).evidence_ids
        return evidence.filtered(lambda line: line.sign_id.code == code)

    @classmethod
    def _get_transitions(cls, partner, kind="state"):
        """Return the transitions of `partner`, oldest first."""
        return cls.env["winback.transition"].search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", cls.company.id),
                ("kind", "=", kind),
            ],
            order="date, id",
        )
