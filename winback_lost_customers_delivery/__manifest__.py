{
    "name": "Win-Back of Lost Customers: Free Delivery",
    "summary": "Free delivery as an offer to lost customers",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "Win-Back founders",
    "license": "LGPL-3",
    "depends": ["winback_lost_customers", "sale_loyalty_delivery"],
    "data": ["data/winback_offer_data.xml", "views/winback_offer_views.xml"],
    "demo": ["demo/winback_demo.xml"],
    "auto_install": True,
}
