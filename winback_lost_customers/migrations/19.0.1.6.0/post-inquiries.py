from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Prepare the inquiries now and not in the night, as a new installation does."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    cron = env.ref("winback_lost_customers.ir_cron_winback_inquiry", raise_if_not_found=False)
    if cron:
        cron._trigger()
