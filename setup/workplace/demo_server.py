"""Bring the demo database up to date with our own Odoo, before it is served."""

from . import demo_database, odoo_process, paths
from .console import WorkplaceError, step
from .sharing import cluster


def prepare():
    """Install or update the demo database if the add-ons changed."""
    with cluster() as settings:
        arguments = demo_database.required_arguments(disposable=settings.private)
    if arguments is None:
        return
    log = paths.LOGS / "demo-install.log"
    verb = "Updating" if "-u" in arguments else "Installing"
    with step(f"{verb} the demo database", odoo_process.modules_loaded(log)):
        result = odoo_process.run_odoo(*arguments, log=log, check=False)
    if result.returncode:
        tail = "\n".join(log.read_text().splitlines()[-30:])
        raise WorkplaceError(f"Odoo could not install the demo database:\n{tail}")
    with step("Rebuilding its 24 months"), odoo_process.environment(demo_database.NAME) as env:
        rebuild_history(env, env.ref("base.main_company"))
    demo_database.record_contents()


def rebuild_history(env, company):
    """Do now what scheduled actions do within minutes of the installation: without them charts are empty."""
    history = env["winback.history"]
    for day in history._get_missing_month_ends(company):
        history._reconstruct(company, day)
    env["winback.product.loss"]._refresh(company)
    env["winback.inquiry"]._refresh(company)
