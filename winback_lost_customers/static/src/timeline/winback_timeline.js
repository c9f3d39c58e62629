import { Component, onMounted, onWillUnmount, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { computeLayout } from "./timeline_layout";

const DEFAULT_WIDTH = 800;

/**
 * Each purchase of a customer, the next one expected, and the days on which it will
 * count as at risk and as lost. The facts stand below once more as a list, for those
 * who do not see a drawing.
 */
export class WinbackTimeline extends Component {
    static template = "winback_lost_customers.WinbackTimeline";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.root = useRef("root");
        this.keepLast = new KeepLast();
        this.state = useState({ timeline: null, width: DEFAULT_WIDTH });
        useRecordObserver((record) => this.load(record));
        const observer = new ResizeObserver(() => this.measure());
        onMounted(() => {
            this.measure();
            observer.observe(this.root.el);
        });
        onWillUnmount(() => observer.disconnect());
    }

    async load(record) {
        // read before the first await, so that a new evaluation loads again
        const { resId, data } = record;
        if (!resId || !data) {
            this.state.timeline = null;
            return;
        }
        this.state.timeline = await this.keepLast.add(
            this.orm.call(record.resModel, "get_timeline", [[resId]])
        );
    }

    measure() {
        const width = this.root.el?.clientWidth;
        if (width && width !== this.state.width) {
            this.state.width = width;
        }
    }

    get layout() {
        return computeLayout(this.state.timeline, this.state.width);
    }

    get hasPurchases() {
        return Boolean(this.state.timeline?.purchases.length);
    }

    /** Purchases and returns as a list, the latest first. */
    get lines() {
        const { purchases, returns } = this.state.timeline;
        return [...purchases, ...returns].sort((a, b) => b.date.localeCompare(a.date));
    }

    get title() {
        return _t("Timeline of purchases");
    }

    onPointKeydown(ev, point) {
        if (ev.key === "Enter" || ev.key === " ") {
            ev.preventDefault();
            this.openOrders(point.orders);
        }
    }

    openOrders(orders) {
        if (!orders.length) {
            return;
        }
        const ids = orders.map(({ id }) => id);
        const action = {
            type: "ir.actions.act_window",
            name: orders.map(({ name }) => name).join(", "),
            res_model: "sale.order",
            domain: [["id", "in", ids]],
            context: { create: false },
            views: [[false, "form"]],
        };
        if (ids.length === 1) {
            action.res_id = ids[0];
        } else {
            action.views = [
                [false, "list"],
                [false, "form"],
            ];
        }
        return this.action.doAction(action);
    }
}

registry.category("view_widgets").add("winback_timeline", {
    component: WinbackTimeline,
    fieldDependencies: [
        { name: "state", type: "selection" },
        { name: "last_order_date", type: "date" },
        { name: "risk_date", type: "date" },
        { name: "lost_date", type: "date" },
    ],
});
