from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Fit the probability model soon, which then evaluates all customers by the new signs,
    instead of waiting for the night."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.ref("winback_lost_customers.ir_cron_winback_model")._trigger()
