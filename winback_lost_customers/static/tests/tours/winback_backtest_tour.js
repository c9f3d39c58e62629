import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("winback_backtest_tour", {
    url: "/odoo/winback-backtest",
    steps: () => [
        {
            content: "The finished back-test",
            trigger: ".o_data_row td[name=date_from]",
            run: "click",
        },
        {
            content: "The grade in big letters, with its sentence",
            trigger: ".o_field_widget[name=sentence]:contains(Not enough data for a grade)",
        },
        {
            content: "A line for each warning, beside the plain rule",
            trigger: ".o_field_widget[name=line_ids] .o_data_row:contains(Plain rule)",
        },
        {
            trigger: ".o_field_widget[name=line_ids] .o_data_row:contains(S6 Order overdue)",
        },
        {
            content: "What other thresholds would have done",
            trigger: ".o_notebook a[name=thresholds]",
            run: "click",
        },
        {
            trigger: ".o_winback_backtest_curve canvas",
        },
        {
            trigger: ".o_winback_backtest_sentence:contains(At a score of 50)",
        },
        {
            trigger: ".o_winback_backtest_curve input[type=range]",
            run: "range 60",
        },
        {
            trigger:
                ".o_winback_backtest_sentence:contains(/At a score of 60: \\d+ flagged, \\d+ rightly, \\d+ missed/)",
        },
        {
            trigger: ".o_winback_backtest_curve button[data-source=recency]",
            run: "click",
        },
        {
            trigger: ".o_winback_backtest_sentence:contains(days of silence)",
        },
        {
            content: "Who was lost without warning",
            trigger: ".o_notebook a[name=unwarned]",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=unwarned_ids] .o_data_row:contains(Tour Unwarned)",
        },
        {
            content: "The score under the slider goes into the settings",
            trigger: "button[name=action_use_thresholds]",
            run: "click",
        },
        {
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            trigger: ".o-mail-Message:contains(At risk from a score of 60)",
        },
    ],
});
