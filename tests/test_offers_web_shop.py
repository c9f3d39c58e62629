"""Personal codes with the web shop and free delivery installed: they work for their customer only."""

import pytest

import workplace

ADDON = "winback_lost_customers"


@pytest.fixture(scope="module")
def shop():
    """An environment with the web shop, on a database of its own that is dropped at the end."""
    template = workplace.template_database([ADDON, "website_sale_loyalty", "sale_loyalty_delivery"])
    with workplace.temporary_database(template) as name, workplace.environment(name) as env:
        yield env


@pytest.fixture
def offer(shop):
    """A discount of which at least 10 percent of the order must remain as margin."""
    return shop["winback.offer"].create(
        {"name": "Ten percent", "kind": "discount", "percent": 10, "margin_floor_percent": 10}
    )


def create_partner(env, name, **values):
    return env["res.partner"].create({"name": name, **values})


def create_buyer(env, login):
    """A customer with a login of the shop, who is no employee."""
    group = env.ref("base.group_portal")
    values = {"name": "Buyer", "login": login, "group_ids": [(6, 0, group.ids)]}
    return env["res.users"].with_context(no_reset_password=True).create(values)


def create_basket(env, partner, cost=10):
    """A basket of the first web shop, of one product at 100 that costs us ``cost``."""
    website = env["website"].search([], limit=1)
    product = env["product.product"].create({"name": "Thing", "list_price": 100, "standard_price": cost})
    return env["sale.order"].create(
        {
            "partner_id": partner.id,
            "company_id": website.company_id.id,
            "website_id": website.id,
            "order_line": [(0, 0, {"product_id": product.id, "price_unit": 100, "tax_ids": False})],
        }
    )


def redeem(order, code):
    """Enter a code as the shop's page does; return the error, if any."""
    result = order._try_apply_code(code)
    if "error" in result:
        return result["error"]
    [(card, reward)] = result.items()
    error = order._apply_program_reward(reward, card).get("error")
    order._update_programs_and_rewards()
    return error


def discounts(order):
    return sum(order.order_line.filtered("reward_id").mapped("price_total"))


def test_code_works_in_the_shop_for_its_customer_and_contacts(shop, offer):
    customer = create_partner(shop, "Customer", is_company=True)
    contact = create_partner(shop, "Contact", parent_id=customer.id)
    grant = offer._grant(customer, shop.company)
    basket = create_basket(shop, contact)
    assert redeem(basket, grant.code) is None
    assert discounts(basket) == pytest.approx(-10)
    basket.action_confirm()
    assert (grant.state, grant.order_id) == ("used", basket)


def test_code_is_refused_in_the_shop_for_others_and_for_visitors(shop, offer):
    grant = offer._grant(create_partner(shop, "Customer"), shop.company)
    for partner in (create_partner(shop, "Other"), shop.ref("base.public_partner")):
        basket = create_basket(shop, partner)
        assert "another customer" in redeem(basket, grant.code)
        basket._verify_cart_after_update()
        assert discounts(basket) == 0
    assert grant.state == "granted"


def test_basket_that_goes_to_another_customer_loses_the_reward(shop, offer):
    customer, other = create_partner(shop, "Customer"), create_partner(shop, "Other")
    grant = offer._grant(customer, shop.company)
    basket = create_basket(shop, customer)
    assert redeem(basket, grant.code) is None
    basket.partner_id = other
    basket._verify_cart_after_update()
    assert discounts(basket) == 0


def test_customer_sees_no_margin_when_the_floor_refuses(shop, offer):
    user = create_buyer(shop, "shop_buyer")
    grant = offer._grant(user.partner_id, shop.company)
    basket = create_basket(shop, user.partner_id, cost=95).with_user(user).sudo()
    error = redeem(basket, grant.sudo().code)
    assert "cannot be used on this order" in error
    assert "margin" not in error
    assert discounts(basket) == 0


def test_reward_is_lost_when_the_customer_changes_the_basket_below_the_floor(shop, offer):
    user = create_buyer(shop, "shop_changer")
    grant = offer._grant(user.partner_id, shop.company)
    basket = create_basket(shop, user.partner_id).with_user(user).sudo()
    assert redeem(basket, grant.sudo().code) is None
    assert discounts(basket) == pytest.approx(-10)
    basket.order_line.filtered(lambda line: not line.reward_id).purchase_price = 95
    basket._verify_cart_after_update()
    assert discounts(basket) == 0


def buy_again(env, partner, product):
    """A basket of the first web shop at the price that the customer has there."""
    website = env["website"].search([], limit=1)
    return env["sale.order"].create(
        {
            "partner_id": partner.id,
            "company_id": website.company_id.id,
            "website_id": website.id,
            "order_line": [(0, 0, {"product_id": product.id, "tax_ids": False})],
        }
    )


def test_fixed_prices_hold_in_the_shop_for_their_customer_only(shop):
    shop["res.config.settings"].create({"group_product_pricelist": True}).execute()
    fixed = shop["winback.offer"].create({"name": "Fixed", "kind": "price_lock", "valid_days": 90})
    customer, other = create_partner(shop, "Customer"), create_partner(shop, "Other")
    basket = create_basket(shop, customer)
    basket.action_confirm()
    product, website = basket.order_line.product_id, basket.website_id
    grant = fixed._grant(customer, shop.company)
    product.list_price = 200
    assert grant.pricelist_id._is_available_on_website(website)
    assert not grant.pricelist_id.selectable  # nobody finds it in the shop
    assert buy_again(shop, customer, product).order_line.price_unit == pytest.approx(100)
    assert buy_again(shop, other, product).order_line.price_unit == pytest.approx(200)


def test_payment_terms_of_an_offer_count_in_the_shop(shop):
    terms = shop["account.payment.term"].create({"name": "After receipt"})
    later = shop["winback.offer"].create(
        {"name": "Later", "kind": "payment_term", "payment_term_id": terms.id}
    )
    user = create_buyer(shop, "shop_payer")
    grant = later._grant(user.partner_id, shop.company)
    basket = create_basket(shop, user.partner_id)
    assert basket.payment_term_id == terms
    basket.with_user(user).sudo().action_confirm()
    assert (grant.state, grant.order_id) == ("used", basket)


def test_free_delivery_works_in_the_shop_for_its_customer_only(shop):
    free = shop["winback.offer"].create({"name": "Free delivery", "kind": "delivery"})
    customer, other = create_partner(shop, "Customer"), create_partner(shop, "Other")
    grant = free._grant(customer, shop.company)
    product = shop["product.product"].create({"name": "Freight", "type": "service", "taxes_id": False})
    carrier = shop["delivery.carrier"].create({"name": "Carrier", "product_id": product.id})
    for partner, total in ((other, 112), (customer, 100)):
        basket = create_basket(shop, partner)
        basket.set_delivery_line(carrier, 12)
        refused = redeem(basket, grant.code)
        assert bool(refused) == (partner == other)
        assert basket.amount_total == pytest.approx(total)
