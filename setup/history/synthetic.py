"""A made-up company of any size, the same each time: customers, orders, quotations, invoices, messages, complaints ...

Skewed as real ones are: a quarter of the customers has one order, a few have hundreds; half of them have a
contact who orders and writes; two thirds have stopped buying at some time. Dates are spread over four years and a few
days beyond ``today``, which are the documents of the next days' runs.

Chance comes from hashing numbers and not from ``random()``: so it is the same whatever plan PostgreSQL chooses.
"""

from datetime import timedelta

from odoo.tools import SQL

from workplace.console import step

from . import patterns

YEARS_BACK = 4
DAYS_AHEAD = 4
SALESPEOPLE = 10
CATEGORIES, PRODUCTS = 8, 40
INVOICE_YEARS = 2
# The skew of documents per customer (a Lomax distribution, cut off): 10 on average, 3 for the median one.
SCALE, SHAPE, MOST = 5.3, 1.5, 500
SALES_STATES = ["sale", "cancel", "sent", "draft"]
TEXT = "<p>%s</p>" % ("Thank you for your message. Could you send us an offer for the following articles? " * 4)


def chance(stream, key):
    """Return the SQL of a number from 0 up to 1 that belongs to ``key``; each use has a ``stream`` of its own."""
    return SQL("((hashint8extended((%s)::bigint, %s) & 2147483647) / 2147483648.0::float8)", key, stream)


def fill(env, company, today, customers):
    """Fill the database with the documents of so many customers."""
    sellers = create_users(env)
    seller_ids = [user.id for user in sellers["salespeople"]]
    env.flush_all()
    keep_all_patterns(env, company)
    keep_invoice_patterns(env, company)
    products = create_products(env)
    env.flush_all()
    with patterns.unchecked_references(env.cr):
        with step("  customers"):
            insert_customers(env.cr, today, customers, seller_ids)
        with step("  orders and quotations"):
            insert_orders(env.cr, company)
        with step("  order lines"):
            insert_lines(env.cr, products)
        with step("  invoices and payments"):
            insert_invoices(env.cr, company)
        with step("  messages and notifications"):
            insert_messages(env.cr, company)
            insert_notifications(env.cr)
        with step("  leads, calls, meetings, complaints"):
            insert_complaints(env.cr, company, seller_ids)
            insert_leads(env.cr, company)
            insert_activities(env)
            insert_meetings(env.cr)
    env.invalidate_all()
    return sellers


def create_users(env):
    """Create salespeople and a manager; return them."""
    seller, manager = env.ref("sales_team.group_sale_salesman"), env.ref("sales_team.group_sale_manager")
    users = env["res.users"].with_context(no_reset_password=True, **patterns.QUIET)
    return {
        "salespeople": users.create(
            [{"name": f"Seller {n}", "login": f"seller{n}", "group_ids": [(4, seller.id)]} for n in range(SALESPEOPLE)]
        ),
        "manager": users.create({"name": "Manager", "login": "manager", "group_ids": [(4, manager.id)]}),
    }


def keep_all_patterns(env, company):
    """Let Odoo create one document of each kind, as patterns."""
    patterns.keep_sale_patterns(env, company, SALES_STATES)
    env = env(context={**env.context, **patterns.QUIET, "allowed_company_ids": company.ids})
    partner = company.partner_id
    made = {
        "mail_message": env["mail.message"].create(
            {"model": "res.partner", "res_id": partner.id, "body": TEXT, "message_type": "email"}
        ),
        "crm_lead": env["crm.lead"].create({"name": "Lead", "type": "opportunity", "partner_id": partner.id}),
        "mail_activity": env["mail.activity"].create(
            {"res_model_id": env["ir.model"]._get_id("res.partner"), "res_id": partner.id, "summary": "Call"}
        ),
        "calendar_event": env["calendar.event"].create(
            {"name": "Meeting", "start": "2020-01-01 10:00:00", "stop": "2020-01-01 11:00:00", "partner_ids": []}
        ),
    }
    made["mail_notification"] = env["mail.notification"].create(
        {"mail_message_id": made["mail_message"].id, "res_partner_id": partner.id}
    )
    made["winback_complaint"] = env["winback.complaint"].create({"name": "Complaint", "partner_id": partner.id})
    for table, record in reversed(made.items()):
        patterns.keep_pattern(env, table, record.ids)
        record.unlink()


def create_products(env):
    """Create the company's assortment; return the ids of its products."""
    categories = env["product.category"].create([{"name": f"Category {n}"} for n in range(CATEGORIES)])
    products = env["product.product"].create(
        [
            {"name": f"Product {n}", "type": "service", "categ_id": categories[n % CATEGORIES].id}
            for n in range(PRODUCTS)
        ]
    )
    return products.ids


def keep_invoice_patterns(env, company):
    """Let Odoo post and settle one invoice; keep the invoice, its receivable line and the settlement as patterns."""
    env = env(context={**env.context, **patterns.QUIET, "allowed_company_ids": company.ids})
    if not company.chart_template:
        env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
    values = {
        "invoice_date": "2020-01-01",
        "invoice_line_ids": [(0, 0, {"name": "Purchase", "price_unit": 1, "tax_ids": False})],
    }
    partner = env["res.partner"].create({"name": "Pattern", "is_company": True})
    moves = env["account.move"].create(
        [{"move_type": kind, "partner_id": partner.id, **values} for kind in ("out_invoice", "out_refund")]
    )
    moves.action_post()
    receivable = moves.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
    receivable.reconcile()
    keep_patterns = {
        "account_move": moves[0].ids,
        "account_move_line": (receivable & moves[0].line_ids).ids,
        "account_partial_reconcile": receivable.matched_debit_ids.ids,
    }
    for table, ids in keep_patterns.items():
        patterns.keep_pattern(env, table, ids)


def insert_customers(cr, today, customers, sellers):
    """Insert the customers and their contacts; `made_customer` keeps who they are and when they buy."""
    number = SQL("n")
    query = SQL(
        """
        SELECT n AS number, nextval('res_partner_id_seq')::integer AS partner_id,
               CASE WHEN %(has_contact)s < 0.5 THEN nextval('res_partner_id_seq')::integer END AS contact_id,
               CASE WHEN %(has_seller)s < 0.8
                    THEN (%(sellers)s)[1 + floor(%(count)s * power(%(seller)s, 1.5))::integer] END AS user_id,
               LEAST(%(most)s, 1 + floor(%(scale)s * (power(1 - %(size)s, -1 / %(shape)s::float8) - 1)))::integer
                   AS documents,
               %(today)s::date - 5 - floor(%(start)s * %(past)s)::integer AS first_day,
               %(lifetime)s AS lifetime
          FROM generate_series(1, %(customers)s) n
        """,
        has_contact=chance(1, number), has_seller=chance(2, number), seller=chance(3, number),
        size=chance(4, number), start=chance(5, number), lifetime=chance(6, number),
        sellers=sellers, count=len(sellers), most=MOST, scale=SCALE, shape=SHAPE,
        today=today, past=365 * YEARS_BACK, customers=customers,
    )  # fmt: skip
    patterns.keep_rows(cr, "made_customer", _with_last_day(query, today))
    _copy_partners(cr, SQL("made_customer c"), SQL("c.partner_id"), SQL("'Customer ' || c.number"))
    _copy_partners(
        cr,
        SQL("(SELECT * FROM made_customer WHERE contact_id IS NOT NULL) c"),
        SQL("c.contact_id"),
        SQL("'Contact ' || c.number"),
        {"parent_id": SQL("c.partner_id"), "is_company": SQL("FALSE"), "ref": SQL("NULL")},
    )


def _with_last_day(query, today):
    """Add the day on which a customer stops: some time between its first and, for a third, never."""
    end = today + timedelta(days=DAYS_AHEAD)
    return SQL(
        """SELECT c.*, first_day + LEAST(%s - first_day, floor(lifetime * 1.5 * (%s - first_day)))::integer AS last_day
             FROM (%s) c""",
        end, end, query,
    )  # fmt: skip


def _copy_partners(cr, source, partner, name, values=None):
    patterns.copy_pattern(
        cr,
        "res_partner",
        source,
        {
            "id": partner,
            "commercial_partner_id": SQL("c.partner_id"),
            "name": name,
            "complete_name": name,
            "commercial_company_name": SQL("'Customer ' || c.number"),
            "ref": SQL("c.number::text"),
            "user_id": SQL("c.user_id"),
            "create_date": SQL("c.first_day + TIME '09:00'"),
            **(values or {}),
        },
    )


def insert_orders(cr, company):
    """Insert orders and quotations in the order of their days; `made_order` keeps the base of all other documents."""
    patterns.keep_rows(cr, "made_order", _get_orders_query())
    amount = SQL("o.amount * CASE WHEN o.luck > 0.99 AND o.state = 'sale' THEN -0.2 ELSE 1 END")
    patterns.copy_pattern(
        cr,
        "sale_order",
        SQL("made_order o"),
        {
            "id": SQL("o.order_id"),
            "name": SQL("'S' || lpad(o.order_id::text, 7, '0')"),
            **{column: SQL("o.partner_id") for column in ("partner_id", "partner_invoice_id", "partner_shipping_id")},
            "user_id": SQL("o.user_id"),
            "date_order": SQL("o.moment"),
            "create_date": SQL("o.created"),
            "validity_date": SQL("CASE WHEN o.state IN ('sent', 'draft') THEN o.moment::date + 30 END"),
            "access_token": SQL("NULL"),
            "currency_rate": SQL("CASE WHEN o.luck < 0.05 THEN 1.25 ELSE 1 END"),
            "amount_untaxed": amount,
            "amount_total": amount,
            "margin": SQL("round(%s * (0.1 + 0.4 * o.luck)::numeric, 2)", amount),
            "opportunity_id": SQL("CASE WHEN o.is_linked THEN o.lead_id END"),
            "company_id": SQL("%s", company.id),
        },
        match=SQL("pattern.state = o.state"),
    )


def _get_orders_query():
    """Return all orders and quotations, the earliest first, with ids in this order."""
    key = SQL("(c.number * 1000::bigint + k)")
    return SQL(
        """
        SELECT nextval('sale_order_id_seq')::integer AS order_id,
               CASE WHEN lead_luck < 0.2 THEN nextval('crm_lead_id_seq')::integer END AS lead_id,
               CASE WHEN outcome < 0.3 THEN 'lost' WHEN outcome < 0.6 THEN 'won' ELSE 'pending' END AS won_status,
               link < CASE WHEN outcome < 0.3 THEN 0.3 ELSE 0.7 END AS is_linked,
               moment - link * INTERVAL '3 days' AS created, o.*
          FROM (SELECT %(key)s AS key, c.user_id, c.partner_id AS customer_id,
                       CASE WHEN c.contact_id IS NOT NULL AND %(by_contact)s < 0.3 THEN c.contact_id
                            ELSE c.partner_id END AS partner_id,
                       CASE WHEN %(kind)s < 0.8 THEN 'sale' WHEN %(kind)s < 0.87 THEN 'cancel'
                            WHEN %(kind)s < 0.95 THEN 'sent' ELSE 'draft' END AS state,
                       c.first_day + floor(CASE k WHEN 1 THEN 0 ELSE %(day)s END * (c.last_day - c.first_day + 1))
                           ::integer + TIME '07:00' + %(time)s * INTERVAL '10 hours' AS moment,
                       round(LEAST(50000, 30 * power(1 - %(amount)s, -0.6))::numeric, 2) AS amount,
                       %(luck)s AS luck, %(lead)s AS lead_luck, %(outcome)s AS outcome, %(link)s AS link
                  FROM made_customer c CROSS JOIN generate_series(1, c.documents) k
                 ORDER BY moment, key) o
        """,
        key=key, by_contact=chance(11, key), kind=chance(12, key), day=chance(13, key), time=chance(14, key),
        amount=chance(15, key), luck=chance(16, key), lead=chance(17, key), outcome=chance(18, key),
        link=chance(19, key),
    )  # fmt: skip


def insert_lines(cr, products):
    """Insert one or two lines for each confirmed order: each customer has four favourites among the products."""
    key = SQL("(o.key * 2 + k)")
    product = SQL("(%s)[1 + (o.key / 1000 * 7 + floor(4 * power(%s, 2))::integer * 3) %% %s]",
                  products, chance(51, key), len(products))  # fmt: skip
    patterns.copy_pattern(
        cr,
        "sale_order_line",
        SQL(
            """(SELECT nextval('sale_order_line_id_seq')::integer AS id, o.*, %s AS product_id
                  FROM made_order o CROSS JOIN generate_series(1, 2) k
                 WHERE o.state = 'sale' AND o.luck <= 0.99 AND (k = 1 OR %s < 0.5)) o""",
            product,
            chance(52, key),
        ),
        {
            "id": SQL("o.id"),
            "order_id": SQL("o.order_id"),
            "product_id": SQL("o.product_id"),
            "order_partner_id": SQL("o.partner_id"),
            "price_unit": SQL("o.amount"),
            "price_subtotal": SQL("o.amount"),
            "create_date": SQL("o.created"),
        },
        match=SQL("pattern.order_id = (SELECT min(order_id) FROM pattern_sale_order_line)"),
    )


def insert_invoices(cr, company):
    """Insert an invoice for each confirmed order of the last years, most of them settled, some late or never."""
    query = SQL(
        """
        SELECT nextval('account_move_id_seq')::integer AS move_id,
               nextval('account_move_line_id_seq')::integer AS line_id,
               o.partner_id, o.customer_id, o.amount, o.day, o.day + 30 AS due_day,
               CASE WHEN o.payment < 0.93 THEN o.day + 20 + floor(30 * o.payment)::integer END AS paid_day
          FROM (SELECT *, moment::date AS day, %(payment)s AS payment FROM made_order) o
         WHERE o.state = 'sale' AND o.luck <= 0.99
           AND o.moment > (SELECT max(moment) FROM made_order) - %(past)s * INTERVAL '1 day'
         ORDER BY o.order_id
        """,
        payment=chance(53, SQL("key")), past=365 * INVOICE_YEARS,
    )  # fmt: skip
    patterns.keep_rows(cr, "made_invoice", query)
    common = {"partner_id": SQL("i.partner_id"), "date": SQL("i.day"), "invoice_date": SQL("i.day")}
    insert_moves(cr, common)
    insert_receivables(cr, common)


def insert_moves(cr, common):
    """Insert the invoices themselves."""
    patterns.copy_pattern(
        cr,
        "account_move",
        SQL("made_invoice i"),
        {
            **common,
            "id": SQL("i.move_id"),
            "name": SQL("'BENCH/' || i.move_id"),
            "sequence_number": SQL("i.move_id"),
            "commercial_partner_id": SQL("i.customer_id"),
            "invoice_date_due": SQL("i.due_day"),
            "amount_total": SQL("i.amount"),
            "amount_total_signed": SQL("i.amount"),
            "payment_state": SQL("CASE WHEN i.paid_day IS NULL THEN 'not_paid' ELSE 'paid' END"),
            "access_token": SQL("NULL"),
            "origin_payment_id": SQL("NULL"),
        },
    )


def insert_receivables(cr, common):
    """Insert what is due by the invoices, and what of it was paid."""
    patterns.copy_pattern(
        cr,
        "account_move_line",
        SQL("made_invoice i"),
        {
            **common,
            "id": SQL("i.line_id"),
            "move_id": SQL("i.move_id"),
            "move_name": SQL("'BENCH/' || i.move_id"),
            "date_maturity": SQL("i.due_day"),
        },
    )
    patterns.copy_pattern(
        cr,
        "account_partial_reconcile",
        SQL("made_invoice i"),
        {
            "id": SQL("nextval('account_partial_reconcile_id_seq')::integer"),
            "debit_move_id": SQL("i.line_id"),
            "max_date": SQL("i.paid_day"),
            "amount": SQL("i.amount"),
        },
        match=SQL("i.paid_day IS NOT NULL"),
    )


def insert_complaints(cr, company, sellers):
    """Insert a complaint for each hundredth confirmed order; most are closed."""
    patterns.copy_pattern(
        cr,
        "winback_complaint",
        SQL("(SELECT *, %s AS mood FROM made_order WHERE state = 'sale' AND %s < 0.01) o",
            chance(55, SQL("key")), chance(54, SQL("key"))),
        {
            "id": SQL("nextval('winback_complaint_id_seq')::integer"),
            "partner_id": SQL("o.partner_id"),
            "commercial_partner_id": SQL("o.customer_id"),
            "order_id": SQL("o.order_id"),
            "user_id": SQL("COALESCE(o.user_id, %s)", sellers[0]),
            "severity": SQL("CASE WHEN o.luck < 0.3 THEN 'serious' ELSE 'small' END"),
            "is_conflict": SQL("o.luck < 0.1"),
            "conflict_date": SQL("CASE WHEN o.luck < 0.1 THEN o.moment + INTERVAL '5 days' END"),
            "date_received": SQL("o.moment + INTERVAL '4 days'"),
            "state": SQL("CASE WHEN o.mood < 0.9 THEN 'closed' ELSE 'new' END"),
            "date_closed": SQL("CASE WHEN o.mood < 0.9 THEN o.moment + INTERVAL '9 days' END"),
            "satisfied": SQL("CASE WHEN o.mood < 0.7 THEN 'yes' WHEN o.mood < 0.8 THEN 'no' END"),
        },
    )  # fmt: skip


def insert_notifications(cr):
    """Insert a notification for most of our messages; a few came back."""
    patterns.copy_pattern(
        cr,
        "mail_notification",
        SQL(
            """(SELECT m.id, o.partner_id, %s AS fate
                  FROM mail_message m JOIN made_order o ON o.order_id = m.res_id
                 WHERE m.model = 'sale.order' AND m.message_type = 'comment' AND m.message_id LIKE '%%@bench>') m""",
            chance(56, SQL("m.id")),
        ),
        {
            "id": SQL("nextval('mail_notification_id_seq')::integer"),
            "mail_message_id": SQL("m.id"),
            "res_partner_id": SQL("m.partner_id"),
            "notification_type": SQL("'email'"),
            "notification_status": SQL("CASE WHEN m.fate < 0.005 THEN 'bounce' ELSE 'sent' END"),
        },
    )


def insert_messages(cr, company):
    """Insert two messages for each order or quotation: mostly a question of the customer, and our answer."""
    key = SQL("(o.key * 2 + k)")
    source = SQL(
        """
        (SELECT nextval('mail_message_id_seq')::integer AS id, m.*
           FROM (SELECT o.order_id, o.created + k * INTERVAL '2 hours' AS sent,
                        k = 1 AND %(incoming)s < 0.8 AS incoming,
                        o.partner_id, o.customer_id, seller.partner_id AS seller_id,
                        %(on_partner)s < 0.2 AS on_partner, %(companyless)s < 0.1 AS companyless
                   FROM made_order o CROSS JOIN generate_series(1, 2) k
                   LEFT JOIN res_users seller ON seller.id = o.user_id
                  ORDER BY sent, o.key, k) m) m
        """,
        incoming=chance(21, key), on_partner=chance(22, key), companyless=chance(23, key),
    )  # fmt: skip
    patterns.copy_pattern(
        cr,
        "mail_message",
        source,
        {
            "id": SQL("m.id"),
            "message_id": SQL("'<' || m.id || '@bench>'"),
            "model": SQL("CASE WHEN m.on_partner THEN 'res.partner' ELSE 'sale.order' END"),
            "res_id": SQL("CASE WHEN m.on_partner THEN m.customer_id ELSE m.order_id END"),
            "author_id": SQL("CASE WHEN m.incoming THEN m.partner_id ELSE m.seller_id END"),
            "message_type": SQL("CASE WHEN m.incoming THEN 'email' ELSE 'comment' END"),
            "date": SQL("m.sent"),
            "create_date": SQL("m.sent"),
            "record_company_id": SQL("CASE WHEN m.companyless THEN NULL ELSE %s END", company.id),
        },
    )


def insert_leads(cr, company):
    """Insert the leads, one for each fifth order or quotation."""
    patterns.copy_pattern(
        cr,
        "crm_lead",
        SQL("(SELECT * FROM made_order WHERE lead_id IS NOT NULL) o"),
        {
            "id": SQL("o.lead_id"),
            "partner_id": SQL("o.partner_id"),
            "user_id": SQL("o.user_id"),
            "company_id": SQL("%s", company.id),
            "won_status": SQL("o.won_status"),
            "active": SQL("o.won_status != 'lost'"),
            "create_date": SQL("o.created - INTERVAL '5 days'"),
            "date_closed": SQL("CASE WHEN o.won_status != 'pending' THEN o.moment END"),
        },
    )


def insert_activities(env):
    """Insert done activities for each tenth order, half on the order, half on the customer."""
    kinds = env["mail.activity.type"]
    calls, others = (kinds.search([("category", operator, "phonecall")], limit=1) for operator in ("=", "!="))
    models = env["ir.model"]
    patterns.copy_pattern(
        env.cr,
        "mail_activity",
        SQL("(SELECT *, key %% 2 = 0 AS on_order FROM made_order WHERE %s < 0.1) o", chance(31, SQL("key"))),
        {
            "res_model": SQL("CASE WHEN o.on_order THEN 'sale.order' ELSE 'res.partner' END"),
            "res_model_id": SQL(
                "CASE WHEN o.on_order THEN %s ELSE %s END",
                models._get_id("sale.order"),
                models._get_id("res.partner"),
            ),
            "res_id": SQL("CASE WHEN o.on_order THEN o.order_id ELSE o.partner_id END"),
            "activity_type_id": SQL("CASE WHEN o.luck < 0.7 THEN %s ELSE %s END", calls.id, others.id),
            "active": SQL("FALSE"),
            "date_done": SQL("o.moment::date"),
            "date_deadline": SQL("o.moment::date"),
        },
    )


def insert_meetings(cr):
    """Insert a meeting in the calendar for each twentieth order."""
    query = SQL(
        "SELECT nextval('calendar_event_id_seq')::integer AS id, partner_id, moment FROM made_order WHERE %s < 0.05",
        chance(41, SQL("key")),
    )
    patterns.keep_rows(cr, "made_meeting", query)
    patterns.copy_pattern(
        cr,
        "calendar_event",
        SQL("made_meeting e"),
        {
            "id": SQL("e.id"),
            "start": SQL("e.moment"),
            "stop": SQL("e.moment + INTERVAL '1 hour'"),
            "access_token": SQL("NULL"),
        },
    )
    cr.execute(
        SQL(
            """INSERT INTO calendar_event_res_partner_rel (calendar_event_id, res_partner_id)
               SELECT id, partner_id FROM made_meeting"""
        )
    )
