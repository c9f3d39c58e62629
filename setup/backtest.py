"""``make backtest DATA=FILE [FROM=YYYY-MM-DD] [TO=YYYY-MM-DD] [H=90]``: would it have seen them leave?

Loads a purchase history into a fresh database and runs the product's back-test on it: at each month-end, what its
score and its model said, against who really bought nothing in the H days after.
"""

import argparse
import sys
from datetime import date, timedelta
from pathlib import Path

import history
import real
from workplace import WorkplaceError, clear_errors, cluster, process

SOURCES = {"model": "probability", "raw": "closed form", "score": "score", "recency": "recency"}
# ahead of plain recency by (all, early); by the name of the shared histories
AIMS = {"cdnow": (0.03, 0.08), "grocery": (0.015, 0.09), "complete_journey": (0.03, 0.04)}
MAX_BEHIND_RAW = 0.005
MAX_CALIBRATION_ERROR = 0.06
EARLY_DAYS = 90

DESCRIPTION = """
Load a purchase history into a fresh database, run the product's back-test on it, and print how well its probability,
the raw closed form, its score and the plain days of silence rank the lost customers above those who bought again.
"""
EPILOG = f"""
The file: as for make real. The day that counts as today is the day of its last purchase.

Tested are month-ends that leave H days to look at and, unless FROM says otherwise, at least half of the history to
learn from. The area under the ROC curve speaks of customers with at least three days of purchase; "early" are those
among them who had been silent for less than {EARLY_DAYS} days. Where the file is one of the shared histories, the
aims stand beside the means.

Exit status: 0; 1 if nothing in the file was usable or no month-end could be tested; 2 if the command itself was wrong.
"""


def main(arguments=None):
    """Run the command; return its exit status."""
    options = parse(arguments)
    seconds = {}
    with clear_errors(), process.interruptible():
        reading = real.read(options.data, seconds)
        real.show_reading(reading)
        real.check_usable(reading)
        days = sorted(order.day for order in reading.orders if not order.cancelled)
        with cluster(), real.database(False, seconds) as env:
            with real.timed(seconds, "loading"), history.Bar("Loading", len(reading.orders)) as bar:
                history.load(env, reading.orders, env.company, bar)
            with history.living_on(env, days[-1]), real.timed(seconds, "back-test"):
                backtest = run(env, options, days)
            show_result(backtest, options.data)
        real.show_seconds(seconds)


def parse(arguments):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        "make backtest",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        usage="make backtest DATA=FILE [FROM=YYYY-MM-DD] [TO=YYYY-MM-DD] [H=90], "
        "or setup/python setup/backtest.py [options]",
    )
    parser.add_argument("--data", required=True, type=Path, help="the purchase history")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, help="test no month-end before this day")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, help="test no month-end after this day")
    parser.add_argument("--horizon", type=int, default=90, help="days without purchase that count as lost")
    return parser.parse_args(arguments)


def run(env, options, days):
    """Create the back-test, do all its steps, and return it."""
    env.company.winback_horizon_days = options.horizon
    # the first day with which half of the history is over
    half = days[0] + (days[-1] - days[0] - timedelta(days=1)) / 2
    backtest = env["winback.backtest"].create(
        {
            "date_from": options.first or half,
            "date_to": options.last or days[-1],
            "horizon_days": options.horizon,
        }
    )
    cutoffs = backtest._get_cutoff_days()
    if not cutoffs:
        raise WorkplaceError(
            f"no month-end from {backtest.date_from} to {backtest.date_to} leaves {options.horizon} days to look at"
        )
    backtest._begin()
    with history.Bar("Back-test", len(cutoffs) + 1) as bar:
        while backtest.state == "running":
            backtest._try_advance()
            env.cr.commit()
            bar.advance()
    if backtest.state == "failed":
        raise WorkplaceError(f"the back-test failed: {backtest.error}")
    return backtest


def show_result(backtest, data):
    """Print the areas under the curve by month-end, the means, and the grade."""
    sources = [source for source in SOURCES if backtest._get_mean_figure(source, "auc") is not None]
    print(f"\nLost: no purchase in {backtest.horizon_days} days. Area under the ROC curve: all / early")
    print(f"{'month-end':<11}{'customers':>10}{'lost':>7}" + "".join(f"{SOURCES[s]:>15}" for s in sources))
    for cutoff in backtest.cutoff_ids:
        show_row(f"{cutoff.date}", cutoff.customers, cutoff.lost, [cutoff.figures[source] for source in sources])
    means = [
        {figure: backtest._get_mean_figure(source, figure) for figure in ("auc", "auc_usual")} for source in sources
    ]
    show_row("mean", "", "", means)
    show_differences(backtest, sources, get_aims(data))
    show_warnings(backtest)
    print(f"\nGrade {backtest.grade}: {backtest.sentence}")
    print(f"Lost without warning: {backtest.unwarned_count}")


def show_row(label, customers, lost, figures):
    """Print one line of the table."""
    cells = "".join(f"{get_text(f.get('auc')):>8} /{get_text(f.get('auc_usual')):>5}" for f in figures)
    print(f"{label:<11}{customers:>10}{lost:>7}{cells}")


def get_text(value, digits=3):
    """Return a share without its leading zero, as `models.md` writes it."""
    if value is None:
        return "-"
    return f"{value:.{digits}f}".replace("0.", ".", 1)


def get_aims(data):
    """Return the aims of a shared history (all, early); None for another file."""
    return next((aims for name, aims in AIMS.items() if data.name.startswith(name)), None)


def show_differences(backtest, sources, aims):
    """Print how far each source is ahead of recency, and the errors of the probabilities, beside the aims."""
    print("\nAhead of recency: all / early")
    for source in sources:
        if source == "recency":
            continue
        ahead = [backtest._get_advantage(source, figure) for figure in ("auc", "auc_usual")]
        aim = f"   aim {aims[0]:+.3f} / {aims[1]:+.3f}" if aims and source == "model" else ""
        print(f"  {SOURCES[source]:<14}" + " / ".join("-" if a is None else f"{a:+.3f}" for a in ahead) + aim)
    if "model" not in sources:
        return
    own, raw = (backtest._get_mean_figure(source, "auc") for source in ("model", "raw"))
    if raw is not None:
        print(f"  against the closed form {own - raw:+.3f}   aim at least {-MAX_BEHIND_RAW:+.3f}")
    for source in ("model", "raw"):
        errors = {figure: backtest._get_mean_figure(source, figure) for figure in ("ece", "brier")}
        aim = f"   aim at most {MAX_CALIBRATION_ERROR}" if source == "model" else ""
        error, brier = get_text(errors["ece"]), get_text(errors["brier"])
        print(f"  {SOURCES[source]:<14}calibration error {error}{aim}, Brier {brier}")


def show_warnings(backtest):
    """Print what each warning flagged, summed over the month-ends."""
    print(f"\nPlain rule that does best here: silent for {backtest.plain_days} days")
    print(
        f"{'warning':<34}{'from':>10}{'flagged':>9}{'rightly':>9}{'missed':>8}{'precision':>11}{'recall':>8}{'lead':>7}"
    )
    for line in backtest.line_ids:
        lead = f"{line.lead_days:.1f}" if line.lead_count else "-"
        print(
            f"{line.name[:33]:<34}{line.threshold_text:>10}{line.flagged:>9}{line.rightly:>9}{line.missed:>8}"
            f"{get_text(line.precision if line.flagged else None, 2):>11}"
            f"{get_text(line.recall if line.rightly + line.missed else None, 2):>8}{lead:>7}"
        )


if __name__ == "__main__":
    sys.exit(main())
