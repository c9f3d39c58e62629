from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class WinbackKeptMixin(models.AbstractModel):
    """Records of the configuration that are archived, not deleted, once they are used."""

    _name = "winback.kept.mixin"
    _description = "Archived Rather Than Deleted"

    @api.model
    def _get_references(self):
        """Return [(model, field)] by which records of this model are used. Extend this
        when another model refers to them."""
        return []

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        """Say what to do instead; what happened with the record keeps it.

        :raise UserError: when one of the records is used
        """
        # sudo, archived ones too: what belongs to others counts as well
        env = self.sudo().with_context(active_test=False).env
        for model, name in self._get_references():
            found = env[model].search(Domain(name, "in", self.ids), limit=1)
            if found:
                raise UserError(
                    self.env._(
                        "“%(name)s” is in use (%(model)s): archive it instead of deleting it. "
                        "What customers have been given stays valid.",
                        name=(found[name] & env[self._name].browse(self.ids))[:1].display_name,
                        model=env["ir.model"]._get(model).name,
                    )
                )
