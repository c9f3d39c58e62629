import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("winback_overview_tour", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            trigger: ".o_app[data-menu-xmlid='crm.crm_menu_root']",
            run: "click",
        },
        {
            trigger: "button[data-menu-xmlid='winback_lost_customers.winback_menu']",
            run: "click",
        },
        {
            content: "The overview is the first entry",
            trigger:
                ".o-dropdown--menu > a:first-of-type[data-menu-xmlid='winback_lost_customers.winback_overview_menu']",
            run: "click",
        },
        {
            content: "Two customers are at risk",
            trigger: ".o_winback_tile[data-figure=at_stake] b:contains(2)",
        },
        {
            content: "The charts are drawn",
            trigger: "[data-section=flow] canvas[style*='height']",
        },
        {
            content: "A figure opens the records behind it",
            trigger: ".o_winback_tile[data-figure=at_stake]",
            run: "click",
        },
        {
            trigger: ".o_list_view:has(.o_data_row:contains(Tour Overdue)) .o_data_row:contains(Tour Colleague)",
        },
        {
            trigger: ".breadcrumb-item:contains(Overview) a",
            run: "click",
        },
        {
            content: "One salesperson's customers only",
            trigger: "#o_winback_user",
            run: "selectByLabel winback_tour_sales",
        },
        {
            trigger: ".o_winback_tile[data-figure=at_stake] b:contains(1)",
        },
        {
            trigger: "[data-section=calls]:not(:contains(Tour Colleague)) button:contains(Tour Overdue)",
            run: "click",
        },
        {
            content: "A name opens its customer",
            trigger: ".o_form_view .o_field_widget[name=evidence_ids]",
        },
        {
            trigger: ".breadcrumb-item:contains(Overview) a",
            run: "click",
        },
        {
            content: "The filter is still there",
            trigger: "#o_winback_user:has(option:checked:contains(winback_tour_sales))",
        },
        {
            content: "Nobody was lost in a year that nobody had begun",
            trigger: ".o_winback_tile[data-figure=churn]:contains(too early)",
        },
        {
            trigger: "#o_winback_period",
            run: "select custom",
        },
        {
            content: "A period of one's own",
            trigger: "#o_winback_date_from",
        },
    ],
});

registry.category("web_tour.tours").add("winback_overview_phone_tour", {
    url: "/odoo/winback-overview",
    steps: () => [
        {
            content: "Nothing is wider than the phone",
            trigger: ".o_winback_overview .o_winback_tile",
            run({ anchor }) {
                const content = anchor.closest(".o_winback_overview");
                if (content.scrollWidth > content.clientWidth) {
                    throw new Error(`${content.scrollWidth} pixels on ${content.clientWidth}`);
                }
            },
        },
        {
            trigger: ".o_winback_tile[data-figure=at_stake]",
            run: "click",
        },
        {
            content: "A phone shows cards",
            trigger: ".o_kanban_view .o_kanban_record:contains(Tour Overdue)",
        },
    ],
});

registry.category("web_tour.tours").add("winback_overview_nobody_tour", {
    url: "/odoo/winback-overview",
    steps: () => [
        {
            trigger: ".o_winback_nobody:contains(No customer is yours yet)",
        },
    ],
});
