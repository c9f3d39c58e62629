from decimal import Decimal

from odoo.tools import SQL


def get_ranking_query(run, others, digits):
    """Return the statement that ranks a few values among very many.

    Sorting a hundred thousand rows takes longer than everything else in a run of a
    hundred customers. So the others are only counted in steps between the few values:
    the step of a value is the number of ours that are not below it. All is counted in
    whole cents, exactly: comparing and adding numerics takes four times as long.

    :param SQL run: query of one column, `value`: ours; only those above zero count
    :param SQL others: the same of all others
    :param int digits: decimal places of the values
    :return: SQL selecting each distinct `value` of ours, the sum of all greater ones,
        ours and others, as `better`, and the sum of all as `total`
    """
    return SQL(
        """
        WITH own AS MATERIALIZED (
            SELECT (value * %(cents)s)::bigint AS cents FROM (%(run)s) r WHERE value > 0
        ), edge AS (SELECT array_agg(DISTINCT -cents ORDER BY -cents) AS edges FROM own),
        step AS MATERIALIZED (
            SELECT width_bucket(-cents, (SELECT edges FROM edge)) AS step,
                   sum(cents) AS brought
              FROM (SELECT cents FROM own
                     UNION ALL
                    SELECT (value * %(cents)s)::bigint FROM (%(others)s) o WHERE value > 0) ranked
             GROUP BY 1
        )
        SELECT -e.negative * %(cent)s AS value, sum(s.brought) * %(cent)s AS total,
               COALESCE(sum(s.brought) FILTER (WHERE s.step < e.step), 0) * %(cent)s AS better
          FROM edge CROSS JOIN unnest(edge.edges) WITH ORDINALITY e (negative, step)
         CROSS JOIN step s
         GROUP BY e.negative
        """,
        run=run,
        others=others,
        cents=10**digits,
        cent=Decimal(1).scaleb(-digits),
    )
