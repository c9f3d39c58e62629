from odoo import SUPERUSER_ID, api

# as in data/winback_channel_data.xml, which is not read again
EFFECTS = {"visit": 1.5, "meeting": 1.3, "event": 0.8, "letter": 0.4, "email": 0.3, "sms": 0.2}

# as in security/winback_offer_rules.xml, which is not read again either
GRANT_RULE = (
    "['|', '|', ('partner_id.user_id', '=', user.id), ('case_id.user_id', 'in', [user.id, False]), "
    "('case_id.team_id.user_id', '=', user.id)]"
)


def migrate(cr, version):
    """Give the delivered channels the effect, and salespeople the offers made to their
    customers, as new installations do; propose methods, with what they are expected to
    bring, on the open cases."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for key, effect in EFFECTS.items():
        channel = env.ref(f"winback_lost_customers.winback_channel_{key}", raise_if_not_found=False)
        if channel and channel.effect == 1:
            channel.effect = effect
    rule = env.ref("winback_lost_customers.winback_grant_rule_personal", raise_if_not_found=False)
    if rule:
        rule.domain_force = GRANT_RULE
    for company in env["res.company"].search([("active", "=", True)]):
        cases = env["winback.case"].with_company(company)._get_open_of(company)
        cases._compute_profit()
        env["winback.case.proposal"]._refresh(cases)
