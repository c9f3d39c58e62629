import { Component, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useRecordObserver } from "@web/model/relational_model/utils";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/**
 * The customer's figures beside what is normal in its value class.
 */
export class WinbackComparison extends Component {
    static template = "winback_lost_customers.WinbackComparison";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ comparison: null });
        useRecordObserver((record) => this.load(record));
    }

    async load(record) {
        // read before the first await, so that a new evaluation loads again
        const { resId, data } = record;
        this.state.comparison =
            resId && data
                ? await this.keepLast.add(
                      this.orm.call(record.resModel, "get_class_comparison", [[resId]])
                  )
                : null;
    }
}

registry.category("view_widgets").add("winback_comparison", {
    component: WinbackComparison,
    fieldDependencies: [
        { name: "value_class_id", type: "many2one", relation: "winback.value.class" },
        { name: "last_order_date", type: "date" },
    ],
});
