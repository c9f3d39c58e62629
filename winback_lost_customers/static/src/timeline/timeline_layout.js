const { DateTime } = luxon;

const ROW = 20; // height of a row of labels
const MARGIN = 16; // left and right of the axis, at least the largest dot
const MAX_RADIUS = 13;
const MAX_RADIUS_PHONE = 9;
const MIN_RADIUS = 4;
const PHONE_WIDTH = 576;
const CHARACTER = 6.7; // mean width of a character of a label, rather too wide
const TICK_WIDTH = 74;
const DAY = 24 * 3600 * 1000;

const toTime = (date) => DateTime.fromISO(date, { zone: "utc" }).toMillis();

/**
 * Where everything of a timeline is drawn: a pure function of what the server says
 * and of the width. Nothing overlaps but dots of neighbouring days.
 *
 * @param {Object} timeline as returned by `winback.status.get_timeline`
 * @param {number} width in pixels
 */
export function computeLayout(timeline, width) {
    const scale = makeScale(timeline, width);
    const { markers, rows } = placeLabels(timeline.markers, scale, width);
    const radius = width < PHONE_WIDTH ? MAX_RADIUS_PHONE : MAX_RADIUS;
    const baseline = rows * ROW + radius + 12;
    return {
        width,
        height: baseline + radius + 24,
        baseline,
        tickY: baseline + radius + 16,
        ticks: makeTicks(scale, width),
        zones: makeZones(timeline, scale, width),
        gap: makeGap(timeline.gap, scale, baseline, radius),
        points: makePoints(timeline, scale, baseline, radius),
        markers: markers.map((marker) => ({ ...marker, labelY: ROW * (rows - marker.row) - 5 })),
    };
}

/** Return the axis: from a little before the first day shown to after the last. */
function makeScale(timeline, width) {
    const dates = [...timeline.purchases, ...timeline.returns, ...timeline.markers].map((item) =>
        toTime(item.date)
    );
    if (timeline.gap) {
        dates.push(toTime(timeline.gap.end));
    }
    let [start, end] = [Math.min(...dates), Math.max(...dates)];
    if (end - start < 30 * DAY) {
        [start, end] = [start - 15 * DAY, end + 15 * DAY];
    }
    const toX = (time) =>
        MARGIN + ((width - 2 * MARGIN) * (time - start)) / (end - start);
    return { start, end, toX, x: (date) => toX(toTime(date)) };
}

/** Return the ticks of the axis: days, months or years, as many as have room. */
function makeTicks(scale, width) {
    const room = Math.max(2, Math.floor((width - 2 * MARGIN) / TICK_WIDTH));
    const days = (scale.end - scale.start) / DAY;
    const steps = [
        [{ days: 7 }, 7, "d MMM"],
        [{ days: 14 }, 14, "d MMM"],
        ...[1, 2, 3, 6].map((months) => [{ months }, months * 30.4, "MMM yyyy"]),
        ...[1, 2, 5, 10, 20].map((years) => [{ years }, years * 365, "yyyy"]),
    ];
    const [step, , format] = steps.find(([, length]) => days / length <= room) || steps.at(-1);
    let tick = getFirstTick(DateTime.fromMillis(scale.start, { zone: "utc" }), step);
    const ticks = [];
    while (tick.toMillis() <= scale.end) {
        if (tick.toMillis() >= scale.start) {
            ticks.push({ x: scale.toX(tick.toMillis()), label: tick.toFormat(format) });
        }
        tick = tick.plus(step);
    }
    return ticks
        .filter(({ x }) => x > MARGIN + 12 && x < width - MARGIN - 12)
        .map((tick, index) => ({ ...tick, key: index }));
}

/** Return a round day at or before `start` from which the ticks are counted. */
function getFirstTick(start, step) {
    if (step.days) {
        return start.startOf("week");
    }
    if (step.months) {
        const month = start.month - ((start.month - 1) % step.months);
        return start.startOf("month").set({ month });
    }
    return start.startOf("year").set({ year: start.year - (start.year % step.years) });
}

/** Return the coloured parts of the axis after the last purchase. */
function makeZones(timeline, scale, width) {
    const dates = Object.fromEntries(timeline.markers.map(({ key, date }) => [key, date]));
    const last = timeline.purchases.at(-1);
    if (!last || !dates.lost) {
        return [];
    }
    const lost = scale.x(dates.lost);
    const risk = dates.risk ? Math.min(scale.x(dates.risk), lost) : lost;
    return [
        { key: "safe", x: scale.x(last.date), end: risk },
        { key: "risk", x: risk, end: lost },
        { key: "lost", x: lost, end: width },
    ]
        .map((zone) => ({ ...zone, width: zone.end - zone.x }))
        .filter((zone) => zone.width > 0);
}

/** Return the shaded usual gap after the last purchase. */
function makeGap(gap, scale, baseline, radius) {
    if (!gap) {
        return null;
    }
    const [x, end] = [scale.x(gap.start), scale.x(gap.end)];
    return { x, y: baseline - radius - 2, width: end - x, height: 2 * radius + 4, label: gap.label };
}

/** Return the dots: as large as what was bought; the largest are drawn first. */
function makePoints(timeline, scale, baseline, radius) {
    const points = [
        ...timeline.purchases.map((point) => ({ ...point, kind: "purchase" })),
        ...timeline.returns.map((point) => ({ ...point, kind: "return" })),
    ];
    const largest = Math.max(1, ...points.map((point) => Math.abs(point.amount || 0)));
    return points
        .map((point) => ({
            ...point,
            key: `${point.kind} ${point.date}`,
            x: scale.x(point.date),
            y: baseline,
            r: Math.max(MIN_RADIUS, radius * Math.sqrt(Math.abs(point.amount || 0) / largest)),
            isHidden: !point.orders.length,
            text: [point.day, point.label, point.total].filter(Boolean).join(" · "),
        }))
        .sort((a, b) => b.r - a.r);
}

/**
 * Give each label a side and a row, the lowest being 0, so that labels do not overlap
 * and as few lines as possible cross a label. There are four at most, so that all
 * sides and orders can be tried.
 */
function placeLabels(markers, scale, width) {
    let best = { placed: [], rows: 0, cost: Infinity };
    for (const labels of combine(
        markers.map((marker) => getSides(marker, scale.x(marker.date), width))
    )) {
        for (const order of permute(labels)) {
            const candidate = stack(order);
            if (candidate.cost < best.cost) {
                best = candidate;
            }
        }
    }
    return { markers: best.placed, rows: best.rows };
}

/** Return the label at the right and at the left of its line, where there is room. */
function getSides(marker, x, width) {
    const length = `${marker.label} ${marker.day}`.length * CHARACTER;
    const sides = [];
    if (x + 5 + length <= width) {
        sides.push({ ...marker, x, anchor: "start", textX: x + 5, start: x + 5, end: x + 5 + length });
    }
    if (x - 5 - length >= 0 || !sides.length) {
        const end = Math.max(x - 5, Math.min(length, width));
        sides.push({ ...marker, x, anchor: "end", textX: end, start: end - length, end });
    }
    return sides;
}

/** Stack the labels: each in the lowest row that is free and above the lines it covers. */
function stack(labels) {
    const placed = [];
    for (const label of labels) {
        const isTaken = (row) =>
            placed.some(
                (other) =>
                    (other.row === row && overlaps(other, label)) ||
                    (other.row >= row && covers(label, other))
            );
        let row = 0;
        while (isTaken(row)) {
            row++;
        }
        placed.push({ ...label, row });
    }
    const rows = Math.max(0, ...placed.map(({ row }) => row + 1));
    return { placed, rows, cost: 10 * countCrossings(placed) + rows };
}

const covers = (label, other) => other.x > label.start - 4 && other.x < label.end + 4;

const overlaps = (a, b) => a.start < b.end + 8 && b.start < a.end + 8;

/** Count the lines that run down through the label of another marker. */
function countCrossings(placed) {
    return placed.reduce(
        (count, label) =>
            count +
            placed.filter(
                (other) => other !== label && other.row > label.row && covers(label, other)
            ).length,
        0
    );
}

function* combine([first, ...rest]) {
    if (!first) {
        yield [];
        return;
    }
    for (const item of first) {
        for (const others of combine(rest)) {
            yield [item, ...others];
        }
    }
}

function* permute(items) {
    if (items.length < 2) {
        yield items;
        return;
    }
    for (const [index, item] of items.entries()) {
        for (const rest of permute(items.toSpliced(index, 1))) {
            yield [item, ...rest];
        }
    }
}
