import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/**
 * An interval as a small bar on a scale around zero, and in words.
 */
export class WinbackInterval extends Component {
    static template = "winback_lost_customers.Interval";
    static props = { bar: { type: [Object, Boolean] } };

    get color() {
        const { low, high } = this.props.bar;
        return low > 50 ? "bg-success" : high < 50 ? "bg-danger" : "bg-secondary";
    }

    get barStyle() {
        const { low, high } = this.props.bar;
        return `left: ${low}%; width: ${Math.max(high - low, 1)}%; top: 6px; height: 8px;`;
    }

    get pointStyle() {
        return `left: calc(${this.props.bar.estimate}% - 2px); width: 4px; top: 2px; height: 16px;`;
    }
}

/**
 * What a campaign brought: in words, both groups side by side, and broken down.
 */
export class WinbackCampaignResultField extends Component {
    static template = "winback_lost_customers.CampaignResultField";
    static components = { WinbackInterval };
    static props = { ...standardFieldProps };

    get result() {
        return this.props.record.data[this.props.name];
    }

    share(hits, count) {
        return count ? `${Math.round((1000 * hits) / count) / 10} %` : "";
    }
}

registry.category("fields").add("winback_campaign_result", {
    component: WinbackCampaignResultField,
    displayName: _t("Campaign Result"),
    supportedTypes: ["json"],
});
