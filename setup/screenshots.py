"""``make screenshots``: pictures of the demo database's screens.

To add one, add a line to PAGES. Odoo keeps a websocket open, so a page is ready when its selector is there,
never when the network is idle.
"""

import argparse
import base64
import shutil
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from workplace import (
    WorkplaceError,
    clear_errors,
    cluster,
    demo_database,
    environment,
    odoo_process,
    paths,
    process,
    say,
)
from workplace.demo_server import prepare

LIST = ".o_list_view .o_data_row"
KANBAN = ".o_kanban_view .o_kanban_record"
FORM = ".o_form_view .o_form_sheet"


@dataclass(frozen=True)
class Page:
    """One picture: where to go as whom, what to click, and what must be there before the shutter.

    A customer has no login, and comes by a link that `find_links` knows.
    """

    name: str
    login: str
    path: str
    selector: str = ".o_action_manager .o_view_controller"
    clicks: tuple = ()  # selectors, clicked one after the other
    viewport: tuple = (1440, 900)


CUSTOMER = ""  # the login of somebody who has none
CUSTOMERS = "/odoo/winback-customers"
CAMPAIGNS = "/odoo/action-winback_lost_customers.winback_campaign_action"
FIRST_CUSTOMER = ".o_data_row:nth-child(1) td[name=partner_id]"

OVERVIEW = "/odoo/winback-overview"
OVERVIEW_DRAWN = "[data-section=bubbles] canvas"

PAGES = [
    # below what the orders say at the first look
    Page("overview", "manager", OVERVIEW, OVERVIEW_DRAWN, clicks=(".o_winback_first_look button[type=submit]",),
         viewport=(1440, 2500)),
    Page("overview-phone", "sales1", OVERVIEW, OVERVIEW_DRAWN, viewport=(390, 844)),
    # as a page: where a PDF can be made, the button would download it
    Page("quarterly-report", "manager", "/report/html/winback_lost_customers.report_winback_quarter/{quarter}",
         ".o_winback_quarter svg", viewport=(1000, 1300)),
    Page("loss-calculator", "manager", "/odoo/winback-losses", ".o_winback_losses"),
    Page("dynamics", "manager", "/odoo/winback-dynamics", ".o_graph_renderer canvas"),
    Page("class-moves", "manager", "/odoo/winback-class-moves"),
    Page("inquiries", "manager", "/odoo/winback-inquiries", ".o_pivot td.o_pivot_cell_value"),
    Page("after-complaints", "manager", "/odoo/winback-after-complaints", FORM),
    Page("retention", "manager", "/odoo/winback-retention", ".o_pivot td.o_pivot_cell_value"),
    Page("products", "manager", "/odoo/winback-products", LIST),
    Page("lifetime", "manager", "/odoo/winback-lifetime", ".o_pivot td.o_pivot_cell_value"),
    Page("customers", "manager", CUSTOMERS, LIST),
    Page("customer", "manager", CUSTOMERS, FORM, clicks=(".o_data_row:nth-child(6) td[name=partner_id]",)),
    Page("kanban", "manager", CUSTOMERS, KANBAN, clicks=(".o_search_panel_category_value", ".o_switch_view.o_kanban")),
    Page("pivot", "manager", CUSTOMERS, ".o_pivot", clicks=(".o_switch_view.o_pivot",)),
    Page("history", "manager", "/odoo/winback-history"),
    Page("signs", "manager", "/odoo/winback-signs", LIST),
    Page("complaints", "manager", "/odoo/winback-complaints", KANBAN),
    Page("cases", "manager", "/odoo/winback-cases", KANBAN),
    Page("case", "manager", "/odoo/winback-cases", FORM, clicks=(".o_kanban_group:nth-child(4) .o_kanban_record",)),
    Page("proposals", "manager", "/odoo/winback-cases", ".tab-pane.active [name=proposal_ids] .o_data_row",
         clicks=(".o_kanban_group:nth-child(4) .o_kanban_record", ".o_notebook a[name=offers]"),
         viewport=(1440, 1300)),
    Page("offers", "manager", "/odoo/winback-offers", LIST),
    Page("offers-granted", "manager", "/odoo/winback-grants", LIST),
    Page("thank-you-gifts", "manager", "/odoo/winback-thanks", LIST),
    Page("campaign-preview", "manager", CAMPAIGNS, ".modal .o_form_view",
         clicks=(".o_kanban_group:nth-child(1) .o_kanban_record", "button[name=action_preview]")),
    Page("campaign-result", "manager", CAMPAIGNS, FORM, clicks=(".o_kanban_group:nth-child(3) .o_kanban_record",)),
    Page("work-list", "sales1", "/odoo/action-winback_lost_customers.winback_case_action_work", LIST),
    Page("polls", "manager", "/odoo/winback-polls", LIST),
    Page("poll", "manager", "/odoo/winback-polls", FORM, clicks=(".o_data_row:nth-child(1) td[name=name]",)),
    Page("poll-preview", "manager", "/odoo/winback-polls", LIST,
         clicks=(".o_data_row:nth-child(1) td[name=name]", "button[name=action_open_invitations]",
                 ".o_group_header:has-text('Not Asked')", ".o_group_open + .o_group_header")),
    Page("poll-page-phone", CUSTOMER, "{poll}", ".js_question-wrapper", clicks=("button[value=start]",),
         viewport=(375, 812)),
    Page("complaint-phone", CUSTOMER, "/complaint", "#complaint_text", viewport=(375, 812)),
    Page("poll-answers", "manager", "/odoo/winback-poll-answers", LIST),
    Page("nps", "manager", "/odoo/winback-nps", ".o_graph_renderer canvas"),
    Page("loyalty", "manager", "/odoo/winback-loyalty", ".o_pivot"),
    Page("model", "manager", "/odoo/winback-model", FORM, clicks=("td[name=date]",)),
    Page("backtests", "manager", "/odoo/winback-backtest"),
    Page("contact", "manager", CUSTOMERS, ".tab-pane.active [name=winback_evidence_ids]",
         clicks=(FIRST_CUSTOMER, "button[name=action_open_partner]", ".o_notebook a[name=winback]")),
    Page("own-customers", "sales1", CUSTOMERS, LIST),
    Page("proof", "sales1", CUSTOMERS, ".o_list_view .o_data_row, .o_form_view [name=order_line]",
         clicks=(FIRST_CUSTOMER, "button[name=action_open_documents]")),
    Page("customers-phone", "sales1", CUSTOMERS, KANBAN, viewport=(390, 844)),
    Page("settings", "admin", "/odoo/action-winback_lost_customers.winback_settings_action", ".o_setting_box"),
]

# the app store's page shows these, and a banner made of the first one
STORE = ["overview", "customer", "case", "campaign-result"]
STORE_FOLDER = paths.ROOT / "winback_lost_customers" / "static" / "description"
BANNER = """
<body style="margin:0;width:1120px;height:560px;overflow:hidden;background:#714b67;color:#fff;font-family:sans-serif">
<div style="position:absolute;left:48px;top:150px;width:420px"><div style="font-size:48px;font-weight:bold">Win-Back of
Lost Customers</div><div style="font-size:22px;margin-top:24px">See early whom you are losing, why, and what it
costs.</div></div><img src="data:image/png;base64,{picture}" style="position:absolute;left:500px;top:60px;width:900px;
border-radius:8px;box-shadow:0 8px 32px #0008"></body>
"""

BROWSER_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_SECONDS = 90


def main():
    """Take the pictures that are asked for; tell which ones could not be taken."""
    options = parse_arguments()
    pages = [page for page in PAGES if not options.only or options.only in page.name]
    with clear_errors(), process.interruptible(), cluster():
        browser = next(filter(None, map(shutil.which, BROWSERS)), None)
        if not browser:
            raise WorkplaceError("no browser for the pictures (Debian: apt-get install chromium)")
        prepare()
        links = find_links()
        options.out.mkdir(parents=True, exist_ok=True)
        with served_demo() as url:
            failed = photograph(url, browser, pages, options.out, links)
        if not options.only and not failed:
            fill_store_page(browser, options.out)
    say(f"{len(pages) - len(failed)} pictures in {options.out}")
    return 1 if failed else 0


def find_links():
    """Return {name: what stands in the path} of the pages that are personal to a customer,
    and of the report, which the manager has to ask for."""
    with environment(demo_database.NAME) as env:
        waiting = env["winback.poll.invitation"].search([("user_input_id.state", "=", "new")], limit=1)
        manager = env["res.users"].search([("login", "=", "manager")])
        report = env["winback.quarter.report"].with_user(manager).create({})
        env.cr.commit()
        return {"poll": waiting.user_input_id.get_start_url(), "quarter": report.id}


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=paths.ROOT / "docs" / "screenshots")
    parser.add_argument("--only", help="only pictures with this word in their name")
    return parser.parse_args()


class served_demo:
    """Context manager: the demo database on a free port; gives its address."""

    def __enter__(self):
        port = odoo_process.free_port()
        arguments = [
            "-d", demo_database.NAME, f"--http-port={port}", "--max-cron-threads=0",
            f"--logfile={paths.LOGS / 'screenshots.log'}",
        ]  # fmt: skip
        command = odoo_process.odoo_command(*arguments)
        self.child = process.start(command, env=odoo_process.odoo_environment())
        return wait_until_served(self.child, f"http://127.0.0.1:{port}")

    def __exit__(self, *_error):
        process.end(self.child)


def wait_until_served(child, url):
    """Return the address as soon as it answers."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and child.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/web/login", timeout=PATIENCE_SECONDS).close()
            return url
        except OSError:
            time.sleep(0.3)
    process.end(child)
    raise WorkplaceError(f"the demo database does not answer (log: {paths.LOGS / 'screenshots.log'})")


def photograph(url, browser, pages, out, links):
    """Take the pictures, one browser session per login; return the names of those that failed."""
    failed = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        for login in sorted({page.login for page in pages}):
            context = playwright.chromium.launch_persistent_context(
                f"{profile}/{login or 'customer'}", executable_path=browser, headless=True, args=BROWSER_FLAGS
            )
            context.set_default_timeout(PATIENCE_SECONDS * 1000)
            tab = context.new_page()
            if login != CUSTOMER:
                log_in(tab, url, login)
            own = [page for page in pages if page.login == login]
            failed += [page.name for page in own if not take(tab, url + page.path.format(**links), page, out)]
            context.close()
    return failed


def fill_store_page(browser, out):
    """Copy the pictures of the app store's page, and make its banner."""
    for name in STORE:
        shutil.copy(out / f"{name}.png", STORE_FOLDER)
    picture = base64.b64encode((out / f"{STORE[0]}.png").read_bytes()).decode()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=BROWSER_FLAGS)
        tab = chromium.new_page(viewport={"width": 1120, "height": 560})
        tab.set_content(BANNER.format(picture=picture))
        tab.screenshot(path=STORE_FOLDER / "banner.png")
        chromium.close()


def log_in(tab, url, login):
    """Log in as one of the demo users; the password is the login."""
    tab.goto(f"{url}/web/login")
    tab.fill("input[name=login]", login)
    tab.fill("input[name=password]", login)
    tab.click("button[type=submit]")
    tab.wait_for_selector(".o_web_client")


def take(tab, address, page, out):
    """Take one picture; tell whether it worked."""
    width, height = page.viewport
    tab.set_viewport_size({"width": width, "height": height})
    try:
        tab.goto(address)
        tab.add_style_tag(content=".o-mail-ChatHub { display: none }")  # OdooBot greets new users, over everything
        for selector in page.clicks:
            tab.click(selector)
        tab.wait_for_selector(page.selector)
        # Charts and images are drawn a moment after their element exists.
        tab.wait_for_timeout(1500)
    except PlaywrightError as error:
        say(f"{page.name}: {str(error).splitlines()[0]}")
        tab.screenshot(path=out / f"{page.name}.failed.png")
        return False
    tab.screenshot(path=out / f"{page.name}.png")
    say(f"{page.name}.png")
    return True


if __name__ == "__main__":
    sys.exit(main())
