from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..models.winback_drop import YEAR

MIN_PEERS = 10  # fewer similar customers are no measure
PEER_QUANTILE = 0.75


class WinbackFactPotential(models.AbstractModel):
    """What a customer could buy in a year: as entered, else as similar ones do.

    Similar are customers of the same industry and country who bought in the last 365
    days and have been customers for as long. Three quarters of them buy less than the
    estimate; it is rounded to two digits, as it is worth no more, and so that it does
    not change every night. Fewer than ten similar customers, or no industry, give no
    estimate. `potential_order` is the amount of an order that half of them exceed.

    Of a past day, what users entered since is unknowable, so only estimates speak;
    industries and countries are those of now. In a run limited to some customers the
    others take part with their stored sales.
    """

    _name = "winback.fact.potential"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Potential"

    _fact_sequence = 21
    _fact_is_derived = True
    _fact_columns = {
        "potential_used": "numeric",
        "potential_source": "text",
        "potential_peers": "integer",
        "potential_order": "numeric",
    }

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: groups of similar customers, then each one.

        MATERIALIZED: their logarithms are to be computed once and not for each customer.
        """
        is_past = self._is_past(company, today)
        return SQL(
            """
            WITH buyer AS (%(buyers)s), peer AS MATERIALIZED (%(peers)s),
            customer AS (
                SELECT b.partner_id, %(entered)s AS entered, peer.amount, peer.order_amount,
                       peer.customers - (own.partner_id IS NOT NULL)::integer AS peers
                  FROM winback_run_base b
                  JOIN res_partner p ON p.id = b.partner_id
                  LEFT JOIN winback_status s ON s.partner_id = b.partner_id
                       AND s.company_id = %(company)s
                  LEFT JOIN peer ON peer.industry_id = p.industry_id
                       AND peer.country_id = COALESCE(p.country_id, 0)
                  LEFT JOIN buyer own ON own.partner_id = b.partner_id
            )
            SELECT partner_id, COALESCE(entered, amount) AS potential_used,
                   CASE WHEN entered IS NULL THEN 'estimated' ELSE 'entered' END
                       AS potential_source,
                   CASE WHEN entered IS NULL THEN peers END AS potential_peers,
                   CASE WHEN entered IS NULL THEN order_amount END AS potential_order
              FROM customer
             WHERE entered IS NOT NULL OR peers >= %(enough)s
            """,
            buyers=self._get_buyers_query(company, today, partners),
            peers=self._get_peers_query(company),
            entered=SQL("NULL::numeric") if is_past else SQL("NULLIF(s.potential_amount, 0)"),
            company=company.id,
            enough=MIN_PEERS,
        )

    @api.model
    def _get_buyers_query(self, company, today, partners):
        """Return the customers whose year is a measure for similar ones."""
        return SQL(
            """
            SELECT c.partner_id, p.industry_id, COALESCE(p.country_id, 0) AS country_id,
                   c.amount_year, c.orders_year
              FROM (%(customers)s) c
              JOIN res_partner p ON p.id = c.partner_id
             WHERE c.amount_year > 0 AND c.orders_year > 0
               AND c.first_order_date <= %(start)s AND p.industry_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM (%(exclusions)s) x
                                WHERE x.partner_id = c.partner_id)
            """,
            customers=self._get_customers_query(company, partners),
            start=today - timedelta(days=YEAR),
            exclusions=self.env["winback.exclusion"]._get_query(company, today),
        )

    @api.model
    def _get_customers_query(self, company, partners):
        """Return the customers of the run, and in a limited one the others of the same
        industries as they are stored.

        An array of the industries is computed once, whatever the planner believes; where
        it is empty, nobody is read.
        """
        run = SQL(
            "SELECT partner_id, amount_year, orders_year, first_order_date FROM winback_run_base"
        )
        if partners is None:
            return run
        industries = SQL(
            """SELECT o.industry_id FROM winback_run_base b JOIN res_partner o ON o.id = b.partner_id
                WHERE o.industry_id IS NOT NULL"""
        )
        return SQL(
            """
            %s UNION ALL
            SELECT s.partner_id, s.amount_year, s.orders_year, s.first_order_date
              FROM winback_status s JOIN res_partner p ON p.id = s.partner_id
             WHERE s.company_id = %s AND s.state IS NOT NULL AND NOT (%s)
               AND s.amount_year > 0
               AND p.industry_id = ANY(ARRAY(%s)) AND EXISTS (%s)
            """,
            run,
            company.id,
            self._limit_to(SQL("s.partner_id"), partners),
            industries,
            industries,
        )

    @api.model
    def _get_peers_query(self, company):
        """Return what similar customers buy, by industry and country."""
        return SQL(
            """
            SELECT industry_id, country_id, customers, order_amount,
                   round(amount, 1 - floor(log(amount))::integer) AS amount
              FROM (SELECT industry_id, country_id, count(*)::integer AS customers,
                           percentile_cont(%s) WITHIN GROUP (ORDER BY amount_year)::numeric
                               AS amount,
                           round(percentile_cont(0.5) WITHIN GROUP (
                               ORDER BY amount_year / orders_year)::numeric, %s) AS order_amount
                      FROM buyer GROUP BY industry_id, country_id) grouped
            """,
            PEER_QUANTILE,
            company.currency_id.decimal_places,
        )
