import { _t } from "@web/core/l10n/translation";

// readable on white and on the dark background
export const COLORS = {
    new: "#5b8def",
    returned: "#198754",
    lost: "#dc3545",
    lost_again: "#8b1a2b",
    at_risk: "#e99d4e",
    active: "#198754",
    won_back: "#5b8def",
    bar: "#714b67",
};

const COMINGS = ["new", "returned"];
const HIT_RADIUS = 8;

/** Call `callback(dataset, index)` when a bar or point is clicked, and show that one can. */
function clickable(callback) {
    return {
        onClick: (_ev, [element]) => element && callback(element.datasetIndex, element.index),
        onHover: (ev, [element]) => {
            ev.native.target.style.cursor = element ? "pointer" : "default";
        },
    };
}

/** Comings above the line, goings below it, month by month. */
export function getFlowConfig(flow, formatMonth, onClick) {
    const sign = (series) => (COMINGS.includes(series.key) ? 1 : -1);
    return {
        type: "bar",
        data: {
            labels: flow.months.map(formatMonth),
            datasets: flow.series.map((series) => ({
                label: series.label,
                data: series.counts.map((count) => sign(series) * count),
                backgroundColor: COLORS[series.key],
                stack: "flow",
            })),
        },
        options: {
            animation: false,
            maintainAspectRatio: false,
            interaction: { mode: "nearest", intersect: true },
            scales: {
                x: { stacked: true, grid: { display: false } },
                y: {
                    stacked: true,
                    ticks: { precision: 0, callback: (value) => Math.abs(value) },
                    title: { display: true, text: _t("Customers") },
                },
            },
            plugins: {
                legend: { position: "bottom" },
                tooltip: {
                    callbacks: {
                        label: (item) => `${item.dataset.label}: ${Math.abs(item.raw)}`,
                    },
                },
            },
            ...clickable(onClick),
        },
    };
}

/** The expected loss of each value class. */
export function getClassConfig(classes, formatMoney, onClick) {
    return {
        type: "bar",
        data: {
            labels: classes.map((row) => row.name),
            datasets: [
                {
                    label: _t("Expected loss"),
                    data: classes.map((row) => row.sales),
                    backgroundColor: COLORS.at_risk,
                    maxBarThickness: 28,
                },
            ],
        },
        options: {
            indexAxis: "y",
            animation: false,
            maintainAspectRatio: false,
            scales: {
                x: { beginAtZero: true, ticks: { maxTicksLimit: 4, callback: formatMoney } },
                y: { grid: { display: false } },
            },
            plugins: {
                legend: { display: false },
                tooltip: { callbacks: { label: (item) => formatMoney(item.raw) } },
            },
            ...clickable((_dataset, index) => onClick(index)),
        },
    };
}

/** Risk against value; the area of a bubble is the expected loss. */
export function getBubbleConfig(bubbles, stateLabels, formatMoney, onClick) {
    const largest = Math.max(...bubbles.points.map((point) => point.loss));
    const states = Object.keys(stateLabels).filter((state) =>
        bubbles.points.some((point) => point.state === state)
    );
    const groups = states.map((state) => bubbles.points.filter((point) => point.state === state));
    return {
        type: "bubble",
        data: {
            datasets: groups.map((points, index) => ({
                label: stateLabels[states[index]],
                data: points.map((point) => ({
                    x: point.risk,
                    y: point.value,
                    r: 4 + 22 * Math.sqrt(point.loss / largest),
                })),
                backgroundColor: COLORS[states[index]] + "99",
                borderColor: COLORS[states[index]],
                hitRadius: HIT_RADIUS,
            })),
        },
        options: {
            animation: false,
            maintainAspectRatio: false,
            scales: {
                x: {
                    min: 0,
                    max: 100,
                    title: { display: true, text: _t("Risk: probability of no order (%)") },
                },
                y: {
                    beginAtZero: true,
                    ticks: { maxTicksLimit: 6, callback: formatMoney },
                    title: {
                        display: true,
                        text:
                            bubbles.value === "margin"
                                ? _t("Margin per year")
                                : _t("Sales per year"),
                    },
                },
            },
            plugins: {
                legend: { position: "bottom" },
                tooltip: {
                    callbacks: {
                        label: ({ datasetIndex, dataIndex }) => {
                            const point = groups[datasetIndex][dataIndex];
                            return _t("%(name)s: %(risk)s %, %(loss)s expected loss", {
                                name: point.name,
                                risk: Math.round(point.risk),
                                loss: formatMoney(point.loss),
                            });
                        },
                    },
                },
            },
            ...clickable((dataset, index) => onClick(groups[dataset][index])),
        },
    };
}
