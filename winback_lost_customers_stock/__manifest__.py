{
    "name": "Win-Back of Lost Customers: Deliveries",
    "summary": "Late, incomplete and returned deliveries make customers dissatisfied",
    "version": "19.0.1.1.0",
    "category": "Sales/CRM",
    "author": "Win-Back founders",
    "license": "LGPL-3",
    "depends": ["winback_lost_customers", "sale_stock"],
    "demo": ["demo/winback_demo.xml"],
    "auto_install": True,
}
