from string import Formatter

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL
from odoo.tools.misc import format_amount, format_date

from ..tools.docstrings import get_sections

SHARE_STEP = 5  # percent


class WinbackDetector(models.AbstractModel):
    """Interface of a sign: a condition over the facts of a customer.

    A detector is an AbstractModel that inherits this one; a record of
    `winback.sign` chooses it and carries threshold, weight and texts, so that one
    detector may serve several signs. To add a sign, write one file in `signs/` and
    one data record.

    All statements see the facts as table `f`; columns are named `f.column`.
    """

    _name = "winback.detector"
    _description = "Win-Back: Detector of a Sign"

    # fact columns that the statements of this detector read
    _fact_columns = ()
    # lowest and highest threshold that makes sense, and its unit
    _threshold_range = (1, 3650)
    _threshold_unit = "days"  # days, count or percent
    # lowest and highest number of days for which it must be so; None: no such number
    _threshold_days_range = None
    # the detector that, where it speaks of a customer, judges the same thing better: then
    # this sign is shown and gives no points
    _superseded_by = None
    # {placeholder of the explanation: days, date, count, amount, percent, text, word or
    # record, which is stored as [model, id] and shown by its name}
    _figure_kinds = {}

    # ------------------------------------------------------------------
    # What a detector says
    # ------------------------------------------------------------------

    @api.model
    def _get_value(self, sign, company, today):
        """Return the SQL number that is compared with the threshold.

        By default the days since the reference date, for signs that age.
        """
        return SQL("%s - %s", today, self._get_reference_date(sign, company, today))

    @api.model
    def _get_reference_date(self, sign, company, today):
        """Return the SQL date from which the sign's days are counted, or None.

        Evidence stores this date and not the days, so that a night in which
        nothing happens rewrites no row.
        """
        return None

    @api.model
    def _get_condition(self, sign, company, today):
        """Return the SQL condition under which the sign holds."""
        return SQL("%s >= %s", self._get_value(sign, company, today), sign.threshold)

    @api.model
    def _get_since(self, sign, company, today):
        """Return the SQL date since which the sign holds; None, or NULL for a single
        customer, when the facts do not tell: then the day on which it was first seen
        is kept."""
        reference = self._get_reference_date(sign, company, today)
        return reference and SQL("%s + %s", reference, int(sign.threshold))

    @api.model
    def _get_due_date(self, sign, company, today):
        """Return the SQL date on which the sign will hold if nothing more happens, or
        None when silence alone does not bring it about.

        By default the day since which an ageing sign holds; only days after `today`
        count. Override to return None where that day says too little, because the
        condition asks for more than age.
        """
        if not self._get_reference_date(sign, company, today):
            return None
        return self._get_since(sign, company, today)

    @api.model
    def _get_points_share(self, sign, company, today):
        """Return the SQL of the percentage of its points that the sign gives while it
        holds, from 0 to 100; None where it gives all of them from its first day on."""
        return None

    @api.model
    def _get_points_share_date(self, sign, company, today, share):
        """Return the SQL date on which the sign holds and `_get_points_share` has reached
        `share`, an SQL number; NULL where silence never brings it so far.

        Override it together with `_get_points_share`. None says that the share does not grow
        with silence.
        """
        return None

    @api.model
    def _get_spoken_of(self, sign, company, today):
        """Return the SQL condition under which the sign knows enough of a customer to
        judge it, whether it holds or not; None where it judges nobody in place of others.

        Asked of the detectors that others name as `_superseded_by`.
        """
        return None

    # ------------------------------------------------------------------
    # Points
    # ------------------------------------------------------------------

    @api.model
    def _get_points(self, sign, company, today):
        """Return the SQL of the points that the sign gives while it holds."""
        share = self._get_points_share(sign, company, today)
        if share is None:
            return SQL("%s", sign.weight)
        return SQL("round(%s * %s / 100)::integer", sign.weight, self._round_share(share))

    @api.model
    def _get_points_date(self, sign, company, today, points):
        """Return the SQL date from which the sign gives at least `points`, an SQL integer
        above 0; None where its points do not grow with silence."""
        share = SQL(
            "(%s * ceil((%s - 0.5) * 100 / %s / %s) - %s)",
            SHARE_STEP, points, sign.weight, SHARE_STEP, SHARE_STEP / 2,
        )  # fmt: skip
        date = self._get_points_share_date(sign, company, today, share)
        return date and SQL("CASE WHEN %s <= %s THEN %s END", points, sign.weight, date)

    @api.model
    def _round_share(self, share):
        """Return the SQL of a percentage as it is counted and shown: in steps, because a
        finer one would be rewritten every night and says no more."""
        return SQL("(%s * round((%s)::numeric / %s))", SHARE_STEP, share, SHARE_STEP)

    # ------------------------------------------------------------------
    # What it shows
    # ------------------------------------------------------------------

    @api.model
    def _get_figures(self, sign, company, today):
        """Return {placeholder: SQL} of the figures that the explanation shows."""
        return {}

    @api.model
    def _get_documents(self, sign, company, today):
        """Return the SQL of a jsonb array of [model, id]: the proof."""
        return SQL("'[]'::jsonb")

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    @api.model
    def _get_texts(self):
        """Return {field of `winback.sign`: text} of the docstring, the texts' one home."""
        for cls in type(self).mro():
            if sections := get_sections(vars(cls).get("__doc__")):
                return sections
        return {}

    @api.model
    def _get_placeholders(self):
        """Return the names that an explanation may use; `days` is the age of signs
        with a reference date."""
        return {*self._figure_kinds, "days"}

    @api.model
    def _check_template(self, template):
        """Check that `template` uses only known placeholders, without formats.

        :raise ValidationError: naming what is wrong with the text
        """
        try:
            parts = list(Formatter().parse(template or ""))
        except ValueError as error:
            raise ValidationError(
                self.env._("The explanation cannot be read: %s", error)
            ) from error
        for _text, name, spec, conversion in parts:
            if name is None:
                continue
            if name not in self._get_placeholders() or spec or conversion:
                raise ValidationError(
                    self.env._(
                        "Unknown placeholder {%(name)s} in an explanation. Known here: "
                        "%(known)s",
                        name=name,
                        known=", ".join(sorted(self._get_placeholders())),
                    )
                )

    @api.model
    def _explain(self, template, fallback, figures, currency):
        """Return `template` filled with `figures`, in the reader's language.

        `fallback` is used when `template` names a figure that is not known.

        :param dict figures: as stored by `_get_figures`, with `days` where known
        """
        for text in (template, fallback):
            names = [name for _t, name, _s, _c in Formatter().parse(text or "") if name]
            if text and all(figures.get(name) is not None for name in names):
                return text.format(
                    **{n: self._format_figure(n, figures[n], currency) for n in names}
                )
        return ""

    @api.model
    def _format_figure(self, name, value, currency):
        """Return a stored figure as text, by its declared kind."""
        kind = self._figure_kinds.get(name, "days")
        if kind == "amount":
            return format_amount(self.env, value, currency)
        if kind == "date":
            return format_date(self.env, fields.Date.to_date(value))
        if kind == "word":
            return self._get_words().get(value, value)
        if kind == "record":
            return self._get_record_name(*value)
        return str(value)

    @api.model
    def _get_record_name(self, model, res_id):
        """Return the name of a record that an explanation mentions."""
        # sudo: the name belongs to the sentence, whoever may open the record itself
        record = self.env[model].sudo().browse(res_id).exists()
        return record.display_name or self.env._("(deleted)")

    @api.model
    def _get_words(self):
        """Return {stored value of a figure of kind word: how a reader calls it}."""
        return {}
