"""A poll in real processes: killed in the middle of sending, sent by two workers, answered twice at once."""

import subprocess
import sys

import pytest

import workplace

CUSTOMERS = 160
# Works the polls of a database; says "batch" after each batch, and with a number as second
# argument waits to be killed within the batch of that number.
WORKER = """
import sys, time
from unittest.mock import patch
import workplace

database, stop_at = sys.argv[1], int(sys.argv[2])
batches = 0
with workplace.cluster(), workplace.environment(database) as env:
    polls = env["winback.poll"]
    ask = type(polls)._ask

    def slowly(poll, invitations):
        global batches
        batches += 1
        ask(poll, invitations)
        poll.env.flush_all()
        print("batch", batches, flush=True)
        time.sleep(600 if batches == stop_at else 0.2)

    with patch.object(type(polls), "_ask", slowly):
        polls._cron_work()
"""
# Marks an answer sheet as done, as the request of a visitor does, and waits before it commits.
ANSWERER = """
import sys
import workplace

database, sheet_id = sys.argv[1], int(sys.argv[2])
with workplace.cluster(), workplace.environment(database) as env:
    sheet = env["survey.user_input"].browse(sheet_id)
    print(sheet.state, flush=True)
    sys.stdin.readline()
    if sheet.state != "done":
        sheet._mark_done()
"""


def run(script, *arguments):
    """Run `script` in a process of its own; return the process."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture
def poll_id(installed_database):
    """The id of a poll whose customers are chosen and not asked yet."""
    with workplace.environment(installed_database) as env:
        poll = env["winback.poll"].create({"company_id": env.company.id})
        partners = env["res.partner"].create(
            [
                {"name": f"Asked {number}", "is_company": True, "email": f"asked{number}@example.com"}
                for number in range(CUSTOMERS)
            ]
        )
        orders = env["sale.order"].create([{"partner_id": partner.id} for partner in partners])
        orders.write({"state": "sent", "date_order": f"{poll.month} 12:00:00"})
        # whatever day it is today, there is time to answer
        poll.date_deadline = poll.date_deadline.replace(year=poll.date_deadline.year + 1)
        poll._start(env.company._winback_today())
        assert poll.prepared_count == CUSTOMERS
        return poll.id


def check_all_asked_once(database, poll_id):
    """Everybody has one answer sheet and one mail."""
    with workplace.environment(database) as env:
        env["winback.poll"]._cron_work()
        invitations = env["winback.poll"].browse(poll_id).invitation_ids
        assert set(invitations.mapped("state")) == {"sent"}
        assert len(invitations) == len(invitations.user_input_id) == CUSTOMERS
        assert env["survey.user_input"].search_count([("partner_id", "in", invitations.contact_id.ids)]) == CUSTOMERS
        mails = env["mail.mail"].search([("model", "=", "winback.poll.invitation")])
        assert sorted(mails.mapped("res_id")) == sorted(invitations.ids)


def test_sending_killed_in_the_middle_asks_nobody_twice(installed_database, poll_id):
    with run(WORKER, installed_database, 2) as worker:
        assert worker.stdout.readline() == "batch 1\n"
        assert worker.stdout.readline() == "batch 2\n"
        worker.kill()
    with workplace.environment(installed_database) as env:
        poll = env["winback.poll"].browse(poll_id)
        assert (poll.asked_count, poll.prepared_count) == (50, CUSTOMERS - 50)
    check_all_asked_once(installed_database, poll_id)


def test_two_workers_ask_nobody_twice(installed_database, poll_id):
    workers = [run(WORKER, installed_database, 0) for _number in range(2)]
    for worker in workers:
        worker.communicate()
    # the one that came second may have been refused; it then did nothing
    assert 0 in [worker.returncode for worker in workers]
    check_all_asked_once(installed_database, poll_id)


def test_mail_server_down_in_the_middle_loses_nobody(installed_database, poll_id):
    with workplace.environment(installed_database) as env:
        env["winback.poll"]._cron_work()
        env.cr.commit()
        # no mail server listens there
        env["ir.mail_server"].create({"name": "Down", "smtp_host": "127.0.0.1", "smtp_port": 1})
        env.cr.commit()
        env["mail.mail"].search([("model", "=", "winback.poll.invitation")])[:60].send()
        env.cr.commit()
        mails = env["mail.mail"].search([("model", "=", "winback.poll.invitation")])
        assert len(mails.filtered(lambda mail: mail.state == "exception")) == 60
        env["winback.poll"]._cron_work()
        assert set(mails.mapped("state")) == {"outgoing"}
    check_all_asked_once(installed_database, poll_id)


def test_answer_sent_twice_at_once_is_noted_once_with_one_gift(installed_database, poll_id):
    with workplace.environment(installed_database) as env:
        env["winback.poll"]._cron_work()
        invitation = env["winback.poll"].browse(poll_id).invitation_ids[0]
        invitation_id, sheet_id = invitation.id, invitation.user_input_id.id
    answerers = [run(ANSWERER, installed_database, sheet_id) for _number in range(2)]
    for answerer in answerers:
        assert answerer.stdout.readline() == "new\n"
    for answerer in answerers:
        answerer.stdin.write("go on\n")
        answerer.stdin.flush()
    for answerer in answerers:
        answerer.communicate()
    # the second one is refused by the database; Odoo then does the request again, and finds it done
    assert 0 in [answerer.returncode for answerer in answerers]
    with workplace.environment(installed_database) as env:
        invitation = env["winback.poll.invitation"].browse(invitation_id)
        assert len(invitation.answer_ids) == len(invitation.gift_ids) == 1
        assert invitation.gift_ids.state == "delivered"
        assert env["winback.grant"].search_count([("partner_id", "=", invitation.partner_id.id)]) == 1
