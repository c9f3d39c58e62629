from odoo import models
from odoo.fields import Domain


class WinbackCampaign(models.Model):
    """What the offers brought that the treated got while the campaign was measured.

    Who gets which offer is not drawn: offers are compared with each other, not with the
    control group.
    """

    _inherit = "winback.campaign"

    def _get_offer_lines(self, today, rows):
        """Return a line for each offer that treated customers got, by the campaign or by
        hand, the most frequent first, and one for those who got none.

        :param rows: the outcomes of the members as of `today`
        """
        treated = {row["id"]: row for row in rows if row["arm"] == "treatment"}
        members = self.env["winback.campaign.member"].browse(treated)
        by_partner = {member.partner_id: treated[member.id] for member in members}
        grants = self._get_grants(members.partner_id, today)
        if not grants:
            return []
        lines = [
            self._get_offer_line(offer.display_name, made, made.partner_id, by_partner, today)
            for offer, made in grants.grouped("offer_id").items()
        ]
        lines.sort(key=lambda line: -line["granted"])
        without = members.partner_id - grants.partner_id
        if without:
            name = self.env._("None")
            lines.append(self._get_offer_line(name, grants.browse(), without, by_partner, today))
        return lines

    def _get_grants(self, partners, today):
        """Return what was granted to `partners` in the time of the campaign, and not taken
        back."""
        # sudo: the offers are part of the result, whoever may see the grants
        return self.env["winback.grant"].sudo().search(
            Domain("company_id", "=", self.company_id.id)
            & Domain("partner_id", "in", partners.ids)
            & Domain("state", "!=", "withdrawn")
            & Domain("date", ">=", self.date_start)
            & Domain("date", "<=", min(self.date_end, today))
        )

    def _get_offer_line(self, label, grants, partners, by_partner, today):
        """Return one line: `partners` got these `grants` of one offer."""
        used = grants.filtered(lambda g: g.state == "used" and (g.date_used or today) <= today)
        rows = [by_partner[partner] for partner in partners]
        format_money = self.currency_id.format
        return {
            "label": label,
            "granted": len(grants),
            "used": len(used),
            "customers": len(rows),
            "returned": sum(bool(row["return_date"]) for row in rows),
            "revenue": format_money(float(sum(row["revenue"] for row in rows))),
            "margin": format_money(float(sum(row["margin"] for row in rows))),
            "cost": format_money(sum(used.mapped("cost"))),
        }
