from odoo.tools import SQL


def get_ranking_query(run, others):
    """Return the statement that ranks a few values among very many.

    Sorting a hundred thousand rows takes longer than everything else in a run of a
    hundred customers. So the others are only counted in steps between the few values:
    the step of a value is the number of ours that are not below it.

    :param SQL run: query of one column, `value`: ours; only those above zero count
    :param SQL others: the same of all others
    :return: SQL selecting each distinct `value` of ours, the sum of all greater ones,
        ours and others, as `better`, and the sum of all as `total`
    """
    return SQL(
        """
        WITH own AS MATERIALIZED (SELECT value FROM (%(run)s) r WHERE value > 0),
        edge AS (SELECT array_agg(DISTINCT -value ORDER BY -value) AS edges FROM own),
        step AS MATERIALIZED (
            SELECT width_bucket(-value, (SELECT edges FROM edge)) AS step,
                   sum(value) AS brought
              FROM (SELECT value FROM own
                     UNION ALL
                    SELECT value FROM (%(others)s) o WHERE value > 0) ranked
             GROUP BY 1
        )
        SELECT -e.negative AS value, sum(s.brought) AS total,
               COALESCE(sum(s.brought) FILTER (WHERE s.step < e.step), 0) AS better
          FROM edge CROSS JOIN unnest(edge.edges) WITH ORDINALITY e (negative, step)
         CROSS JOIN step s
         GROUP BY e.negative
        """,
        run=run,
        others=others,
    )
