"""A poll in real processes: killed in the middle of sending, sent by two workers, mailed through a server that goes
down in the middle, answered twice at once."""

import contextlib
import os
import socketserver
import subprocess
import sys
import threading
from collections import Counter

import pytest

import workplace

# enough for CI; POLL_CUSTOMERS=5000 takes minutes
CUSTOMERS = int(os.environ.get("POLL_CUSTOMERS") or 400)
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
        time.sleep(600 if batches == stop_at else 0)

    with patch.object(type(polls), "_ask", slowly):
        polls._cron_work()
"""
# Sends what is queued, as the scheduled action of Odoo does.
MAILER = """
import sys
import workplace

with workplace.cluster(), workplace.environment(sys.argv[1], log_level="critical") as env:
    env["mail.mail"].process_email_queue(batch_size=10000)
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


@pytest.fixture(scope="module")
def prepared(installed_template):
    """A database with a poll whose customers are chosen and not asked yet."""
    with workplace.temporary_database(installed_template) as name:
        with workplace.environment(name) as env:
            prepare_poll(env(context={**env.context, "tracking_disable": True, "mail_create_nosubscribe": True}))
        yield name


@pytest.fixture
def database(prepared):
    """A copy of that database."""
    with workplace.temporary_database(prepared) as name:
        yield name


def prepare_poll(env):
    """Start a poll of so many customers."""
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


def get_poll(env):
    return env["winback.poll"].search([("kind", "=", "monthly")])


def get_mails(env):
    return env["mail.mail"].search([("model", "=", "winback.poll.invitation")])


class MailServer(socketserver.ThreadingTCPServer):
    """An SMTP server that notes to whom it took a mail, and can stop answering before it takes one."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, taken, stop_at=None):
        super().__init__(("127.0.0.1", 0), MailSession)
        self.taken, self.stop_at = taken, stop_at
        self.stuck = threading.Event()


class MailSession(socketserver.StreamRequestHandler):
    """As much SMTP as Odoo speaks."""

    disable_nagle_algorithm = True  # small words at once

    def handle(self):
        self.say("220 here")
        recipient = None
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"RCPT":
                recipient = line.split(b"<")[1].split(b">")[0].decode()
            if word == b"DATA":
                if sum(self.server.taken.values()) == self.server.stop_at:
                    self.server.stuck.set()
                    return self.rfile.read()
                self.say("354 go on")
                while self.rfile.readline() != b".\r\n":
                    pass
                self.server.taken[recipient] += 1
            self.say("221 bye" if word == b"QUIT" else "250 fine")

    def say(self, words):
        with contextlib.suppress(OSError):
            self.wfile.write(f"{words}\r\n".encode())


@contextlib.contextmanager
def mail_server(database, taken, stop_at=None):
    """Run a mail server, and let the database use it."""
    with MailServer(taken, stop_at) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with workplace.environment(database) as env:
            servers = env["ir.mail_server"]
            here = servers.search([("name", "=", "Here")]) or servers.create({"name": "Here", "smtp_host": "127.0.0.1"})
            here.smtp_port = server.server_address[1]
        yield server
        server.shutdown()


def check_all_asked_once(database):
    """Everybody has one answer sheet and one mail."""
    with workplace.environment(database) as env:
        env["winback.poll"]._cron_work()
        invitations = get_poll(env).invitation_ids
        assert set(invitations.mapped("state")) == {"sent"}
        assert len(invitations) == len(invitations.user_input_id) == CUSTOMERS
        assert env["survey.user_input"].search_count([("partner_id", "in", invitations.contact_id.ids)]) == CUSTOMERS
        assert sorted(get_mails(env).mapped("res_id")) == sorted(invitations.ids)


def test_sending_killed_in_the_middle_asks_nobody_twice(database):
    with run(WORKER, database, 8) as worker:
        for number in range(1, 9):
            assert worker.stdout.readline() == f"batch {number}\n"
        worker.kill()
    with workplace.environment(database) as env:
        poll = get_poll(env)
        assert (poll.asked_count, poll.prepared_count) == (350, CUSTOMERS - 350)
    check_all_asked_once(database)


def test_two_workers_ask_nobody_twice(database):
    workers = [run(WORKER, database, 0) for _number in range(2)]
    for worker in workers:
        worker.communicate()
    # the one that came second may have been refused; it then did nothing
    assert 0 in [worker.returncode for worker in workers]
    check_all_asked_once(database)


def test_mail_server_down_and_mailer_killed_in_the_middle_mails_everybody_once(database):
    taken = Counter()
    with workplace.environment(database) as env:
        env["winback.poll"]._cron_work()
    with mail_server(database, taken, stop_at=CUSTOMERS // 3) as server, run(MAILER, database) as mailer:
        assert server.stuck.wait(600)
        mailer.kill()
    # restarted, while the server is down
    run(MAILER, database).communicate()
    with workplace.environment(database) as env:
        failed = get_mails(env).filtered(lambda mail: mail.state == "exception")
        assert len(failed) == CUSTOMERS - len(taken)
        env["winback.poll"]._cron_work()
        assert set(failed.mapped("state")) == {"outgoing"}
    with mail_server(database, taken):
        run(MAILER, database).communicate()
    assert len(taken) == CUSTOMERS
    assert set(taken.values()) == {1}
    with workplace.environment(database) as env:
        env["winback.poll"]._cron_work()
        assert set(get_poll(env).invitation_ids.mapped("state")) == {"sent"}
        assert not get_mails(env).filtered(lambda mail: mail.state != "sent")


def test_answer_sent_twice_at_once_is_noted_once_with_one_gift(database):
    with workplace.environment(database) as env:
        get_poll(env)._send_batch(env.company._winback_today())
        invitation = get_poll(env).invitation_ids.filtered("user_input_id")[0]
        invitation_id, sheet_id = invitation.id, invitation.user_input_id.id
    answerers = [run(ANSWERER, database, sheet_id) for _number in range(2)]
    for answerer in answerers:
        assert answerer.stdout.readline() == "new\n"
    for answerer in answerers:
        answerer.stdin.write("go on\n")
        answerer.stdin.flush()
    for answerer in answerers:
        answerer.communicate()
    # the second one is refused by the database; Odoo then does the request again, and finds it done
    assert 0 in [answerer.returncode for answerer in answerers]
    with workplace.environment(database) as env:
        invitation = env["winback.poll.invitation"].browse(invitation_id)
        assert len(invitation.answer_ids) == len(invitation.gift_ids) == 1
        assert invitation.gift_ids.state == "delivered"
        assert env["winback.grant"].search_count([("partner_id", "=", invitation.partner_id.id)]) == 1
