import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("winback_call_outcome_tour", {
    steps: () => [
        {
            content: "One click closes the call that nobody took",
            trigger: ".o-mail-Activity:contains(First call) .o_winback_not_reached",
            run: "click",
        },
        {
            content: "The next one is proposed",
            trigger: ".modal .o_selection_badge.active:contains(Call)",
        },
        {
            trigger: ".modal .o_field_widget[name=summary] input",
            run: "edit Third call",
        },
        {
            trigger: ".modal footer button.btn-primary:visible",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "The chatter says how it went",
            trigger: ".o-mail-Message-body:contains(Call done):contains(Not reached)",
        },
        {
            trigger: ".o-mail-Activity:contains(Second call) .o-mail-Activity-markDone",
            run: "click",
        },
        {
            trigger: ".o-mail-ActivityMarkAsDone textarea",
            run: "edit Wants an offer",
        },
        {
            trigger: ".o-mail-ActivityMarkAsDone .o_winback_reached",
            run: "click",
        },
        {
            trigger: ".o-mail-Message-body:contains(Wants an offer):contains(Reached)",
        },
        {
            content: "The next call is left",
            trigger:
                ".o-mail-Chatter:has(.o-mail-Activity:contains(Third call)):not(:has(.o-mail-Activity:contains(Second call)))",
        },
    ],
});
