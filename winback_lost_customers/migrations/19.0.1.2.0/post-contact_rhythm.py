from odoo import SUPERUSER_ID, api

# as in data/winback_value_class_data.xml, which is not read again: days between contacts,
# and whether somebody speaks with the customer
RHYTHMS = {"gold": (30, True), "silver": (90, True), "copper": (180, False)}


def migrate(cr, version):
    """Give the delivered value classes the contact rhythm that new installations have."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for key, (days, is_personal) in RHYTHMS.items():
        xmlid = f"winback_lost_customers.winback_value_class_{key}"
        value_class = env.ref(xmlid, raise_if_not_found=False)
        if value_class and not value_class.contact_days:
            value_class.write({"contact_days": days, "is_personal": is_personal})
