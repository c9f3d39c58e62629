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
            content: "One question first; nothing gives the answer away",
            trigger: ".o_winback_overview:not(:has(.o_winback_tile)) #o_winback_guess",
            run: "edit 5",
        },
        {
            trigger: ".o_winback_first_look button[type=submit]",
            run: "click",
        },
        {
            content: "The orders answer",
            trigger: ".o_winback_verdict:contains(too early for a yearly figure)",
        },
        {
            trigger: ".o_winback_first_look [data-figure=first_lost]:contains(0 customers)",
        },
        {
            trigger: ".o_winback_first_look [data-action=put_away]",
            run: "click",
        },
        {
            content: "Put away for good",
            trigger: ".o_winback_overview:not(:has(.o_winback_first_look))",
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

registry.category("web_tour.tours").add("winback_overview_companies_tour", {
    url: "/odoo/winback-overview",
    steps: () => [
        {
            content: "One company first, in its own currency",
            trigger:
                ".o_winback_overview:not(:has([data-section=consolidation])) .o_winback_tile[data-figure=at_stake] b:contains(2)",
        },
        {
            trigger: "#o_winback_company",
            run: "select all",
        },
        {
            content: "The rate is shown",
            trigger: "[data-section=consolidation] li:contains(1 USD = 0.80000 EUR)",
        },
        {
            trigger: ".o_winback_tile[data-figure=at_stake] b:contains(3)",
        },
        {
            content: "All of them are opened",
            trigger: ".o_winback_tile[data-figure=at_stake]",
            run: "click",
        },
        {
            trigger: ".o_list_view:has(.o_data_row:contains(Tour Overdue)) .o_data_row:contains(Tour American)",
        },
        {
            trigger: ".breadcrumb-item:contains(Overview) a",
            run: "click",
        },
        {
            content: "The choice is still there",
            trigger: "#o_winback_company:has(option:checked:contains(All my companies))",
        },
        {
            content: "What was changed stands under the chart",
            trigger: "[data-figure=own_changes] li:contains(Price Raised) button:contains(Pens cost more)",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=lost_before]",
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

registry.category("web_tour.tours").add("winback_setup_tour", {
    url: "/odoo/winback-overview",
    steps: () => [
        {
            trigger: "#o_winback_guess",
            run: "edit 12.5",
        },
        {
            trigger: ".o_winback_first_look button[type=submit]",
            run: "click",
        },
        {
            trigger: ".o_winback_first_look [data-action=set_up]",
            run: "click",
        },
        {
            content: "Explained by figures of this database",
            trigger: ".modal [name=customers_text]:contains(2 organisations have bought, 0 of them only once)",
        },
        {
            trigger: ".modal button[name=action_next]",
            run: "click",
        },
        {
            trigger: ".modal [name=rhythm_text]:contains(half order every 30 days)",
        },
        {
            trigger: ".modal [name=winback_lost_min_days] input",
            run: "edit 100 && press Tab",
        },
        {
            content: "What the choice would mean",
            trigger: ".modal [name=cycle_text]:contains(With at least 100 days: 2 customers count as lost today. This is your choice.)",
        },
        {
            trigger: ".modal button[name=action_next]",
            run: "click",
        },
        {
            trigger: ".modal [name=classes_text]",
        },
        {
            trigger: ".modal button[name=action_next]:visible",
            run: "click",
        },
        {
            trigger: ".modal [name=work_text]:contains(2 customers are at risk)",
        },
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            content: "The overview goes on alone, with the new rules",
            trigger: ".o_winback_overview:not(:has(.o_winback_first_look)) .o_winback_tile[data-figure=at_stake] b:contains(0)",
        },
    ],
});
