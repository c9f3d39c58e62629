import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("winback_poll_manager_tour", {
    steps: () => [
        {
            content: "The poll about the month before is a draft",
            trigger: ".o_field_widget[name=name]:contains(Poll)",
        },
        {
            content: "Preview it",
            trigger: "button[name=action_preview]",
            run: "click",
        },
        {
            content: "Who is asked, and who is not",
            trigger: ".o_group_header:contains(To Be Asked)",
            run: "click",
        },
        {
            trigger: ".o_group_header:contains(Not Asked)",
        },
        {
            content: "Back to the poll",
            trigger: ".o_breadcrumb a:contains('Poll 2')",
            run: "click",
        },
        {
            content: "Begin",
            trigger: "button[name=action_start]",
            run: "click",
        },
        {
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(Running)",
        },
    ],
});

registry.category("web_tour.tours").add("winback_poll_customer_tour", {
    steps: () => [
        {
            content: "Start",
            trigger: "button[value=start]",
            run: "click",
        },
        {
            content: "Eight of ten",
            trigger: ".js_question-wrapper:eq(0) label:has(input[value='8'])",
            run: "click",
        },
        {
            content: "A word",
            trigger: "textarea",
            run: "edit Good advice",
        },
        {
            trigger: "button[value=finish]",
            run: "click",
        },
        {
            content: "Yes, send it",
            trigger: ".modal footer .btn-primary",
            run: "click",
        },
        {
            content: "The gift is on the last page",
            trigger: ".o_winback_gift .o_winback_code",
        },
    ],
});
