from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class WinbackStatusSign(models.Model):
    """The evidence that a sign holds for a customer: since when, figures, proof."""

    _name = "winback.status.sign"
    _description = "Win-Back Evidence"
    _order = "status_id, weight desc, sign_id"

    status_id = fields.Many2one(
        "winback.status", required=True, readonly=True, ondelete="cascade"
    )
    sign_id = fields.Many2one(
        "winback.sign", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="status_id.partner_id")
    company_id = fields.Many2one(related="status_id.company_id")
    color = fields.Integer(compute="_compute_color")
    is_slight = fields.Boolean(compute="_compute_is_slight")
    severity = fields.Selection(related="sign_id.severity")
    weight = fields.Integer(string="Points", readonly=True)
    counted_by_id = fields.Many2one(
        "winback.sign",
        readonly=True,
        ondelete="set null",
        help="The sign that judges the same thing better, and gives the points for it.",
    )
    since = fields.Date(readonly=True)
    measure = fields.Float(readonly=True, help="The sign's value where it does not age.")
    reference_date = fields.Date(readonly=True, help="The sign's days count from here.")
    figures = fields.Json(readonly=True)
    documents = fields.Json(readonly=True)
    value = fields.Float(compute="_compute_value", digits=(16, 0))
    explanation = fields.Char(compute="_compute_explanation", string="Why")

    _status_sign_uniq = models.Constraint(
        "UNIQUE(status_id, sign_id)", "A sign has one evidence for each customer."
    )

    @api.depends("sign_id.name")
    def _compute_display_name(self):
        for evidence in self:
            evidence.display_name = evidence.sign_id.name

    @api.depends("measure", "reference_date")
    def _compute_value(self):
        for evidence in self:
            evidence.value = evidence._get_days()
            if evidence.value is False or not evidence.reference_date:
                evidence.value = evidence.measure

    @api.depends("weight", "sign_id.weight", "sign_id.color")
    def _compute_color(self):
        """A sign that gives fewer than half of its points is only a hint, and grey."""
        for evidence in self:
            sign = evidence.sign_id
            evidence.color = sign.color if 2 * evidence.weight >= sign.weight else 0

    @api.depends("weight", "sign_id.weight")
    def _compute_is_slight(self):
        """A sign that gives less than a fifth of its points, or none because another one
        judges in its place, hardly speaks for a loss: lists leave it out."""
        for evidence in self:
            evidence.is_slight = 5 * evidence.weight < evidence.sign_id.weight

    @api.depends("figures", "reference_date", "sign_id", "counted_by_id")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for evidence in self:
            evidence.explanation = self._explain(
                evidence.sign_id,
                evidence.figures,
                evidence._get_days(),
                evidence.company_id.currency_id,
                evidence.counted_by_id,
            )

    @api.model
    def _explain(self, sign, figures, days, currency, counted_by):
        """Return what a sign found, in the reader's language.

        :param dict figures: what the sign measured
        :param int days: since the reference date; None for signs without one
        :param currency: of the amounts among the figures
        :param counted_by: the sign that gives the points in its place, if any
        """
        detector = sign._get_detector() if sign else None
        if detector is None:
            return sign.name
        figures = {**(figures or {}), "days": days}
        sentence = detector._explain(sign.explanation, sign.explanation_fallback, figures, currency)
        return " ".join(filter(None, [sentence, self._get_counted_by_sentence(counted_by)]))

    @api.model
    def _get_counted_by_sentence(self, counted_by):
        """Return why a sign gives no points, where another one judges in its place."""
        if not counted_by:
            return ""
        return self.env._(
            "No points: the same silence is judged by “%s”, by this customer's own rhythm.",
            counted_by.name,
        )

    def _freeze(self):
        """Return what the evidence says today, to be explained later in any language."""
        return [
            {
                "sign_id": evidence.sign_id.id,
                "figures": evidence.figures,
                "days": evidence._get_days(),
                "counted_by_id": evidence.counted_by_id.id,
            }
            for evidence in self
        ]

    @api.model
    def _explain_frozen(self, frozen, currency, signs):
        """Return the sentences of what `_freeze` kept.

        :param dict signs: by id; those deleted since are left out
        """
        nobody = self.env["winback.sign"]
        return [
            self._explain(
                signs[part["sign_id"]],
                part["figures"],
                part["days"],
                currency,
                signs.get(part["counted_by_id"], nobody),
            )
            for part in frozen
            if part["sign_id"] in signs
        ]

    def _get_days(self):
        """Return the days since the reference date; None for signs without one."""
        if not self.reference_date:
            return None
        return (self.company_id._winback_today() - self.reference_date).days

    def action_open_sign(self):
        """Open the sign: what it sees, why it matters, when it is wrong."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.sign_id.name,
            "res_model": "winback.sign",
            "res_id": self.sign_id.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_open_documents(self):
        """Open the documents that prove the sign, as far as the user may see them."""
        self.ensure_one()
        by_model = {}
        for model, res_id in self.documents or []:
            by_model.setdefault(model, []).append(res_id)
        for model, ids in self._get_readable_documents(by_model):
            return self._get_documents_action(model, ids)
        raise UserError(
            self.env._(
                "The documents behind this sign no longer exist, or are not yours to see."
            )
        )

    def _get_readable_documents(self, by_model):
        """Yield (model, ids) of the documents that the user may read, most first; a
        message stands for the document that it was written on."""
        for model, ids in sorted(by_model.items(), key=lambda item: -len(item[1])):
            records = self.env[model].with_context(active_test=False).browse(ids).exists()
            if model == "mail.message":
                # sudo: only to learn which document it is; that one is checked below
                model, ids = records.sudo()[:1].model, records.sudo()[:1].mapped("res_id")
                records = self.env[model].browse(ids).exists() if model else records[:0]
            records = records._filtered_access("read")
            if records:
                yield records._name, records.ids

    def _get_documents_action(self, model, ids):
        """Return the action that shows one document as a form, several as a list."""
        action = {
            "type": "ir.actions.act_window",
            "name": self.sign_id.name,
            "res_model": model,
            "view_mode": "form" if len(ids) == 1 else "list,form",
            "domain": [("id", "in", ids)],
            "context": {"active_test": False, "create": False},
        }
        if len(ids) == 1:
            action["res_id"] = ids[0]
        return action

    # ------------------------------------------------------------------
    # Runs
    # ------------------------------------------------------------------

    @api.model
    def _write_run(self, company, today, partners):
        """Write what `winback_run_sign` says and what differs; return the rows."""
        columns = [
            "weight", "counted_by_id", "since", "measure", "reference_date", "figures", "documents",
        ]  # fmt: skip
        written = {
            "updated": self._update_changed(company, columns),
            "inserted": self._insert_new(company, columns),
            "removed": self._remove_former(company, partners),
        }
        self.env["winback.status.sign"].invalidate_model(flush=False)
        self.env["winback.status"].invalidate_model(["evidence_ids"], flush=False)
        return written

    @api.model
    def _update_changed(self, company, columns):
        """Update the evidence in which a column differs; return how many rows."""
        names = [SQL.identifier(column) for column in columns]
        self.env.cr.execute(
            SQL(
                """
                UPDATE winback_status_sign e SET %(assignments)s
                  FROM winback_run_sign r
                  JOIN winback_status s ON s.partner_id = r.partner_id
                       AND s.company_id = %(company)s
                 WHERE e.status_id = s.id AND e.sign_id = r.sign_id
                   AND (%(old)s) IS DISTINCT FROM (%(new)s)
                """,
                assignments=SQL(", ").join(SQL("%s = r.%s", name, name) for name in names),
                company=company.id,
                old=SQL(", ").join(SQL("e.%s", name) for name in names),
                new=SQL(", ").join(SQL("r.%s", name) for name in names),
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _insert_new(self, company, columns):
        """Insert the evidence that has no row yet; return how many rows."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO winback_status_sign (status_id, sign_id, %(names)s)
                SELECT s.id, r.sign_id, %(columns)s
                  FROM winback_run_sign r
                  JOIN winback_status s ON s.partner_id = r.partner_id
                       AND s.company_id = %(company)s
                 WHERE NOT EXISTS (SELECT FROM winback_status_sign e
                                    WHERE e.status_id = s.id AND e.sign_id = r.sign_id)
                """,
                names=SQL(", ").join(SQL.identifier(column) for column in columns),
                columns=SQL(", ").join(SQL.identifier("r", column) for column in columns),
                company=company.id,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _remove_former(self, company, partners):
        """Delete the evidence of signs that no longer hold; return how many rows."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM winback_status_sign e USING winback_status s
                 WHERE s.id = e.status_id AND s.company_id = %s AND %s
                   AND NOT EXISTS (SELECT FROM winback_run_sign r
                                    WHERE r.partner_id = s.partner_id
                                      AND r.sign_id = e.sign_id)
                """,
                company.id,
                self.env["winback.fact"]._limit_to(SQL("s.partner_id"), partners),
            )
        )
        return self.env.cr.rowcount
