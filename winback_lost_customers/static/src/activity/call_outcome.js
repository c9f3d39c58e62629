import { Activity as ActivityModel } from "@mail/core/common/activity_model";
import { Activity } from "@mail/core/web/activity";
import { ActivityListPopoverItem } from "@mail/core/web/activity_list_popover_item";
import { ActivityMarkAsDone } from "@mail/core/web/activity_markasdone_popover";
import { patch } from "@web/core/utils/patch";

patch(ActivityModel.prototype, {
    /**
     * Mark a call as done, with its outcome and the feedback written so far.
     *
     * @param {string} outcome a value of the field `winback_outcome`
     * @returns {Promise<Object|false>} the action that plans the next call
     */
    async winbackMarkOutcome(outcome) {
        const action = await this.store.env.services.orm.call(
            "mail.activity",
            "action_winback_outcome",
            [[this.id], outcome],
            { feedback: this.feedback || false }
        );
        this.store.activityBroadcastChannel?.postMessage({
            type: "RELOAD_CHATTER",
            payload: { id: this.res_id, model: this.res_model },
        });
        return action;
    },
});

/** The same buttons in the chatter, in the list of activities and in "Mark Done". */
const callOutcome = () => ({
    get winbackIsCall() {
        const { activity_category, can_write, state } = this.props.activity;
        return activity_category === "phonecall" && can_write && state !== "done";
    },

    async onClickWinbackOutcome(outcome) {
        const { activity, onActivityChanged, onClickDoneAndScheduleNext } = this.props;
        // popovers close before the next call is planned, and then this component is gone
        const { "mail.store": store, action: actionService } = this.env.services;
        const thread = store.Thread.insert({ model: activity.res_model, id: activity.res_id });
        const action = await activity.winbackMarkOutcome(outcome);
        onClickDoneAndScheduleNext?.();
        this.props.close?.();
        onActivityChanged?.(thread);
        thread.fetchNewMessages();
        if (action) {
            await new Promise((resolve) => {
                actionService.doAction(action, { onClose: resolve });
            });
            onActivityChanged?.(thread);
        }
    },
});

patch(Activity.prototype, callOutcome());
patch(ActivityListPopoverItem.prototype, callOutcome());
patch(ActivityMarkAsDone.prototype, callOutcome());
