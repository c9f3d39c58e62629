import { loadBundle } from "@web/core/assets";
import { onWillStart, useEffect, useRef } from "@odoo/owl";

export const COLORS = {
    flagged: "#8f8f8f",
    rightly: "#198754",
    missed: "#dc3545",
    model: "#714b67",
    raw: "#e99d4e",
    ideal: "#8f8f8f",
};

/**
 * A chart on the canvas `ref="canvas"` of a component, drawn anew when what it depends
 * on changes.
 *
 * @param {() => object} getConfig returns the configuration of Chart.js
 * @param {() => any[]} getDependencies
 */
export function useChart(getConfig, getDependencies) {
    const canvas = useRef("canvas");
    onWillStart(() => loadBundle("web.chartjs_lib"));
    useEffect(
        () => {
            if (!canvas.el) {
                return;
            }
            // eslint-disable-next-line no-undef
            const chart = new Chart(canvas.el, getConfig());
            return () => chart.destroy();
        },
        () => [canvas.el, ...getDependencies()]
    );
}
