import logging

_logger = logging.getLogger(__name__)

CRONS = (
    "ir_cron_winback_run",
    "ir_cron_winback_model",
    "ir_cron_winback_history",
    "ir_cron_winback_refresh",
    "ir_cron_winback_backtest",
    "ir_cron_winback_work_list",
    "ir_cron_winback_campaign",
)


def post_init_hook(env):
    """Fill the picture at once: the first screen after the installation shows the
    company's own customers; the probability model and the history follow in the
    background."""
    run_cron, model_cron, history_cron = _get_crons(env)[:3]
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


def uninstall_hook(env):
    """Remove the triggers left for the scheduled actions, and the external ids that
    other modules hold of what our models inherit from them."""
    end_running_offers(env)
    env["ir.cron.trigger"].search([("cron_id", "in", _get_crons(env).ids)]).unlink()
    inherited = ("model_inherit__winback_%", "selection__winback_%")
    env["ir.model.data"].search(
        [
            ("module", "!=", "winback_lost_customers"),
            "|",
            *(("name", "=like", pattern) for pattern in inherited),
        ]
    ).unlink()


def end_running_offers(env):
    """Give customers back what was changed for the term of an offer: nobody else would."""
    env["winback.grant"].search([("is_running", "=", True)])._end()


def _get_crons(env):
    """Return the scheduled actions of this add-on."""
    ids = [env.ref(f"winback_lost_customers.{xmlid}").id for xmlid in CRONS]
    return env["ir.cron"].browse(ids)
