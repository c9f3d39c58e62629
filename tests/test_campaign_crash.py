"""A campaign in real processes: killed in the middle, worked by two, started by two."""

import subprocess
import sys
from datetime import timedelta
from unittest.mock import patch

import pytest

import workplace

CUSTOMERS = 90
# Works the campaigns of a database; says "batch" after each batch, and with a number as
# second argument waits to be killed within the batch of that number.
WORKER = """
import sys, time
from unittest.mock import patch
import workplace

database, stop_at = sys.argv[1], int(sys.argv[2])
batches = 0
with workplace.cluster(), workplace.environment(database) as env:
    campaigns = env["winback.campaign"]
    treat = type(campaigns)._treat

    def slowly(campaign, members, channel, today):
        global batches
        batches += 1
        treat(campaign, members, channel, today)
        campaign.env.flush_all()
        print("batch", batches, flush=True)
        time.sleep(600 if batches == stop_at else 0.2)

    with patch.object(type(campaigns), "_treat", slowly):
        campaigns._cron_work()
"""
# Starts a campaign, and lets the others try before it commits.
STARTER = """
import sys, time
from unittest.mock import patch
import workplace

database, campaign_id = sys.argv[1], int(sys.argv[2])
with workplace.cluster(), workplace.environment(database) as env:
    campaign = env["winback.campaign"].browse(campaign_id)

    def wait(campaign, today):
        campaign.env.flush_all()
        print("drawn", flush=True)
        sys.stdin.readline()

    with patch.object(type(campaign), "_work_or_trigger", wait):
        campaign.action_start()
"""


def run(script, *arguments):
    """Run `script` in a process of its own; return the process."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def create_campaign(env):
    """Return a campaign by mail for customers who are lost, with an offer to each."""
    company = env.company
    partners = env["res.partner"].create(
        [
            {"name": f"Lost {number}", "is_company": True, "email": f"lost{number}@example.com"}
            for number in range(CUSTOMERS)
        ]
    )
    moment = env.cr.now()
    for days in (400, 430, 460):
        orders = env["sale.order"].create([{"partner_id": partner.id} for partner in partners])
        orders.action_confirm()
        orders.date_order = moment - timedelta(days=days)
    env["winback.engine"]._run(company)
    channel = env["winback.channel"].create(
        {"name": "Mail", "kind": "email", "cost_per_contact": 1}
    )
    offer = env["winback.offer"].create({"name": "News", "kind": "news"})
    segment = env["winback.segment"].create(
        {"name": "Lost", "domain": repr([("partner_id", "in", partners.ids)])}
    )
    return env["winback.campaign"].create(
        {
            "name": "By mail",
            "segment_id": segment.id,
            "channel_ids": [(6, 0, channel.ids)],
            "offer_id": offer.id,
        }
    )


@pytest.fixture
def campaign_id(installed_database):
    """The id of a campaign that was not started."""
    with workplace.environment(installed_database) as env:
        return create_campaign(env).id


@pytest.fixture
def running_id(installed_database, campaign_id):
    """The id of a campaign whose customers are drawn and not worked yet."""
    with workplace.environment(installed_database) as env:
        campaign = env["winback.campaign"].browse(campaign_id)
        with patch.object(type(campaign), "_work_or_trigger"):
            campaign.action_start()
        assert campaign.todo_count == CUSTOMERS // 2
        return campaign.id


def count(env, campaign):
    """Return what was done for the customers of the campaign, by arm."""
    return {
        arm: tuple(
            env[model].search_count([("partner_id", "in", members.partner_id.ids)])
            for model in ("winback.case", "winback.grant")
        )
        for arm, members in campaign.member_ids.grouped("arm").items()
    }


def check_complete(database, campaign_id):
    """Everybody treated was treated once, nobody else was, and one mailing waits."""
    with workplace.environment(database) as env:
        campaign = env["winback.campaign"].browse(campaign_id)
        campaign._cron_work()
        treated = campaign.member_ids.filtered(lambda member: member.arm == "treatment")
        assert set(treated.mapped("work_state")) == {"done"}, treated.mapped("error")
        half = CUSTOMERS // 2
        assert count(env, campaign) == {"treatment": (half, half), "control": (0, 0)}
        assert len(treated.case_id) == len(treated.grant_id) == half
        mailings = env["mailing.mailing"].search(
            [("campaign_id", "=", campaign.utm_campaign_id.id)]
        )
        assert mailings == campaign.mailing_id
        assert mailings.state == "draft"
        assert set(mailings._get_recipients()) == set(treated.partner_id.ids)


def test_campaign_killed_in_the_middle_does_nothing_twice(installed_database, running_id):
    with run(WORKER, installed_database, 2) as worker:
        assert worker.stdout.readline() == "batch 1\n"
        assert worker.stdout.readline() == "batch 2\n"
        worker.kill()
    with workplace.environment(installed_database) as env:
        campaign = env["winback.campaign"].browse(running_id)
        assert count(env, campaign) == {"treatment": (20, 20), "control": (0, 0)}
        assert campaign.todo_count == CUSTOMERS // 2 - 20
        assert not campaign.mailing_id
    check_complete(installed_database, running_id)


def test_two_workers_do_nothing_twice(installed_database, running_id):
    workers = [run(WORKER, installed_database, 0) for _number in range(2)]
    for worker in workers:
        worker.communicate()
    # the one that came second may have been refused; it then did nothing
    assert 0 in [worker.returncode for worker in workers]
    check_complete(installed_database, running_id)


def test_second_start_waits_for_nothing_and_changes_nothing(installed_database, campaign_id):
    with run(STARTER, installed_database, campaign_id) as starter:
        assert starter.stdout.readline() == "drawn\n"
        with (
            pytest.raises(Exception, match="at this moment"),
            workplace.environment(installed_database) as env,
        ):
            env["winback.campaign"].browse(campaign_id).action_start()
        starter.communicate("go on\n")
    assert starter.returncode == 0
    with workplace.environment(installed_database) as env:
        campaign = env["winback.campaign"].browse(campaign_id)
        drawn = {(member.partner_id, member.arm) for member in campaign.member_ids}
        assert len(drawn) == CUSTOMERS
        campaign.action_start()
        assert drawn == {(member.partner_id, member.arm) for member in campaign.member_ids}
    check_complete(installed_database, campaign_id)
