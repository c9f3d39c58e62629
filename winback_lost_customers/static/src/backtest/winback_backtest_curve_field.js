import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, useState } from "@odoo/owl";
import { COLORS, useChart } from "./winback_chart";

const SOURCES = {
    score: { label: _t("Score"), at: (value) => _t("At a score of %s", value) },
    model: { label: _t("Probability"), at: (value) => _t("At a probability of %s %", value) },
    raw: {
        label: _t("Probability, closed form"),
        at: (value) => _t("At a probability of %s %", value),
    },
    recency: { label: _t("Days of silence"), at: (value) => _t("At %s days of silence", value) },
};

/**
 * What each threshold would have done: a slider over the stored curves of a back-test.
 *
 * The score under the slider is kept in the field `chosen_score`.
 */
export class WinbackBacktestCurveField extends Component {
    static template = "winback_lost_customers.BacktestCurveField";
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ source: "score", values: {} });
        useChart(
            () => this.chartConfig,
            () => [this.state.source, this.value, JSON.stringify(this.curve)]
        );
    }

    get curves() {
        return this.props.record.data[this.props.name] || {};
    }

    get sources() {
        return Object.keys(SOURCES)
            .filter((source) => this.curves[source])
            .map((source) => ({ id: source, label: SOURCES[source].label }));
    }

    get curve() {
        return this.curves[this.state.source] || [];
    }

    /** The threshold under the slider. */
    get value() {
        const source = this.state.source;
        if (source === "score") {
            return this.props.record.data.chosen_score;
        }
        const initial = source === "recency" ? this.props.record.data.plain_days : 50;
        return this.state.values[source] ?? initial;
    }

    get point() {
        return this.curve.find(([threshold]) => threshold === this.value) || [];
    }

    get low() {
        return this.curve.length ? this.curve[0][0] : 0;
    }

    get high() {
        return this.curve.length ? this.curve[this.curve.length - 1][0] : 100;
    }

    get sentence() {
        const [threshold, flagged, rightly, missed] = this.point;
        if (threshold === undefined) {
            return "";
        }
        const at = SOURCES[this.state.source].at(threshold);
        return _t("%(at)s: %(flagged)s flagged, %(rightly)s rightly, %(missed)s missed.", {
            at,
            flagged,
            rightly,
            missed,
        });
    }

    get shares() {
        const [, flagged, rightly, missed] = this.point;
        const share = (part, whole) => (whole ? `${Math.round((100 * part) / whole)} %` : "–");
        return _t("%(precision)s of the flagged were lost; %(recall)s of the lost were flagged.", {
            precision: share(rightly, flagged),
            recall: share(rightly, rightly + missed),
        });
    }

    get chartConfig() {
        const line = (label, index, color) => ({
            label,
            data: this.curve.map((point) => ({ x: point[0], y: point[index] })),
            borderColor: color,
            backgroundColor: color,
            borderWidth: 2,
            pointRadius: this.curve.map((point) => (point[0] === this.value ? 6 : 0)),
        });
        return {
            type: "line",
            data: {
                datasets: [
                    line(_t("Flagged"), 1, COLORS.flagged),
                    line(_t("Rightly"), 2, COLORS.rightly),
                    line(_t("Missed"), 3, COLORS.missed),
                ],
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                scales: {
                    x: {
                        type: "linear",
                        min: this.low,
                        max: this.high,
                        title: { display: true, text: String(SOURCES[this.state.source].label) },
                    },
                    y: { beginAtZero: true, title: { display: true, text: _t("Customers") } },
                },
            },
        };
    }

    onSource(source) {
        this.state.source = source;
    }

    onSlide(ev) {
        const value = parseInt(ev.target.value, 10);
        if (this.state.source === "score") {
            this.props.record.update({ chosen_score: value });
        } else {
            this.state.values[this.state.source] = value;
        }
    }
}

registry.category("fields").add("winback_backtest_curve", {
    component: WinbackBacktestCurveField,
    displayName: _t("Thresholds of a Back-Test"),
    supportedTypes: ["json"],
    fieldDependencies: [
        { name: "chosen_score", type: "integer", readonly: false },
        { name: "plain_days", type: "integer" },
    ],
});
