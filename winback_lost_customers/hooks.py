import logging

_logger = logging.getLogger(__name__)

MODULE = "winback_lost_customers"


def post_init_hook(env):
    """Fill the picture at once: the first screen after the installation shows the
    company's own customers; the probability model and the history follow in the
    background."""
    run_cron, model_cron, history_cron = (
        env.ref(f"{MODULE}.ir_cron_winback_{name}") for name in ("run", "model", "history")
    )
    for company in env["res.company"].search([("active", "=", True)]):
        try:
            with env.cr.savepoint():
                env["winback.engine"].with_company(company)._run(company)
        except Exception:  # pylint: disable=broad-except
            # An installation must not fail over what the nightly run can report.
            _logger.exception("First win-back run of %s failed", company.name)
            run_cron._trigger()
    model_cron._trigger()
    history_cron._trigger()
    env.ref(f"{MODULE}.ir_cron_winback_product_loss")._trigger()
    env.ref(f"{MODULE}.ir_cron_winback_inquiry")._trigger()


def uninstall_hook(env):
    """Remove the triggers left for the scheduled actions, and the external ids that
    other modules hold of what our models inherit from them."""
    end_running_offers(env)
    env["ir.cron.trigger"].search([("cron_id", "in", _get_crons(env).ids)]).unlink()
    inherited = ("model_inherit__winback_%", "selection__winback_%")
    env["ir.model.data"].search(
        [
            ("module", "!=", MODULE),
            "|",
            *(("name", "=like", pattern) for pattern in inherited),
        ]
    ).unlink()


def end_running_offers(env):
    """Give customers back what was changed for the term of an offer: nobody else would."""
    env["winback.grant"].search([("is_running", "=", True)])._end()


def _get_crons(env):
    """Return all scheduled actions of this add-on."""
    data = env["ir.model.data"].search([("module", "=", MODULE), ("model", "=", "ir.cron")])
    return env["ir.cron"].browse(data.mapped("res_id"))
