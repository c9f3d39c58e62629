"""Two people closing, dismissing and assigning the same case at once, in real processes."""

import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

import workplace

MANAGERS = ("first_manager", "second_manager")
SALES = ("lost_it", "sales_a", "sales_b")
# A colleague in a process of its own, who decides what is asked on standard input.
COLLEAGUE = """
import sys
sys.path.insert(0, sys.argv[1])
import test_case_workers
test_case_workers.decide_what_is_asked(sys.argv[2])
"""


def close(case):
    """Close the case by the wizard, to try again in a month."""
    wizard = case.env["winback.case.close"].create(
        {
            "case_id": case.id,
            "state": "later",
            "retry_date": case.company_id._winback_today() + timedelta(days=30),
            "note": "Closed by hand",
        }
    )
    wizard.action_close()


def dismiss(case):
    """Dismiss the customer by the wizard."""
    reason = case.env["winback.dismissal.reason"].search([], limit=1)
    wizard = case.env["winback.dismiss"].create(
        {"case_ids": [(6, 0, case.ids)], "reason_id": reason.id}
    )
    wizard.action_dismiss()


def assign(case):
    """Find an owner by the rules again."""
    case.action_assign()


DECISIONS = {"close": close, "dismiss": dismiss, "assign": assign}


def decide_what_is_asked(database):
    """Decide as the first manager for each line, say so, and commit after another line."""
    with workplace.cluster():
        for line in sys.stdin:
            case_id, decision = line.split()
            with workplace.environment(database, user=MANAGERS[0]) as env:
                DECISIONS[decision](env["winback.case"].browse(int(case_id)))
                env.flush_all()
                print("decided", flush=True)
                sys.stdin.readline()
            print("committed", flush=True)


@pytest.fixture(scope="module")
def colleague(database):
    """The process of somebody else who works in the database."""
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", COLLEAGUE, here, database]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.communicate()
    assert process.returncode == 0


@contextmanager
def decided_by(colleague, case_id, decision):
    """The colleague has decided and not committed yet; at the end it commits."""
    say(colleague, f"{case_id} {decision}", "decided")
    yield
    say(colleague, "commit", "committed")


def say(process, line, answer):
    """Write a line to the process, which must answer as expected."""
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    assert process.stdout.readline() == f"{answer}\n"


def request(database, case_id, decision):
    """Decide as the second manager, the way a click in the browser does."""
    with workplace.environment(database, user=MANAGERS[1]) as env:
        retry(env, lambda: DECISIONS[decision](env["winback.case"].browse(case_id)))


def retry(env, function):
    """Call the function as Odoo calls whatever a browser asks for."""
    from odoo.service.model import retrying  # noqa: PLC0415  after Odoo is loaded

    return retrying(function, env)


@pytest.fixture(scope="module")
def database(installed_template):
    """A database with two managers and three salespeople of one team."""
    with workplace.temporary_database(installed_template) as name:
        with workplace.environment(name) as env:
            users = {login: create_user(env, login, "salesman") for login in SALES}
            for login in MANAGERS:
                create_user(env, login, "manager")
            team = env["crm.team"].create({"name": "Team"})
            team.member_ids = [(6, 0, [user.id for user in users.values()])]
            env.company.winback_management_margin_rank = 0
        yield name


def create_user(env, login, group):
    groups = env.ref(f"sales_team.group_sale_{group}") | env.ref("base.group_user")
    values = {"name": login, "login": login, "group_ids": [(6, 0, groups.ids)]}
    return env["res.users"].with_context(no_reset_password=True).create(values)


@pytest.fixture
def case_id(database):
    """An open case of a customer whom `lost_it` has lost, with something planned."""
    with workplace.environment(database) as env:
        partner = env["res.partner"].create({"name": "Customer", "is_company": True})
        user = env["res.users"].search([("login", "=", SALES[0])])
        for days in (300, 330, 360):
            order = env["sale.order"].create({"partner_id": partner.id, "user_id": user.id})
            order.action_confirm()
            order.date_order = env.cr.now() - timedelta(days=days)
        env["winback.engine"]._run(env.company)
        case = env["winback.case"]._open(env.company, partner)
        assert case.user_id.login in SALES[1:]
        return case.id


def look(database, case_id):
    """Return what has come of the case: stage, notes, dismissals, and whether an owner and
    something planned are there."""
    with workplace.environment(database) as env:
        case = env["winback.case"].browse(case_id)
        notes = case.message_ids.filtered(lambda m: "Closed by hand" in m.body)
        dismissals = env["winback.dismissal"].search([("partner_id", "=", case.partner_id.id)])
        return {
            "state": case.state,
            "notes": len(notes),
            "dismissals": len(dismissals),
            "has_owner": case.user_id.login in SALES[1:],
            "is_planned": bool(case.activity_ids),
        }


AFTER = {
    "close": {"state": "later", "notes": 1, "dismissals": 0, "has_owner": True, "is_planned": False},
    "dismiss": {
        "state": "dismissed", "notes": 0, "dismissals": 1, "has_owner": True, "is_planned": False
    },
    "assign": {"state": "new", "notes": 0, "dismissals": 0, "has_owner": True, "is_planned": True},
}  # fmt: skip


@pytest.mark.parametrize(("first", "second"), list(product(DECISIONS, repeat=2)))
def test_second_decision_waits_and_then_sees_the_first(database, colleague, case_id, first, second):
    with decided_by(colleague, case_id, first):
        with pytest.raises(Exception, match="Somebody else is changing the case of Customer"):
            request(database, case_id, second)
    assert look(database, case_id) == AFTER[first]
    if first == "assign":  # the case is still open: whoever comes second may decide
        request(database, case_id, second)
        assert look(database, case_id) == AFTER[second]
    else:
        with pytest.raises(Exception, match="The case of Customer has been closed already"):
            request(database, case_id, second)
        assert look(database, case_id) == AFTER[first]


@pytest.mark.parametrize("second", DECISIONS)
def test_decision_on_an_old_picture_is_told_what_has_happened(database, colleague, case_id, second):
    with workplace.environment(database, user=MANAGERS[1]) as env:
        case = env["winback.case"].browse(case_id)
        assert case.state == "new"  # from here on this transaction sees nothing newer
        with decided_by(colleague, case_id, "close"):
            pass
        with pytest.raises(Exception, match="The case of Customer has been closed already"):
            retry(env, lambda: DECISIONS[second](case))
    assert look(database, case_id) == AFTER["close"]
