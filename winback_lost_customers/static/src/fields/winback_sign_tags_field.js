import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import {
    Many2ManyTagsField,
    many2ManyTagsField,
} from "@web/views/fields/many2many_tags/many2many_tags_field";

/**
 * The signs of a customer as coloured tags; each explains itself on hover.
 *
 * Those that hardly count are left to the form, so that a list shows what matters.
 */
export class WinbackSignTagsField extends Many2ManyTagsField {
    get tags() {
        const { records } = this.props.record.data[this.props.name];
        return records
            .filter((record) => !record.data.is_slight)
            .map((record) => this.getTagProps(record));
    }

    getTagProps(record) {
        const { display_name, explanation, weight } = record.data;
        return {
            ...super.getTagProps(record),
            onDelete: undefined,
            title: _t("%(why)s (points: %(points)s)", {
                why: explanation || display_name,
                points: weight,
            }),
        };
    }

    get showM2OSelectionField() {
        return false;
    }
}

export const winbackSignTagsField = {
    ...many2ManyTagsField,
    component: WinbackSignTagsField,
    displayName: _t("Win-Back Signs"),
    supportedTypes: ["one2many"],
    relatedFields: () => [
        { name: "display_name", type: "char" },
        { name: "color", type: "integer" },
        { name: "explanation", type: "char" },
        { name: "weight", type: "integer" },
        { name: "is_slight", type: "boolean" },
    ],
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...many2ManyTagsField.extractProps(fieldInfo, dynamicInfo),
        colorField: "color",
    }),
};

registry.category("fields").add("winback_sign_tags", winbackSignTagsField);
