import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/**
 * What the company's own orders say right after the installation. The reader may guess
 * first how many customers are lost in a year: the difference is what remains in mind.
 */
export class WinbackFirstLook extends Component {
    static template = "winback_lost_customers.FirstLook";
    static props = {
        companyId: Number,
        formatMoney: Function,
        formatRate: Function,
        formatDate: Function,
        open: Function,
        openRecord: Function,
        onAnswered: Function,
        onPutAway: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ answers: null, guess: "", isShown: false });
        onWillStart(async () => {
            this.state.answers = await this.orm.call("winback.first.look", "get_answers", [
                this.props.companyId,
            ]);
        });
    }

    get answers() {
        return this.state.answers;
    }

    get guess() {
        const guess = parseFloat(String(this.state.guess).replace(",", "."));
        return Number.isFinite(guess) && guess >= 0 && guess <= 100 ? guess : null;
    }

    get largestQuarter() {
        return Math.max(1, ...this.answers.quarters.map((quarter) => quarter.count));
    }

    /** "You guess 5 %: the orders say 14.9 %." */
    get verdict() {
        const { rate } = this.answers.churn;
        if (rate === null) {
            return _t("A year ago nobody had bought twice yet: too early for a yearly figure.");
        }
        const said = this.props.formatRate(rate);
        return this.guess === null
            ? _t("The orders say %s.", said)
            : _t("You guess %(guess)s: the orders say %(said)s.", {
                  guess: this.props.formatRate(this.guess),
                  said,
              });
    }

    get basis() {
        return _t("%(lost)s of the %(customers)s customers of a year ago have been lost since.", this.answers.churn);
    }

    onGuess(ev) {
        this.state.guess = ev.target.value;
    }

    onShow() {
        this.state.isShown = true;
        this.props.onAnswered();
    }

    onSetUp() {
        return this.action.doAction("winback_lost_customers.winback_setup_action", {
            onClose: () => this.props.onPutAway(),
        });
    }

    async onPutAway() {
        await this.orm.call("winback.first.look", "put_away", [this.props.companyId]);
        return this.props.onPutAway();
    }
}
