import { Component, onWillStart, useState } from "@odoo/owl";
import { formatDate, deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { useSetupAction } from "@web/search/action_hook";
import { formatFloat, formatMonetary } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { WinbackFirstLook } from "../first_look/winback_first_look";
import { WinbackChartCanvas } from "./winback_chart_canvas";
import { getBubbleConfig, getClassConfig, getFlowConfig } from "./winback_overview_charts";

const VIEWS = {
    "winback.status": ["list", "kanban", "form", "pivot", "graph"],
    "winback.case": ["list", "kanban", "form"],
    "winback.case.report": ["list", "pivot", "graph"],
    "winback.own.change": ["list", "form"],
};
const DEFAULT_VIEWS = ["list", "pivot", "graph"];
const NUMBERS = ["company_id", "team_id", "user_id"];
const ALL_COMPANIES = "all";
// what the scale of the yearly churn shows, in percent
const CHURN_SCALE = 30;

/**
 * The first screen: what is being lost, why, what it costs, what comes back. Everything
 * comes by one call; every figure opens the records behind it.
 */
export class WinbackOverview extends Component {
    static template = "winback_lost_customers.Overview";
    static components = { Layout, WinbackChartCanvas, WinbackFirstLook };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({ filters: this.props.state?.filters || {}, figures: null, isAnswered: false });
        useSetupAction({ getLocalState: () => ({ filters: { ...this.state.filters } }) });
        onWillStart(() => this.load());
    }

    async load() {
        const figures = await this.keepLast.add(
            this.orm.call("winback.overview", "get_figures", [this.state.filters])
        );
        this.charts = this.prepareCharts(figures);
        this.state.figures = figures;
        this.state.filters = Object.fromEntries(
            ["period", "date_from", "date_to", ...NUMBERS].map((key) => [key, figures.scope[key]])
        );
    }

    prepareCharts(figures) {
        const money = (amount) => this.formatMoney(amount, figures);
        const { flow, at_stake: stake, bubbles } = figures;
        return {
            flow: getFlowConfig(flow, this.prepareMarks(figures), {
                formatMonth: (month) => this.formatMonth(month),
                onFlow: (series, month) => this.open(flow.series[series].opens[month]),
                onMarks: (marks) => this.openMarks(marks),
            }),
            classes: getClassConfig(stake.classes, money, (index) =>
                this.open(stake.classes[index].open)
            ),
            bubbles: getBubbleConfig(bubbles, this.stateLabels, money, (point) =>
                this.openRecord("winback.status", point.id)
            ),
        };
    }

    /** Our own changes, for the chart: numbered as in the list below it. */
    prepareMarks(figures) {
        return figures.own_changes.map((change, index) => ({
            id: change.id,
            month: change.month,
            number: index + 1,
            text: `${this.formatDate(change.date)}: ${change.name}`,
        }));
    }

    // ------------------------------------------------------------------
    // What the template shows
    // ------------------------------------------------------------------

    get figures() {
        return this.state.figures;
    }

    get stateLabels() {
        return { at_risk: _t("At risk"), active: _t("Active"), won_back: _t("Won back") };
    }

    get groupLabels() {
        return {
            nobody: _t("Nobody's fault"),
            ours: _t("Ours"),
            competitor: _t("Competitors'"),
        };
    }

    /** Before the question of the first look is answered, nothing may give the answer away. */
    get isAsking() {
        return this.figures.scope.first_look && !this.state.isAnswered;
    }

    get hasFlow() {
        return this.figures.flow.series.some((series) => series.counts.some((count) => count));
    }

    get largestReason() {
        return Math.max(1, ...this.figures.reasons.rows.map((row) => row.amount));
    }

    get hasEfforts() {
        const { opened, in_work: inWork, closed, granted } = this.figures.efforts;
        return [opened, inWork, closed, granted].some((effort) => effort.count);
    }

    /** What was done, one row each: how often, and what came of it. */
    get effortRows() {
        const { opened, in_work: inWork, closed, won, granted, used, result } = this.figures.efforts;
        return [
            {
                key: "opened",
                label: _t("Cases opened"),
                count: opened.count,
                target: opened.open,
                result: {
                    text: _t("%s in work now", inWork.count),
                    target: inWork.open,
                },
            },
            {
                key: "closed",
                label: _t("Cases closed"),
                count: closed.count,
                target: closed.open,
                result: closed.count && {
                    text: _t("%(count)s won back: %(rate)s", {
                        count: won.count,
                        rate: this.formatShare(result.rate),
                    }),
                    target: won.open,
                },
                more:
                    closed.count &&
                    _t("between %(low)s and %(high)s, after %(contacts)s contacts", {
                        low: this.formatShare(result.low),
                        high: this.formatShare(result.high),
                        contacts: result.contacts,
                    }),
            },
            {
                key: "granted",
                label: _t("Offers granted"),
                count: granted.count,
                target: granted.open,
                result: granted.count && {
                    text: _t("%s used", used.count),
                    target: used.open,
                },
            },
        ];
    }

    /** What the returns brought, and what it cost for who may know. */
    get effortMoney() {
        const { revenue, cost, profit } = this.figures.efforts.result;
        if (cost === null) {
            return _t("Sales after the return: %s", this.formatMoney(revenue));
        }
        return _t("Sales after the return: %(revenue)s; cost: %(cost)s; margin less cost: %(profit)s", {
            revenue: this.formatMoney(revenue),
            cost: this.formatMoney(cost),
            profit: this.formatMoney(profit),
        });
    }

    /** Where the mark of the yearly churn stands on the scale, in percent of its width. */
    get churnPosition() {
        return (100 * Math.min(this.figures.churn.rate, CHURN_SCALE)) / CHURN_SCALE;
    }

    get historyProgress() {
        const [done, total] = this.figures.readiness.history;
        return _t("The history is being rebuilt from your orders: %(done)s of %(total)s months.", {
            done,
            total,
        });
    }

    formatMoney(amount, figures = this.figures) {
        return formatMonetary(amount, { currencyId: figures.scope.currency_id, digits: [16, 0] });
    }

    formatRate(rate) {
        return `${formatFloat(rate, { digits: [16, 1] })} %`;
    }

    formatShare(rate) {
        return `${Math.round(rate)} %`;
    }

    formatDate(day) {
        return day ? formatDate(deserializeDate(day)) : "";
    }

    formatMonth(day) {
        return deserializeDate(day).toFormat("LLL yy");
    }

    // ------------------------------------------------------------------
    // What the user does
    // ------------------------------------------------------------------

    onFilter(name, value) {
        const filters = this.state.filters;
        const isNumber = NUMBERS.includes(name) && value !== ALL_COMPANIES;
        filters[name] = isNumber ? parseInt(value, 10) : value;
        if (name === "company_id") {
            // teams and people of another company find nobody
            Object.assign(filters, { team_id: 0, user_id: 0 });
        }
        return this.load();
    }

    onResetFilters() {
        Object.assign(this.state.filters, { team_id: 0, user_id: 0 });
        return this.load();
    }

    onAnswered() {
        this.state.isAnswered = true;
    }

    onPrint() {
        window.print();
    }

    /** Open the records behind a figure. */
    open(target) {
        if (target.action) {
            return this.action.doAction(target.action);
        }
        const views = VIEWS[target.model] || DEFAULT_VIEWS;
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: target.name,
            res_model: target.model,
            domain: target.domain,
            views: views.map((view) => [false, view]),
            mobile_view_mode: "kanban",
            context: { create: false, ...(target.archived ? { active_test: false } : {}) },
        });
    }

    /** Open our own changes of one month: most months have one at most. */
    openMarks(marks) {
        const ids = marks.map((mark) => mark.id);
        if (ids.length === 1) {
            return this.openRecord("winback.own.change", ids[0]);
        }
        return this.open({
            model: "winback.own.change",
            domain: [["id", "in", ids]],
            name: _t("Our own changes"),
        });
    }

    openRecord(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("winback_overview", WinbackOverview);
