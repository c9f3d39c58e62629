from odoo.tools import SQL

BEYOND = 10**30  # more than any amount: the end of the uppermost range


def get_ranking_query(run, stored, changes):
    """Rank a few values among very many that are stored.

    Sorting a hundred thousand rows takes longer than everything else in a run of a
    hundred customers. So the stored ones are only summed up in the ranges between the
    few values, one range after the other in an index that holds nothing but them: that
    takes a fifth of the time of reading the table and sorting each row into its range.
    What is stored and does not hold any more is then taken off.

    :param SQL run: query of one column, `value`: ours; only those above zero count
    :param SQL stored: the same of all that are stored, of ours, too; it has to be a
        plain selection that an index on the value serves
    :param SQL changes: query of `value`, `change`: what must be added to the stored
        ones at this value, so minus the value for one that is not to count
    :return: SQL selecting each distinct `value` of ours, the sum of all greater ones,
        ours and others, as `better`, and the sum of all as `total`
    """
    return SQL(
        """
        WITH own AS MATERIALIZED (
            SELECT value, sum(value) AS brought FROM (%(run)s) r WHERE value > 0 GROUP BY value
        ), edge AS MATERIALIZED (
            SELECT value, brought, lead(value, 1, %(beyond)s) OVER (ORDER BY value) AS next
              FROM (SELECT value, brought FROM own UNION ALL SELECT 0, 0) e
        ), change AS MATERIALIZED (%(changes)s),
        step AS MATERIALIZED (
            SELECT e.value, e.brought,
                   COALESCE((SELECT sum(s.value) FROM (%(stored)s) s
                              WHERE s.value > e.value AND s.value <= e.next), 0)
                   + COALESCE((SELECT sum(c.change) FROM change c
                                WHERE c.value > e.value AND c.value <= e.next), 0) AS above
              FROM edge e
        )
        SELECT * FROM (
            SELECT value, sum(above + brought) OVER () AS total,
                   sum(above + brought) OVER (ORDER BY value DESC) - brought AS better
              FROM step
        ) ranked
         WHERE value > 0
        """,
        run=run,
        stored=stored,
        changes=changes,
        beyond=BEYOND,
    )
