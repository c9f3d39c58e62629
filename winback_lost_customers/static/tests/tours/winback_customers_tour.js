import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

registry.category("web_tour.tours").add("winback_salesperson_tour", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Win-Back lives in CRM",
            trigger: ".o_app[data-menu-xmlid='crm.crm_menu_root']",
            run: "click",
        },
        {
            trigger: "button[data-menu-xmlid='winback_lost_customers.winback_menu']",
            run: "click",
        },
        {
            trigger: "a[data-menu-xmlid='winback_lost_customers.winback_status_menu']",
            run: "click",
        },
        {
            content: "The list opens on the customers at risk",
            trigger: ".o_search_panel_category_value header.active:contains(At Risk)",
        },
        {
            content: "Own customers are there, with the sign as a tag that explains itself",
            trigger:
                ".o_data_row:contains(Tour Overdue) .o_tag[data-tooltip*='silent for 120 days']",
        },
        {
            content: "A colleague's customer is not",
            trigger: ".o_list_view:not(:has(.o_data_row:contains(Tour Colleague)))",
        },
        {
            trigger: ".o_data_row:contains(Tour Overdue) td[name=partner_id]",
            run: "click",
        },
        {
            content: "The reason in words",
            trigger: ".o_field_widget[name=evidence_ids] .o_data_row:contains(silent for 120 days)",
        },
        {
            content: "Each purchase on a timeline, with what it was",
            trigger:
                ".o_winback_timeline svg:has(.o_winback_point:eq(4)) .o_winback_point circle",
        },
        {
            content: "Today, and from when on it counts as lost",
            trigger:
                ".o_winback_timeline svg:has(.o_winback_label:contains(At risk since)):has(.o_winback_label:contains(Lost from)) .o_winback_label:contains(Today)",
        },
        {
            content: "The same in words",
            trigger: ".o_winback_timeline summary",
            run: "click",
        },
        {
            trigger: ".o_winback_timeline details[open] li:contains(5 purchases)",
        },
        {
            content: "A line opens the order",
            trigger: ".o_winback_timeline details[open] tbody tr:first a",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=order_line]:contains(Engraved Pen)",
        },
        {
            trigger: ".breadcrumb-item.o_back_button a, .o_back_button",
            run: "click",
        },
        {
            content: "Two customers of a class are too few to compare",
            trigger: ".o_winback_comparison:contains(too few to tell)",
        },
        {
            content: "Margins are the managers' business",
            trigger: ".o_form_view:not(:has([name=margin_active_year]))",
        },
        {
            content: "The documents that prove it",
            trigger:
                ".o_data_row:contains(silent for 120 days) button[name=action_open_documents]",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=partner_id]:contains(Tour Overdue)",
        },
        {
            content: "The order says what it meant",
            trigger: ".o_form_view .alert:contains(We may be losing this customer)",
        },
        {
            trigger: "button[name=action_open_winback_status]:contains(See why)",
            run: "click",
        },
        {
            trigger: "button[name=action_open_partner]",
            run: "click",
        },
        {
            content: "The contact shows the same",
            trigger: "button[name=action_open_winback_status]:contains(At Risk)",
        },
        {
            trigger: "a[name=winback][role=tab]",
            run: "click",
        },
        {
            trigger: ".tab-pane.active .o_data_row:contains(silent for 120 days)",
        },
    ],
});

registry.category("web_tour.tours").add("winback_manager_tour", {
    url: "/odoo/winback-customers",
    steps: () => [
        {
            content: "Everybody's customers",
            trigger: ".o_data_row:contains(Tour Colleague)",
        },
        {
            trigger: ".o_data_row:contains(Tour Overdue) td[name=partner_id]",
            run: "click",
        },
        {
            content: "Managers see the margin",
            trigger: ".o_form_view [name=margin_active_year]",
        },
        {
            trigger: ".o_statusbar_buttons button:contains(Exclude)",
            run: "click",
        },
        {
            trigger: ".modal .o_radio_item:contains(Let go on purpose) input",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=note] textarea",
            run: "edit They sell the company",
        },
        {
            trigger: ".modal footer button:contains(Exclude)",
            run: "click",
        },
        {
            content: "The decision shows at once",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Excluded)",
        },
        {
            trigger: ".alert:contains(Let go on purpose)",
        },
        {
            trigger: "button[data-menu-xmlid='crm.crm_menu_config']",
            run: "click",
        },
        {
            trigger: "a[data-menu-xmlid='winback_lost_customers.winback_exclusion_menu']",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Tour Overdue):contains(They sell the company)",
        },
        {
            trigger: "button[data-menu-xmlid='crm.crm_menu_config']",
            run: "click",
        },
        {
            trigger: "a[data-menu-xmlid='winback_lost_customers.winback_sign_menu']",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains(Order overdue) td[name=name]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=threshold] input",
            run: "edit 0",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "A threshold of nothing is refused, in words",
            trigger: ".modal:contains(the threshold must lie between 1 and 3650)",
        },
        {
            trigger: ".modal footer button.btn-primary",
            run: "click",
        },
        {
            trigger: ".o_form_button_cancel",
            run: "click",
        },
        {
            trigger: ".o_form_saved, .o_form_view:not(:has(.o_form_dirty))",
        },
    ],
});
