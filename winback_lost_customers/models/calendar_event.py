from datetime import timedelta

from odoo import api, fields, models

REFRESH_FIELDS = {"partner_ids", "start", "start_date", "active"}


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `calendar` to mark the customers whom somebody has met."""
        events = super().create(vals_list)
        events._winback_mark_attendees()
        return events

    def write(self, vals):
        """Override of `calendar` to mark who is and who was an attendee."""
        if REFRESH_FIELDS.isdisjoint(vals):
            return super().write(vals)
        self._winback_mark_attendees()
        result = super().write(vals)
        # of a series, others may have taken their place
        self.exists()._winback_mark_attendees()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_mark_attendees(self):
        """Mark the customers whose meetings are deleted."""
        self._winback_mark_attendees()

    def _winback_mark_attendees(self):
        """Mark the customers of meetings that have taken place, today's among them; one
        in the future says nothing yet."""
        tomorrow = fields.Datetime.now() + timedelta(days=1)
        # sudo: attendees may be hidden from the user
        held = self.sudo().filtered(lambda event: event.start and event.start < tomorrow)
        self.env["winback.refresh"]._mark(held.partner_ids.filtered("partner_share"))
