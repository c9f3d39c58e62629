from odoo import models


class RatingRating(models.Model):
    _name = "rating.rating"
    _inherit = ["rating.rating", "winback.refresh.mixin"]

    # what the fact on dissatisfaction reads
    _winback_refresh_fields = frozenset({"consumed", "rating_text", "rated_on", "message_id"})
