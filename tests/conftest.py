"""What the repository's tests share: a running PostgreSQL and copies of template databases."""

import pytest

import workplace

ADDON = "winback_lost_customers"


@pytest.fixture(scope="session", autouse=True)
def postgresql():
    """Keep the server up for the whole session instead of starting it for each test."""
    with workplace.cluster() as settings:
        yield settings


@pytest.fixture(scope="session")
def installed_template():
    """The template database with the add-ons, the one the add-ons' own tests run on."""
    return workplace.template_database(workplace.own_addons())


@pytest.fixture
def installed_database(installed_template):
    """A fresh copy of the database with the add-ons."""
    with workplace.temporary_database(installed_template) as name:
        yield name
