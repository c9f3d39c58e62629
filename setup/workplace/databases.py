"""Create, copy and drop databases together with Odoo's file store."""

import os
import shutil
import sys
import uuid
from contextlib import contextmanager

from . import paths
from .console import WorkplaceError


@contextmanager
def _server(dbname="postgres"):
    """Yield a cursor on the server, every statement its own transaction."""
    import psycopg2  # noqa: PLC0415  only the project's own Python has it

    connection = psycopg2.connect(dbname=dbname)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def execute(statement, *names, values=None, dbname="postgres"):
    """Run one statement; ``{}`` in it are identifiers, ``%s`` values. Return the rows, if it has any."""
    from psycopg2 import sql  # noqa: PLC0415

    with _server(dbname) as cursor:
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)), values)
        return cursor.fetchall() if cursor.description else []


def database_exists(name):
    """Tell whether there is a database of this name."""
    return bool(execute("SELECT 1 FROM pg_database WHERE datname = %s", values=[name]))


def database_names(prefix=""):
    """Return the names of all databases with this prefix, the newest first."""
    rows = execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid DESC", values=[prefix])
    return [name for (name,) in rows]


def create_database(name, template=None, replace=False):
    """Create a database, empty or as a copy of ``template``, and return its name."""
    if database_exists(name):
        if not replace:
            raise WorkplaceError(f"there is already a database {name!r}")
        drop_database(name)
    if template:
        execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        _copy_filestore(template, name)
    else:
        # As Odoo does it: its sorting must not depend on the server's language.
        execute("CREATE DATABASE {} ENCODING 'UTF8' LC_COLLATE 'C' TEMPLATE template0", name)
    return name


def drop_database(name):
    """Drop a database and its files; nothing happens if there is none."""
    _forget_in_odoo(name)
    execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    shutil.rmtree(filestore(name), ignore_errors=True)


@contextmanager
def temporary_database(template=None, prefix="tmp"):
    """Yield the name of a fresh database that is dropped at the end."""
    name = create_database(f"{prefix}_{os.getpid()}_{uuid.uuid4().hex[:6]}", template=template)
    try:
        yield name
    finally:
        drop_database(name)


def rename_database(old, new):
    """Rename a database nobody is connected to, with its files."""
    if filestore(old).is_dir():
        filestore(old).rename(filestore(new))
    execute("ALTER DATABASE {} RENAME TO {}", old, new)


def filestore(name):
    """Return the folder of Odoo's attachments of this database."""
    return paths.DATA / "filestore" / name


def _copy_filestore(source, target):
    """Copy the attachments by hard links: Odoo never changes a stored file, it writes new ones."""
    shutil.rmtree(filestore(target), ignore_errors=True)
    if filestore(source).is_dir():
        shutil.copytree(filestore(source), filestore(target), copy_function=os.link)


def _forget_in_odoo(name):
    """Close what an Odoo in this process keeps of the database."""
    if "odoo.modules.registry" in sys.modules:
        import odoo  # noqa: PLC0415

        odoo.modules.registry.Registry.delete(name)
        odoo.sql_db.close_db(name)
