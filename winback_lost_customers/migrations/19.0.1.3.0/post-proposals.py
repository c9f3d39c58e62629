from odoo import SUPERUSER_ID, api

# as in data/winback_channel_data.xml, which is not read again
EFFECTS = {"visit": 1.5, "meeting": 1.3, "event": 0.8, "letter": 0.4, "email": 0.3, "sms": 0.2}


def migrate(cr, version):
    """Give the delivered channels the effect that new installations have, and propose
    methods, with what they are expected to bring, on the open cases."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for key, effect in EFFECTS.items():
        channel = env.ref(f"winback_lost_customers.winback_channel_{key}", raise_if_not_found=False)
        if channel and channel.effect == 1:
            channel.effect = effect
    for company in env["res.company"].search([("active", "=", True)]):
        cases = env["winback.case"].with_company(company)._get_open_of(company)
        cases._compute_profit()
        env["winback.case.proposal"]._refresh(cases)
