"""docker-compose.yml says what the Compose specification allows, and what it starts works."""

import json
import shlex
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import jsonschema
import pytest
import yaml

import workplace
from workplace import demo_database, odoo_process, paths

COMPOSE = yaml.safe_load((paths.ROOT / "docker-compose.yml").read_text())
SCHEMA = json.loads((Path(__file__).parent / "data" / "compose-spec.json").read_text())


def test_compose_file_follows_the_specification():
    jsonschema.Draft201909Validator(SCHEMA).validate(COMPOSE)


def test_compose_file_waits_for_a_healthy_database():
    assert COMPOSE["services"]["odoo"]["depends_on"]["db"]["condition"] == "service_healthy"
    assert "healthcheck" in COMPOSE["services"]["db"]


def test_compose_file_uses_the_official_images():
    assert [COMPOSE["services"][name]["image"] for name in ("odoo", "db")] == ["odoo:19.0", "postgres:17"]


def test_compose_entry_point_exists_in_the_mounted_checkout():
    service = COMPOSE["services"]["odoo"]
    mount = next(volume.split(":")[1] for volume in service["volumes"] if volume.startswith(".:"))
    assert (paths.ROOT / Path(service["entrypoint"][1]).relative_to(mount)).is_file()


@pytest.fixture
def entry():
    """The container's entry script, running here on a copy of the demo template."""
    template = workplace.template_database(demo_database.MODULES, demo=True)
    with workplace.temporary_database(template, prefix="compose") as database:
        port = odoo_process.free_port(0)
        environment = {
            **odoo_process.odoo_environment(),
            "ODOO_COMMAND": shlex.join(workplace.odoo_command()),
            "DATABASE": database,
            "HTTP_PORT": str(port),
        }
        command = [sys.executable, str(paths.SETUP / "compose_entry.py")]
        child = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        yield child, database, port
        child.terminate()
        child.wait(30)


def test_entry_script_updates_and_serves_the_demo_database(entry):
    child, database, port = entry
    page = wait_for_page(child, f"http://127.0.0.1:{port}/web/login")
    assert b'name="login"' in page
    assert demo_database.required_arguments(database) is None


def wait_for_page(child, url, patience=180):
    """Return the page as soon as it is served."""
    end = time.monotonic() + patience
    while time.monotonic() < end and child.poll() is None:
        try:
            return urllib.request.urlopen(url, timeout=30).read()
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"{url} did not answer, the script ended with {child.poll()}")
