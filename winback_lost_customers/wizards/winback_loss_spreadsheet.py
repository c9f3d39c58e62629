import base64
from io import BytesIO

import xlsxwriter

from odoo import fields, models

LABEL_WIDTH, NUMBER_WIDTH, HOW_WIDTH = 34, 22, 60
# the rows of the sheet, counted from 1 as its formulas do
FIRST_LINE = 4


class WinbackLossCalculator(models.TransientModel):
    """The loss calculator as a spreadsheet whose results are formulas."""

    _inherit = "winback.loss.calculator"

    spreadsheet = fields.Binary(compute="_compute_spreadsheet", exportable=False)

    def _compute_spreadsheet(self):
        for sheet in self:
            sheet.spreadsheet = base64.b64encode(sheet._make_spreadsheet())

    def _make_spreadsheet(self):
        """Return the sheet as the bytes of an .xlsx file."""
        self.ensure_one()
        buffer = BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
            page = workbook.add_worksheet(self.env._("Losses"))
            formats = self._get_formats(workbook)
            page.set_column(0, 0, LABEL_WIDTH)
            page.set_column(1, 2, NUMBER_WIDTH)
            page.set_column(3, 3, HOW_WIDTH)
            page.write(0, 0, self._get_title(), formats["title"])
            headings = (self.env._("From the documents"), self.env._("Your case"), self.env._("How"))
            page.write_row(FIRST_LINE - 2, 1, headings, formats["title"])
            for number, line in enumerate(self._get_lines()):
                self._write_line(page, FIRST_LINE - 1 + number, line, formats)
        return buffer.getvalue()

    def _get_formats(self, workbook):
        """Return the formats of the cells, by name."""
        return {
            "title": workbook.add_format({"bold": True}),
            "count": workbook.add_format({"num_format": "0"}),
            "rate": workbook.add_format({"num_format": "0.0"}),
            "money": workbook.add_format({"num_format": "#,##0.00"}),
        }

    def _get_title(self):
        """Return what the sheet is about: company, period, and to whom it is limited."""
        limits = [self[name].display_name for name in ("team_id", "user_id", "value_class_id") if self[name]]
        period = self.env._(
            "Loss calculator: %(company)s (%(currency)s), %(start)s to %(end)s",
            company=self.company_id.name,
            currency=self.currency_id.name,
            start=self.date_from,
            end=self.date_to,
        )
        return ", ".join([period, *limits])

    def _get_lines(self):
        """Return (label, format, value found, value of the case, formula, how) of each line;
        `{0}` in a formula is the column."""
        first = FIRST_LINE
        missed = f"={{0}}{first}*{{0}}{first + 1}/100*{{0}}{first + 2}"
        lost = f"={{0}}{first + 3}*{{0}}{first + 4}/100"
        return [
            (self._describe("customers"), "count", self.found_customers, self.customers, None, ""),
            (self._describe("lost_rate"), "rate", self.found_lost_rate, self.lost_rate, None, self.rate_formula),
            (self._describe("average_sales"), "money", self.found_average_sales, self.average_sales, None,
             self.average_formula),
            (self._describe("missed_sales"), "money", self.found_missed_sales, self.missed_sales, missed,
             self.missed_formula),
            (self._describe("profit_rate"), "rate", self.found_profit_rate, self.profit_rate, None,
             self.profit_rate_formula),
            (self._describe("profit_lost"), "money", self.found_profit_lost, self.profit_lost, lost,
             self.profit_formula),
        ]  # fmt: skip

    def _describe(self, name):
        """Return the label of the field `name` in the user's language."""
        return self._fields[name]._description_string(self.env)

    def _write_line(self, page, row, line, formats):
        """Write one line: its results as formulas, with the value that they have now."""
        label, kind, found, case, formula, how = line
        page.write_string(row, 0, label)
        for column, letter, value in ((1, "B", found), (2, "C", case)):
            if formula:
                page.write_formula(row, column, formula.format(letter), formats[kind], value)
            else:
                page.write_number(row, column, value, formats[kind])
        page.write_string(row, 3, how)
