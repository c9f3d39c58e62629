from decimal import Decimal

from odoo.tools import SQL


def get_ranking_query(run, others, digits):
    """Return the statement that ranks a few values among very many.

    Sorting a hundred thousand rows takes longer than everything else in a run of a
    hundred customers. So the others are only counted in steps between the few values:
    the step of a value is the number of ours that are not below it, so each step but
    the uppermost begins with one of ours. All is counted in whole cents, exactly:
    comparing and adding numerics takes four times as long.

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
        step AS (
            SELECT width_bucket(-cents, (SELECT edges FROM edge)) AS step,
                   sum(cents) AS brought
              FROM (SELECT cents FROM own
                     UNION ALL
                    SELECT (value * %(cents)s)::bigint FROM (%(others)s) o WHERE value > 0) ranked
             GROUP BY 1
        )
        SELECT -edge.edges[step] * %(cent)s AS value, total * %(cent)s AS total,
               better * %(cent)s AS better
          FROM (SELECT step, sum(brought) OVER () AS total,
                       sum(brought) OVER (ORDER BY step) - brought AS better
                  FROM step) summed
         CROSS JOIN edge
         WHERE step > 0
        """,
        run=run,
        others=others,
        cents=10**digits,
        cent=Decimal(1).scaleb(-digits),
    )
