import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("winback_campaign_tour", {
    url: "/odoo/winback-campaigns",
    steps: () => [
        {
            trigger: ".o_kanban_record:contains(We would like you back)",
            run: "click",
        },
        {
            content: "By mail this time",
            trigger: ".o_field_widget[name=channel_ids] .o_tag:contains(Call) .o_delete",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=channel_ids]:not(:has(.o_tag)) input",
            run: "edit E-mail",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(/^E-mail$/)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=channel_ids] .o_tag:contains(E-mail)",
        },
        // preview and hold-out
        {
            trigger: ".o_field_widget[name=holdout_percent] input",
            run: "edit 40",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_preview]",
            run: "click",
        },
        {
            content: "What effect groups of this size could show",
            trigger: ".modal .o_field_widget[name=power_text]:contains(/With \\d+ treated and \\d+ left alone/)",
        },
        {
            content: "Who is left out, and why",
            trigger: ".modal .o_field_widget[name=line_ids] .o_data_row:contains(/Has an open case/)",
        },
        {
            content: "What it costs at most",
            trigger: ".modal .o_field_widget[name=liability]:contains(/[1-9]/)",
        },
        {
            trigger: ".modal .o_field_widget[name=current_percent]:contains(40)",
        },
        {
            trigger: ".modal footer button[name=action_start]",
            run: "click",
        },
        {
            trigger: ".modal:contains(fixed for good) footer .btn-primary",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Running)",
        },
        {
            content: "Both groups",
            trigger: "button.oe_stat_button:contains(Left Alone):contains(/[1-9]/)",
        },
        {
            trigger: ".o_notebook a[name=result]",
            run: "click",
        },
        {
            content: "The result is live from the first day",
            trigger: ".o_winback_campaign_result tr[data-arm=control]",
        },
        // approval
        {
            trigger: ".alert:contains(Nothing has been mailed yet)",
        },
        {
            trigger: "button[name=action_open_mailing]",
            run: "click",
        },
        {
            content: "Nothing has left yet",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Draft)",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_launch]",
            run: "click",
        },
        {
            trigger: ".modal footer .btn-primary:contains(Send to all)",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(In Queue)",
        },
        // the result of the one that is over
        {
            trigger: ".breadcrumb-item a:contains(/^Campaigns$/)",
            run: "click",
        },
        {
            trigger: ".o_kanban_group:contains(Finished) .o_kanban_record:contains(our new collection)",
            run: "click",
        },
        {
            content: "In words, with an interval",
            trigger: ".o_winback_campaign_result p:contains(95 % confidence)",
        },
        {
            content: "Both groups side by side",
            trigger: ".o_winback_campaign_result:has(tr[data-arm=control]) tr[data-arm=treatment]:contains(/\\d+ %/)",
        },
        {
            content: "Broken down",
            trigger: ".o_winback_campaign_result th:contains(Class)",
        },
    ],
});
