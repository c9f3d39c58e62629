from odoo import SUPERUSER_ID, api

# rule: path from its model to the customer's win-back page
RULES = {
    "winback_status_rule_case": "",
    "winback_status_sign_rule_case": "status_id.",
    "winback_transition_rule_case": "status_id.",
}


def migrate(cr, version):
    """Let the owners of cases see their customers by a faster way, as a new installation does."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, path in RULES.items():
        rule = env.ref(f"winback_lost_customers.{name}", raise_if_not_found=False)
        if rule and "winback_case_ids" in (rule.domain_force or ""):
            rule.domain_force = f"[('{path}case_user_ids', '=', user.id)]"
