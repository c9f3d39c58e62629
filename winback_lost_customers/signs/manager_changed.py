from odoo import api, models
from odoo.tools import SQL

SETTLED_PURCHASES = 2  # purchases from the new salesperson after which all is well


class WinbackSignManagerChanged(models.AbstractModel):
    """B11: the account manager left or changed.

    What it sees: the salesperson who made most of the customer's orders in the year
    before is no longer responsible, because another one is or because the user was
    archived. It holds for the threshold's days after the change, or until the customer
    has bought twice from the new one.
    Why it matters: many customers are loyal to a person; the time in which nobody calls
    is when a competitor's offer is read, or the former colleague's.
    When it is wrong: orders entered by an assistant under his own name; a stand-in
    during holidays; the date is a guess where the change was not tracked.
    """

    _name = "winback.sign.manager_changed"
    _inherit = ["winback.detector"]
    _description = "Win-Back Sign: Account Manager Changed"

    _fact_columns = (
        "manager_id",
        "manager_former_id",
        "manager_former_order_id",
        "manager_changed_date",
        "manager_purchase_count",
    )
    _figure_kinds = {"former": "record", "new": "record", "changed_date": "date"}

    @api.model
    def _get_reference_date(self, sign, company, today):
        """Override of `winback.detector`: the days count from the change."""
        return SQL("f.manager_changed_date")

    @api.model
    def _get_condition(self, sign, company, today):
        """Override of `winback.detector`: a recent change that has not settled."""
        return SQL(
            "%s <= %s AND f.manager_purchase_count < %s",
            self._get_value(sign, company, today),
            sign.threshold,
            SETTLED_PURCHASES,
        )

    @api.model
    def _get_since(self, sign, company, today):
        """Override of `winback.detector`: it holds from the change on."""
        return self._get_reference_date(sign, company, today)

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: who, who now, since when."""
        return {
            "former": SQL("jsonb_build_array('res.users', f.manager_former_id)"),
            "new": SQL(
                "CASE WHEN f.manager_id IS NOT NULL "
                "THEN jsonb_build_array('res.users', f.manager_id) END"
            ),
            "changed_date": SQL("f.manager_changed_date"),
        }

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the last order by the former one."""
        return SQL(
            "jsonb_build_array(jsonb_build_array('sale.order', f.manager_former_order_id))"
        )
