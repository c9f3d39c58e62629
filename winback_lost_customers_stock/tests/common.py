from odoo.tests import Form


class DeliveryMixin:
    """Transfers as users make them; only their dates are moved to the past."""

    def _deliver(self, picking, days_ago, quantity=5, backorder=True):
        """Do the transfer, at noon so many days ago."""
        picking.move_ids.write({"quantity": quantity, "picked": True})
        skip = {} if backorder else {"picking_ids_not_to_backorder": picking.ids}
        picking.with_context(skip_backorder=True, **skip).button_validate()
        self.assertEqual(picking.state, "done")
        self.env.flush_all()
        self._set_columns(picking, date_done=self._noon(days_ago))
        return picking

    def _return(self, picking, days_ago, quantity=5):
        """Let the customer send goods of a delivery back."""
        wizard = Form(
            self.env["stock.return.picking"].with_context(
                active_id=picking.id, active_ids=picking.ids, active_model="stock.picking"
            )
        ).save()
        wizard.product_return_moves.quantity = quantity
        action = wizard.action_create_returns()
        back = self.env["stock.picking"].browse(action["res_id"])
        return self._deliver(back, days_ago, quantity)
