from datetime import date

from lxml import html

REPORT = "winback_lost_customers.report_winback_quarter"


class QuarterMixin:
    """Reads the figures of a quarter and its page."""

    def _get(self, first=date(2026, 4, 1), user=None, company=None):
        quarter = self._read_as(user, "winback.quarter")
        return quarter._get_figures((company or self.company).with_env(quarter.env), first)

    def _create_report(self, first=date(2026, 4, 1), user=None, **values):
        return self._read_as(user, "winback.quarter.report").create({"quarter": first.isoformat(), **values})

    def _print(self, first=date(2026, 4, 1), user=None, **values):
        doc = self._create_report(first, user, **values)
        content, kind = self._read_as(user, "ir.actions.report")._render_qweb_html(REPORT, doc.ids)
        self.assertEqual(kind, "html")
        return html.fromstring(content.decode())

    def _get_text(self, page):
        return " ".join(page.text_content().replace("\xa0", " ").split())

    def _read_as(self, user, model):
        user = user or self.boss
        self.env.invalidate_all()
        companies = user.company_id | user.company_ids
        return self.env[model].with_user(user).with_context(allowed_company_ids=companies.ids)
