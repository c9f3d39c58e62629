{
    "name": "Win-Back of Lost Customers: Ratings",
    "summary": "A bad rating shows within a minute that a customer is dissatisfied",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "Win-Back founders",
    "license": "LGPL-3",
    "depends": ["winback_lost_customers", "rating"],
    "auto_install": True,
}
