def post_init_hook(env):
    """Fill the picture at once: both scheduled actions run right after the
    installation, so that the first screen shows the company's own figures."""
    for xmlid in ("ir_cron_winback_run", "ir_cron_winback_history"):
        env.ref(f"winback_lost_customers.{xmlid}")._trigger()


def uninstall_hook(env):
    """Remove the triggers left for the scheduled actions."""
    crons = env["ir.cron"].browse(
        env.ref(f"winback_lost_customers.{xmlid}").id
        for xmlid in ("ir_cron_winback_run", "ir_cron_winback_history")
    )
    env["ir.cron.trigger"].search([("cron_id", "in", crons.ids)]).unlink()
