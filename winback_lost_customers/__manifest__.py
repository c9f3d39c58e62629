{
    "name": "Win-Back of Lost Customers",
    "summary": "See early which customers you are losing, why, and what it costs",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "Win-Back founders",
    "license": "LGPL-3",
    "depends": ["sale_crm", "sale_margin"],
    "data": [],
    "demo": [],
    "assets": {},
    "application": True,
}
