"""A purchase history into a database: customers and their sale orders.

``load`` takes what ``reading.read`` returns or anything with the same attributes. Every customer
becomes a company with the customer's id as its reference, every row an order with one line, confirmed or cancelled,
dated noon of its day (UTC, so the same day nearly everywhere). A row without an amount is an order of 0.
"""

from odoo.tools import SQL

from . import patterns

SLICE = 5000  # orders between two steps of the progress bar
FIELDS = ("number", "customer", "day", "amount", "invoice", "state")
TABLES = ("res_partner", "sale_order", "sale_order_line")


def load(env, orders, company, bar=None):
    """Load orders (in any order) as sale orders of ``company``; return {customer: id of the partner}.

    ``bar``, if given, is advanced by one for each order.
    """
    patterns.keep_sale_patterns(env, company, ["sale", "cancel"])
    _stage(env.cr, sorted(orders, key=lambda order: order.day))  # as they came in: ids follow the days
    with patterns.unchecked_references(env.cr):
        _insert_customers(env.cr)
        for low in range(0, len(orders), SLICE):
            chosen = SQL("o.number >= %s AND o.number < %s", low, low + SLICE)
            _insert_orders(env.cr, chosen)
            _insert_lines(env.cr, chosen)
            if bar:
                bar.advance(min(SLICE, len(orders) - low))
    for table in TABLES:
        env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
    env.invalidate_all()
    env.cr.execute(SQL("SELECT customer, partner_id FROM history_customer"))
    return dict(env.cr.fetchall())


def _stage(cr, orders):
    """Keep the orders as the temporary table `history_order`, the customers as `history_customer`.

    Both have their ids drawn from Odoo's sequences already.
    """
    columns = SQL(
        """SELECT 0 AS number, '' AS customer, NULL::date AS day, 0.0 AS amount, '' AS invoice, '' AS state,
                  0 AS order_id WHERE FALSE"""
    )
    patterns.keep_rows(cr, "history_order", columns)
    cr.execute(SQL("ALTER TABLE history_order ALTER order_id SET DEFAULT nextval('sale_order_id_seq')"))
    cr.copy_from(_CopyFile(orders), "history_order", columns=FIELDS)
    cr.execute(SQL("ANALYZE history_order"))
    customers = SQL(
        """
        SELECT customer, day, nextval('res_partner_id_seq')::integer AS partner_id
          FROM (SELECT customer, min(day) AS day, min(number) AS number
                  FROM history_order GROUP BY customer ORDER BY number) c
        """
    )
    patterns.keep_rows(cr, "history_customer", customers)


class _CopyFile:
    """The orders in the text format of COPY, line by line."""

    def __init__(self, orders):
        self.lines = (_get_copy_line(number, order) for number, order in enumerate(orders))

    def read(self, _size=-1):
        return next(self.lines, "")


def _get_copy_line(number, order):
    cells = [
        str(number),
        _escape(order.customer),
        order.day.isoformat(),
        f"{order.amount or 0:f}",
        _escape(order.invoice) or "\\N",
        "cancel" if order.cancelled else "sale",
    ]
    return "\t".join(cells) + "\n"


def _escape(text):
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _insert_customers(cr):
    """Insert the customers; Odoo keeps the name in three columns."""
    name = SQL("'Customer ' || c.customer")
    patterns.copy_pattern(
        cr,
        "res_partner",
        SQL("history_customer c"),
        {
            "id": SQL("c.partner_id"),
            "commercial_partner_id": SQL("c.partner_id"),
            "name": name,
            "complete_name": name,
            "commercial_company_name": name,
            "ref": SQL("c.customer"),
            "create_date": SQL("c.day + TIME '12:00'"),
        },
    )


def _insert_orders(cr, chosen):
    """Insert the `chosen` orders. Created on their day, too: a run of an earlier day must not see them."""
    noon = SQL("o.day + TIME '12:00'")
    patterns.copy_pattern(
        cr,
        "sale_order",
        SQL("history_order o JOIN history_customer c USING (customer)"),
        {
            "id": SQL("o.order_id"),
            "name": SQL("COALESCE('#' || o.invoice, 'S' || lpad((o.number + 1)::text, 5, '0'))"),
            **{name: SQL("c.partner_id") for name in ("partner_id", "partner_invoice_id", "partner_shipping_id")},
            "date_order": noon,
            "create_date": noon,
            "access_token": SQL("NULL"),
            **{name: SQL("o.amount") for name in ("amount_untaxed", "amount_total", "margin")},
            "margin_percent": SQL("CASE WHEN o.amount = 0 THEN 0 ELSE 1 END"),
        },
        match=SQL("pattern.state = o.state AND %s", chosen),
    )


def _insert_lines(cr, chosen):
    """Insert the one line of each of the `chosen` orders."""
    amounts = (
        "price_unit", "technical_price_unit", "price_subtotal", "price_total", "price_reduce_taxexcl",
        "price_reduce_taxinc", "margin",
    )  # fmt: skip
    patterns.copy_pattern(
        cr,
        "sale_order_line",
        SQL("history_order o JOIN history_customer c USING (customer)"),
        {
            "order_id": SQL("o.order_id"),
            "order_partner_id": SQL("c.partner_id"),
            "create_date": SQL("o.day + TIME '12:00'"),
            **{name: SQL("o.amount") for name in amounts},
            "margin_percent": SQL("CASE WHEN o.amount = 0 THEN 0 ELSE 1 END"),
        },
        match=SQL("pattern.state = o.state AND %s", chosen),
    )
