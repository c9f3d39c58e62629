from odoo import SUPERUSER_ID, api

CRONS = ("ir_cron_winback_inquiry", "ir_cron_winback_model")


def migrate(cr, version):
    """Prepare the inquiries, and fit the model, which then evaluates all customers with the
    columns that are new, now and not in the night."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in CRONS:
        cron = env.ref(f"winback_lost_customers.{name}", raise_if_not_found=False)
        if cron:
            cron._trigger()
