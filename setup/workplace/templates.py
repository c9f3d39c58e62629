"""Template databases: modules installed once, then copied in a fraction of a second."""

import hashlib

from . import addons, bootstrap, locks, paths
from .console import WorkplaceError, step
from .databases import create_database, database_exists, database_names, drop_database, execute, rename_database
from .odoo_process import modules_loaded, run_odoo
from .sharing import cluster

KEPT = 3  # templates of one kind: another command may be copying the one before


class InstallError(WorkplaceError):
    """Odoo could not install the modules."""


def template_database(modules, demo=False):
    """Return the name of a database with these modules, made now if there is none."""
    own, foreign = addons.split_dependencies(modules)
    with cluster():
        base = _base(foreign, demo)
        if not own:
            return base
        content = _digest(bootstrap.odoo_version(), addons.content_digest(own))
        return _template(sorted({*own, *modules}), content, demo, base)


def _base(foreign, demo):
    """Return the template of modules from elsewhere, with what all our add-ons need taken from a smaller one."""
    version = _digest(bootstrap.odoo_version())
    common = _common_dependencies()
    smaller = _template(sorted(common), version, demo) if common and common < set(foreign) else None
    return _template(foreign or ["base"], version, demo, smaller)


def _common_dependencies():
    """Return the modules from elsewhere that every add-on here needs."""
    return set.intersection(*(set(addons.split_dependencies([addon])[1]) for addon in addons.own_addons()))


def install_log(template):
    """Return the path of the log of a template's installation."""
    return paths.LOGS / f"{template}.log"


def _template(modules, content, demo, base=None):
    """Return the template of this content, making it from ``base`` if needed."""
    kind = f"template_{'demo_' if demo else ''}{_digest(*modules)[:6]}_"
    name = kind + content
    with locks.exclusive(kind, f"Waiting for another command that installs {', '.join(modules)} ..."):
        if not database_exists(name):
            _make(name, modules, demo, base)
            for old in database_names(kind)[KEPT:]:
                drop_database(old)
    return name


def _make(name, modules, demo, base):
    """Install into a database of another name first: a template of this name is always complete."""
    making = f"making_{name}"
    drop_database(making)
    create_database(making, template=base)
    log = install_log(name)
    label = f"Installing {', '.join(modules)}{' with demo data' if demo else ''}"
    with step(label, modules_loaded(log)):
        arguments = ["-d", making, "-i", ",".join(modules), "--stop-after-init", "--no-http"]
        result = run_odoo(*arguments, *(["--with-demo"] if demo else []), log=log, check=False)
    if result.returncode or not _is_installed(making, modules):
        tail = "".join(log.read_text().splitlines(keepends=True)[-40:])
        raise InstallError(f"installing {', '.join(modules)} failed:\n{tail}(all of it: {log})")
    rename_database(making, name)
    execute("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)


def _is_installed(database, modules):
    """Odoo may end with status 0 although a module was not found."""
    query = "SELECT count(*) FROM ir_module_module WHERE state = 'installed' AND name = ANY(%s)"
    return execute(query, values=[modules], dbname=database)[0][0] == len(modules)


def _digest(*parts):
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
