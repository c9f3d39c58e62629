"""How fast the figures open: overview, first look, calculator, reports. Part of ``make bench``."""

import time

from history import living_on
from workplace import say
from workplace.databases import execute

AIM = 1000  # milliseconds
REPORTS = {
    "dynamics": ("winback.dynamics.report", ["date:quarter", "event"], ["__count", "amount:sum"]),
    "retention": ("winback.retention.report", ["first_order_date:year", "age"], ["kept:avg"]),
    "lifetime value": (
        "winback.lifetime.report", ["value_class_id"], ["lifetime_value:avg", "missed_benefit:sum"]
    ),
    "after complaints": ("winback.complaint.report", ["severity", "answer"], ["bought_again:avg", "lost_since:avg"]),
    "products of the lost": ("winback.product.loss", ["categ_id"], ["lift:max", "amount:sum"]),
    "inquiries": (
        "winback.inquiry", ["user_id"],
        ["__count", "ordered_count:sum", "ordered_rate:avg", "unanswered_count:sum", "unanswered_rate:avg",
         "answer_days:avg", "amount_ordered:sum"],
    ),
    "inquiries by month": ("winback.inquiry", ["date:month", "outcome"], ["__count"]),
}  # fmt: skip


def rebuild(env, name, day):
    """Rebuild the last 24 months and prepare the rows, as scheduled actions do after the installation."""
    start = time.monotonic()
    history = env["winback.history"]
    with living_on(env, day):
        for month_end in history._get_missing_month_ends(env.company):
            history._reconstruct(env.company, month_end)
            env.cr.commit()
        rebuilt = time.monotonic() - start
        env["winback.product.loss"]._refresh(env.company)
        env.cr.commit()
        lost = time.monotonic() - start - rebuilt
        say(f"Rebuilt the history: {rebuilt:.1f} s; products of the lost: {lost:.1f} s")
        for label in ("first time", "again"):
            prepare_inquiries(env, label)
    execute("VACUUM ANALYZE winback_transition, winback_status, winback_product_loss, winback_inquiry", dbname=name)


def prepare_inquiries(env, label):
    """Prepare the rows of the inquiries, and say how long it takes and what it writes."""
    start = time.monotonic()
    written = env["winback.inquiry"]._refresh(env.company)
    env.cr.commit()
    say(f"Inquiries, {label}: {time.monotonic() - start:.1f} s, rows {written}")


def measure(env, label, user, day, measure_call, show_aim):
    """Print how long the figures take that a user may see, with its rights."""
    company = env.company
    env = env(user=user.id, context={"allowed_company_ids": company.ids, "lang": "en_US"})
    is_manager = user.has_group("sales_team.group_sale_manager")
    calls = {
        f"overview, {period}": lambda p=period: env["winback.overview"].get_figures({"period": p})
        for period in ("year", "two_years")
    }
    if is_manager:
        calls["first look"] = lambda: env["winback.first.look"].get_answers(company.id)
        calls["loss calculator"] = lambda: env["winback.loss.calculator"].create({}).missed_sales
    for name, (model, groups, measures) in REPORTS.items():
        if env[model].has_access("read"):
            calls[name] = lambda m=model, g=groups, s=measures: env[m].formatted_read_group([], g, s)
    # a page of the list as it opens, as nobody opens a pivot of all customers
    calls["inquiries by customer"] = lambda: env["winback.inquiry"].web_read_group(
        [("date", ">=", "=1d -12m")], ["partner_id"], ["__count", "ordered_rate:avg", "amount_ordered:sum"], limit=80
    )
    with living_on(env, day):
        for name, call in calls.items():
            milliseconds, _result = measure_call(env, call)
            show_aim(f"{name}, {label}", milliseconds, AIM, "ms")
    env.cr.rollback()
