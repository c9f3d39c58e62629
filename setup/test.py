"""``make test [T=WHAT]``: Odoo's own tests on copied template databases, then those of the repository.

Fails on a failing test, on an ERROR or unexpected WARNING in Odoo's log, and in CI without a browser.
JOBS=N: so many workers share the tests, else one for each processor; a single file is run by one.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

import bench
from workplace import (
    clear_errors,
    cluster,
    configuration,
    demo_database,
    install_log,
    outcomes,
    own_addons,
    paths,
    process,
    template_database,
    temporary_database,
    workers,
)
from workplace.console import say
from workplace.logs import unexpected_records
from workplace.odoo_process import odoo_environment

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_TESTS_COLLECTED = 5
# apps that an add-on makes use of where they are there, and its tests with it
BESIDE = {"winback_lost_customers": ["rating"]}
# the other templates, in a process of its own: what fails there is told by the tests that need them
MAKE_TEMPLATES = "import json, sys, workplace; [workplace.template_database(*each) for each in json.loads(sys.argv[1])]"
TEST_LOG = paths.LOGS / "test.log"


def main(what=""):
    """Run the tests that ``what`` selects; return the exit status."""
    own, repository, options = select(what)
    jobs = count_jobs(what)
    options += share_tests(jobs)
    problems = []
    counts = Counter()
    with clear_errors(), process.interruptible(), cluster(), ExitStack() as cleanup:
        check_browser(problems)
        if jobs > 1 and not what:
            cleanup.enter_context(templates_in_background())
        if own:
            counts += run_odoo_tests(own, options, jobs, problems)
        if repository:
            counts += run_repository_tests(repository, options, problems)
    if not counts:
        problems.append("no test was run")
    return summary(counts, problems)


def select(what):
    """Return (paths of Odoo tests, paths of repository tests, pytest options) for T=what."""
    own = [f"{addon}/tests" for addon in own_addons() if (paths.ROOT / addon / "tests").is_dir()]
    if not what:
        return own, ["tests"], []
    path = Path(what.partition("::")[0])
    if not (paths.ROOT / path).exists():
        return own, ["tests"], ["-k", what]
    if path.parts and path.parts[0] in own_addons():
        return [what], [], []
    return [], [what], []


def count_jobs(what):
    """Return how many workers share the tests: more than one would only wait where there is one file."""
    alone = (paths.ROOT / what.partition("::")[0]).is_file()
    return int(os.environ.get("JOBS") or (1 if alone else os.cpu_count()))


def share_tests(jobs):
    """Return pytest's options for so many workers.

    Each begins with one piece of the list, so that nearly all classes and fixtures are set up only once; who has
    finished takes half of what another has left.
    """
    if jobs == 1:
        return ["-p", "no:xdist"]
    return [f"--numprocesses={jobs}", "--dist=worksteal", "--max-worker-restart=0"]


def check_browser(problems):
    """Say loudly that browser tests will be skipped; in CI that is a failure."""
    if any(map(shutil.which, BROWSERS)):
        return
    say("NO BROWSER: the tests that need one are skipped (Debian: apt-get install chromium)")
    if os.environ.get("CI"):
        problems.append("no browser, and CI must run the browser tests")


@contextmanager
def templates_in_background():
    """Make the templates that only later tests need while the first one is made and tested.

    A command that comes to need one of them before it is there waits for it.
    """
    wanted = [[own_addons()], [demo_database.MODULES, True], [bench.MODULES]]
    command = [sys.executable, "-c", MAKE_TEMPLATES, json.dumps(wanted)]
    child = process.start(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.end(child)


def run_odoo_tests(selection, options, jobs, problems):
    """Run each add-on's own tests where only it, what it needs and what it uses is installed.

    So the main add-on is tested without the apps that the others connect it with.
    """
    counts = Counter()
    for addon in own_addons():
        own = [what for what in selection if Path(what).parts[0] == addon]
        if own:
            counts += run_addon_tests(addon, own, options, jobs, problems)
    return counts


def run_addon_tests(addon, selection, options, jobs, problems):
    """Run tests of one add-on by pytest-odoo, each worker on its own copy of the template database."""
    template = template_database([addon, *BESIDE.get(addon, ())])
    problems += unexpected_records(install_log(template))
    TEST_LOG.unlink(missing_ok=True)
    with temporary_databases(jobs, template) as databases:
        counts = run_pytest("odoo", [
            "-p", "workplace.workers", "--odoo-http", f"--odoo-config={configuration()}",
            "--odoo-log-level=info", "--odoo-extra", f"logfile={TEST_LOG}", "--odoo-extra", "max-cron-threads=0",
            *options, *selection,
        ], problems, {workers.VARIABLE: ",".join(databases)})  # fmt: skip
    problems += unexpected_records(TEST_LOG)
    return counts


@contextmanager
def temporary_databases(number, template):
    """Yield the names of so many copies of a template database, dropped at the end."""
    with ExitStack() as stack:
        yield [stack.enter_context(temporary_database(template, prefix="test")) for _number in range(number)]


def run_repository_tests(selection, options, problems):
    """Run the plain pytest tests under tests/; pytest-odoo would want a database for them."""
    return run_pytest("repository", ["-p", "no:odoo", *options, *selection], problems)


def run_pytest(name, arguments, problems, variables=()):
    """Run pytest once and return how many tests passed, failed and were skipped."""
    report = paths.LOGS / f"outcomes-{name}.json"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-rs", "-p", "workplace.outcomes", *arguments]
    environment = {**odoo_environment(), outcomes.VARIABLE: str(report), **dict(variables)}
    status = process.run(command, cwd=paths.ROOT, env=environment)
    counts = Counter(json.loads(report.read_text()) if report.is_file() else {})
    if status not in (0, NO_TESTS_COLLECTED) and not counts["failed"]:
        problems.append(f"pytest ended with status {status} ({name} tests)")
    return counts


def summary(counts, problems):
    """Print what went wrong besides failing tests, then the total; return the exit status."""
    sys.stdout.flush()
    for problem in problems:
        print(f"PROBLEM: {problem}")
    failed = counts["failed"] + len(problems)
    print(f"{counts['passed']} passed, {failed} failed, {counts['skipped']} skipped", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
