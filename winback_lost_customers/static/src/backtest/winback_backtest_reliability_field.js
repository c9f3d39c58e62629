import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";
import { COLORS, useChart } from "./winback_chart";

const percent = (share) => Math.round(1000 * share) / 10;

/**
 * How true the probabilities were: what was said against what came.
 */
export class WinbackBacktestReliabilityField extends Component {
    static template = "winback_lost_customers.BacktestReliabilityField";
    static props = { ...standardFieldProps };

    setup() {
        useChart(
            () => this.chartConfig,
            () => [JSON.stringify(this.reliability)]
        );
    }

    get reliability() {
        return this.props.record.data[this.props.name] || {};
    }

    get bins() {
        return (this.reliability.model || this.reliability.raw || []).map(
            ([low, high, customers, expected, lost]) => ({
                range: `${percent(low)} – ${percent(high)} %`,
                customers,
                expected: `${percent(expected)} %`,
                lost: `${percent(lost)} %`,
            })
        );
    }

    get chartConfig() {
        const line = (label, source, color) => ({
            label,
            data: (this.reliability[source] || []).map((bin) => ({
                x: percent(bin[3]),
                y: percent(bin[4]),
            })),
            borderColor: color,
            backgroundColor: color,
            borderWidth: 2,
            pointRadius: 4,
        });
        const ideal = {
            label: _t("Perfectly true"),
            data: [
                { x: 0, y: 0 },
                { x: 100, y: 100 },
            ],
            borderColor: COLORS.ideal,
            borderDash: [6, 6],
            borderWidth: 1,
            pointRadius: 0,
        };
        const axis = (text) => ({
            type: "linear",
            min: 0,
            max: 100,
            title: { display: true, text: String(text) },
        });
        return {
            type: "line",
            data: {
                datasets: [
                    ...(this.reliability.model
                        ? [line(_t("Probability"), "model", COLORS.model)]
                        : []),
                    ...(this.reliability.raw ? [line(_t("Closed form"), "raw", COLORS.raw)] : []),
                    ideal,
                ],
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                scales: { x: axis(_t("Said (%)")), y: axis(_t("Really lost (%)")) },
            },
        };
    }
}

registry.category("fields").add("winback_backtest_reliability", {
    component: WinbackBacktestReliabilityField,
    displayName: _t("Reliability of Probabilities"),
    supportedTypes: ["json"],
});
