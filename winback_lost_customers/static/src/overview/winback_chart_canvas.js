import { Component } from "@odoo/owl";
import { useChart } from "../backtest/winback_chart";

/**
 * A chart of Chart.js in a box of a fixed height. Give it a new `config` object to have it
 * drawn anew. What it shows must stand beside it as text or as a table, too.
 */
export class WinbackChartCanvas extends Component {
    static template = "winback_lost_customers.ChartCanvas";
    static props = {
        config: Object,
        label: String,
        height: { type: Number, optional: true },
    };
    static defaultProps = { height: 280 };

    setup() {
        useChart(
            () => this.props.config,
            () => [this.props.config]
        );
    }
}
