"""The gift of a poll in the web shop: whatever its kind, it works for who answered, and for nobody else."""

import datetime

import pytest

import workplace

ADDON = "winback_lost_customers_survey"
CORE = "winback_lost_customers"
KINDS = {
    "discount": {"kind": "discount", "percent": 10},
    "credit": {"kind": "credit", "amount": 30},
    "gift card": {"kind": "credit", "amount": 30, "credit_kind": "gift_card"},
    "eWallet": {"kind": "credit", "amount": 30, "credit_kind": "ewallet"},
}
OFF = {"discount": 10, "credit": 30, "gift card": 30, "eWallet": 30}


@pytest.fixture(scope="module")
def shop():
    """An environment with polls and the web shop, on a database of its own that is dropped at the end."""
    template = workplace.template_database([ADDON, "website_sale_loyalty"])
    with workplace.temporary_database(template) as name, workplace.environment(name) as env:
        env.company.email = "shop@example.com"
        env["res.lang"]._activate_lang("bg_BG")
        ours = env["ir.module.module"].search([("name", "in", (ADDON, CORE))])
        ours._update_translations(["bg_BG"])
        yield env


@pytest.fixture
def rollback(shop):
    """Undo what a test does."""
    with pytest.raises(ZeroDivisionError), shop.cr.savepoint():
        yield shop
        raise ZeroDivisionError


def create_buyer(env, login, **values):
    """A person of an organisation, with a login of the shop."""
    customer = env["res.partner"].create({"name": f"Organisation of {login}", "is_company": True})
    user = env["res.users"].with_context(no_reset_password=True).create(
        {"name": login, "login": login, "email": f"{login}@example.com",
         "group_ids": [(6, 0, env.ref("base.group_portal").ids)], **values}
    )  # fmt: skip
    user.partner_id.parent_id = customer
    return user


def answer_poll(env, user, offer, lang="en_US"):
    """Let the person answer a poll about last month; return the gift."""
    poll = env["winback.poll"].create({"offer_id": env["winback.offer"].create({"name": "Gift", **offer}).id})
    poll.date_deadline += datetime.timedelta(days=300)  # whatever day it is today
    user.partner_id.lang = lang
    order = env["sale.order"].create({"partner_id": user.partner_id.id})
    order.write({"state": "sent", "date_order": f"{poll.month} 12:00:00"})
    today = env.company._winback_today()
    poll._start(today)
    poll._send_batch(today)
    invitation = poll.invitation_ids.filtered(lambda i: i.contact_id == user.partner_id)
    invitation.user_input_id._mark_done()
    return invitation.gift_ids


def create_basket(env, user):
    """A basket of the first web shop, of one product at 100, as the shop makes it for `user`."""
    website = env["website"].search([], limit=1)
    product = env["product.product"].create({"name": "Thing", "list_price": 100, "standard_price": 10})
    order = env["sale.order"].create(
        {
            "partner_id": user.partner_id.id,
            "company_id": website.company_id.id,
            "website_id": website.id,
            "order_line": [(0, 0, {"product_id": product.id, "price_unit": 100, "tax_ids": False})],
        }
    )
    return order.with_user(user).with_context(lang=user.partner_id.lang).sudo()


def redeem(basket, gift):
    """Take the gift as the pages of the shop do; return the error, if any."""
    if gift.code:
        found = basket._try_apply_code(gift.code)
    else:
        basket._update_programs_and_rewards()
        found = basket._get_claimable_and_showable_rewards()
    if "error" in found:
        return found["error"]
    for card, rewards in found.items():
        basket._apply_program_reward(rewards[:1], card)
    basket._update_programs_and_rewards()
    basket._verify_cart_after_update()
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_gift_works_in_the_shop_for_the_person_who_answered(rollback, kind):
    user = create_buyer(rollback, "poll_buyer")
    gift = answer_poll(rollback, user, KINDS[kind])
    assert gift.state == "delivered"
    basket = create_basket(rollback, user)
    assert redeem(basket, gift) is None
    assert basket.amount_total == pytest.approx(100 - OFF[kind])
    basket.action_confirm()
    assert (gift.state, gift.cost) == ("redeemed", pytest.approx(OFF[kind]))


@pytest.mark.parametrize("kind", KINDS)
def test_gift_is_refused_in_the_shop_for_others(rollback, kind):
    gift = answer_poll(rollback, create_buyer(rollback, "poll_buyer"), KINDS[kind])
    basket = create_basket(rollback, create_buyer(rollback, "poll_other"))
    error = redeem(basket, gift)
    assert basket.amount_total == 100
    assert gift.state == "delivered"
    if gift.code:
        assert "another customer" in error


def test_gift_is_read_in_the_language_of_the_customer_from_the_answer_to_the_basket(rollback):
    user = create_buyer(rollback, "poll_bulgarian")
    offer = rollback.ref(f"{ADDON}.winback_offer_poll")
    gift = answer_poll(rollback, user, {**KINDS["discount"], "name": "Gift"}, lang="bg_BG")
    assert "Вашият код" in gift.mail_id.body_html
    poll = gift.poll_id
    assert "Как се справихме" in poll.invitation_ids.mail_id.subject
    own = offer.copy({"code": False})
    grant = own._grant(user.partner_id, rollback.company)
    basket = create_basket(rollback, user)
    assert redeem(basket, grant) is None
    assert "Благодарим" in basket.order_line.filtered("reward_id").name


def test_complaint_form_is_read_in_the_language_of_the_customer(shop):
    form = shop.ref(f"{CORE}.complaint_form").with_context(lang="bg_BG")
    assert "Кажете ни какво се обърка" in form.arch_db
