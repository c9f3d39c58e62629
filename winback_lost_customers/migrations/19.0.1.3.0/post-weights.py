from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

# signs whose points grow since this version: what used to be all is now half of them
GROWING = ("winback.sign.overdue_order", "winback.sign.unusual_silence")
# (detector, field, value delivered before, present one)
DEFAULTS = (
    ("winback.sign.volume_drop", "weight", 50, 10),
    ("winback.sign.unusual_silence", "threshold", 50, 5),
)


def migrate(cr, version):
    """Give the signs the numbers that the back-tests of this version chose, where nobody
    has changed them, and evaluate all customers by them soon.

    Overdue order and unusual silence begin with half of their points now. Those that
    somebody chose were meant for that day, so they are doubled like the delivered ones.
    """
    cr.execute(
        SQL("UPDATE winback_sign SET weight = LEAST(100, 2 * weight) WHERE detector IN %s", GROWING)
    )
    for detector, name, old, new in DEFAULTS:
        field = SQL.identifier(name)
        cr.execute(
            SQL(
                "UPDATE winback_sign SET %s = %s WHERE detector = %s AND %s = %s",
                field,
                new,
                detector,
                field,
                old,
            )
        )
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["res.company"].search([("active", "in", [True, False])]).winback_run_date = False
    env.ref("winback_lost_customers.ir_cron_winback_run")._trigger()
