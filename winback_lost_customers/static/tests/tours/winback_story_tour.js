import { registry } from "@web/core/registry";

const CUSTOMER = "Silent Story Ltd";
const CHECKS = ".o_field_widget[name=check_ids] .o_data_row";
let code; // the personal code, as the salesperson reads it on the case

function choose(field, text) {
    return [
        {
            trigger: `.o_field_widget[name=${field}] input`,
            run: `edit ${text}`,
        },
        {
            trigger: `.o-autocomplete--dropdown-item:contains(/^${text}$/)`,
            run: "click",
        },
    ];
}

const tick = (point) => [
    {
        content: `Point ${point} of the checklist is ready`,
        trigger: `${CHECKS}:nth-child(${point}) td[name=is_done]`,
        run: "click",
    },
    {
        trigger: `${CHECKS}:nth-child(${point}) td[name=is_done] input:checked`,
    },
];

registry.category("web_tour.tours").add("winback_story_tour", {
    url: "/odoo/winback-customers",
    steps: () => [
        // at risk -> case
        {
            content: "The customer is at risk, and the list says why",
            trigger: `.o_data_row:contains(${CUSTOMER}) .o_tag[data-tooltip*='silent for 120 days']`,
        },
        {
            trigger: `.o_data_row:contains(${CUSTOMER}) td[name=partner_id]`,
            run: "click",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_open_case]",
            run: "click",
        },
        {
            content: "The case is Sam's, not of the one who lost the customer",
            trigger: ".o_field_widget[name=user_id]:contains(winback_story_sam), .o_field_widget[name=user_id] input:value(/winback_story_sam/)",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(New)",
        },
        // reason
        ...choose("reason_id", "Price"),
        {
            trigger: ".o_form_button_save:enabled",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Reason Known)",
        },
        // preparation
        {
            content: "The script speaks of what this customer bought",
            trigger: ".o_field_widget[name=script]:contains(You used to order Story Pen)",
        },
        ...[1, 2, 3, 4, 5].flatMap(tick),
        {
            trigger: `.o_field_widget[name=check_ids]:not(:has(.o_data_row:nth-child(6)))`,
        },
        ...choose("offer_id", "Ten percent for a new start"),
        {
            trigger: ".o_form_button_save:enabled",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Prepared)",
        },
        // call
        {
            trigger: "button[name=action_reached]",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(In Contact)",
        },
        // personal code
        {
            trigger: ".o_notebook a[name=offers]",
            run: "click",
        },
        {
            trigger: "button[name=action_grant_offer]",
            run: "click",
        },
        {
            content: "The code is told to the customer",
            trigger: ".o_field_widget[name=grant_ids] .o_data_row td[name=code]:contains(/\\w{4}/)",
            run() {
                code = this.anchor.textContent.trim();
            },
        },
        // order
        {
            trigger: "button[name=action_new_quotation]",
            run: "click",
        },
        {
            trigger: ".o_sale_order a:contains(Add a product)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=order_line] .o_selected_row div[name=product_template_id] input",
            run: "edit Story Pen",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Story Pen)",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name=order_line] .o_selected_row .o_field_widget[name=price_unit] input:value(/100/)",
        },
        {
            trigger: "button:enabled:contains(Coupon Code)",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=coupon_code] input",
            async run({ edit }) {
                await edit(code);
            },
        },
        {
            trigger: ".modal footer button[name=action_apply]",
            run: "click",
        },
        {
            trigger: ".modal:contains(Available Rewards) .o_radio_item:contains(Ten percent) input",
            run: "click",
        },
        {
            trigger: ".modal:contains(Available Rewards) footer button[name=action_apply]",
            run: "click",
        },
        {
            content: "Ten percent off",
            trigger: ".o_field_widget[name=order_line] .o_data_row:nth-child(2):contains(-10.00)",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_confirm]:visible",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Sales Order)",
        },
        // won back
        {
            content: "The order says what it meant; its customer is looked at again",
            trigger: "button[name=action_open_winback_status]:visible",
            run: "click",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_refresh]",
            run: "click",
        },
        {
            content: "Bought again, before the silence counted as a loss",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(/Active|Won Back/)",
        },
        {
            trigger: "button[name=action_open_cases]",
            run: "click",
        },
        {
            trigger: `.o_data_row:contains(${CUSTOMER}) td[name=partner_id]`,
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Won Back)",
        },
        {
            trigger: "button[name=action_open_order]",
            run: "click",
        },
        {
            trigger: ".o_sale_order .o_field_widget[name=order_line]:contains(Story Pen)",
        },
    ],
});

registry.category("web_tour.tours").add("winback_story_result_tour", {
    url: "/odoo/winback-campaigns",
    steps: () => [
        {
            trigger: ".o_kanban_record:contains(A letter to the silent)",
            run: "click",
        },
        {
            content: "One of the two treated has returned",
            trigger: ".o_winback_campaign_result tr[data-arm=treatment]:contains(50 %):contains(90.00)",
        },
        {
            content: "None of those who were left alone",
            trigger: ".o_winback_campaign_result tr[data-arm=control]:contains(/0\\s*0 %/)",
        },
        {
            content: "Four customers prove nothing, and the page says so",
            trigger: ".o_winback_campaign_result p:contains(Nothing can be concluded yet)",
        },
    ],
});
