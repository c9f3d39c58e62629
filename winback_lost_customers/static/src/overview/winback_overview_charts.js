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
    mark: "#a0668f",
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

/**
 * The dataset of our own changes: a diamond at the top of each month that has some. It has
 * an axis of its own, so that it moves with nothing.
 */
function getMarksDataset(months, marks) {
    return {
        type: "line",
        label: _t("Our own changes"),
        data: months.map((_month, index) => (marks.some((mark) => mark.month === index) ? 1 : null)),
        yAxisID: "marks",
        showLine: false,
        clip: false,
        pointStyle: "rectRot",
        pointRadius: 6,
        pointHoverRadius: 8,
        hitRadius: HIT_RADIUS,
        backgroundColor: COLORS.mark,
        borderColor: COLORS.mark,
    };
}

/** Draw a dashed line through each month of the dataset `index`, and the numbers of its marks. */
function getMarksPlugin(index, marks) {
    return {
        id: "winbackMarks",
        afterDatasetsDraw(chart) {
            if (!chart.isDatasetVisible(index)) {
                return;
            }
            const { ctx, chartArea } = chart;
            ctx.save();
            ctx.strokeStyle = ctx.fillStyle = COLORS.mark;
            ctx.setLineDash([4, 3]);
            ctx.font = "bold 11px sans-serif";
            ctx.textAlign = "center";
            chart.getDatasetMeta(index).data.forEach((point, month) => {
                const numbers = marks.filter((mark) => mark.month === month);
                if (!numbers.length) {
                    return;
                }
                ctx.beginPath();
                ctx.moveTo(point.x, chartArea.top);
                ctx.lineTo(point.x, chartArea.bottom);
                ctx.stroke();
                ctx.fillText(numbers.map((mark) => mark.number).join(", "), point.x, chartArea.top - 10);
            });
            ctx.restore();
        },
    };
}

/** Comings above the line, goings below it, month by month; our own changes as marks. */
export function getFlowConfig(flow, marks, { formatMonth, onFlow, onMarks }) {
    const sign = (series) => (COMINGS.includes(series.key) ? 1 : -1);
    const bars = flow.series.map((series) => ({
        label: series.label,
        data: series.counts.map((count) => sign(series) * count),
        backgroundColor: COLORS[series.key],
        stack: "flow",
    }));
    const isMark = (dataset) => dataset === bars.length;
    const inMonth = (month) => marks.filter((mark) => mark.month === month);
    return {
        type: "bar",
        data: {
            labels: flow.months.map(formatMonth),
            datasets: marks.length ? [...bars, getMarksDataset(flow.months, marks)] : bars,
        },
        plugins: marks.length ? [getMarksPlugin(bars.length, marks)] : [],
        options: {
            animation: false,
            maintainAspectRatio: false,
            interaction: { mode: "nearest", intersect: true },
            // the numbers of the marks stand above the chart
            layout: { padding: { top: marks.length ? 24 : 0 } },
            scales: {
                x: { stacked: true, grid: { display: false } },
                y: {
                    stacked: true,
                    ticks: { precision: 0, callback: (value) => Math.abs(value) },
                    title: { display: true, text: _t("Customers") },
                },
                ...(marks.length ? { marks: { display: false, min: 0, max: 1 } } : {}),
            },
            plugins: {
                legend: { position: "bottom", labels: { usePointStyle: true } },
                tooltip: {
                    callbacks: {
                        label: ({ dataset, datasetIndex, dataIndex, raw }) =>
                            isMark(datasetIndex)
                                ? inMonth(dataIndex).map((mark) => `${mark.number}. ${mark.text}`)
                                : `${dataset.label}: ${Math.abs(raw)}`,
                    },
                },
            },
            ...clickable((dataset, month) =>
                isMark(dataset) ? onMarks(inMonth(month)) : onFlow(dataset, month)
            ),
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
