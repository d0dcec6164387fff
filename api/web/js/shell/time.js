/** The slider of time: the map as it is expected to be at the end of a quarter. */

import { api } from "../core/api.js";
import { h, newId } from "../core/dom.js";
import { keys } from "../core/keys.js";
import { button } from "../core/ui.js";
import { units } from "../core/units.js";
import { view } from "../core/view.js";
import { map } from "../map/index.js";
import { countDay, paintDay } from "../map/time.js";

const FEWEST_QUARTERS = 8;
const MOST_QUARTERS = 60;

/**
 * Make the slider and the button that shows it. The day stands in the view as `at`.
 * @returns {[button: HTMLElement, slider: HTMLElement]}
 */
export function makeTime() {
  const id = newId("time");
  const told = h("p", { class: "small", role: "status", id: `${id}-told` });
  const input = h("input", { id, type: "range", min: 0, step: 1, value: 0, "aria-describedby": told.id });
  const label = h("strong", { class: "figures" });
  const slider = h(
    "section",
    { class: "card time", hidden: true, "aria-label": "Time" },
    h("div", { class: "row" }, h("label", { for: id }, "Expected by"), label, button("Close the time slider", () => view.set({ at: null }), { icon: "close", hideLabel: true, small: true, kind: "plain" })),
    input,
    told,
  );
  const toggle = button("Time", () => (view.get("at") ? view.set({ at: null }) : open()), { icon: "clock", hideLabel: true, props: { "aria-pressed": "false" } });
  /** @type {string[]} */
  let days = quarters(null);
  /** @type {Promise<void> | null} */
  let reaching = null;
  let waiting = 0;

  input.addEventListener("input", () => view.set({ at: days[Number(input.value)] }, { replace: true }));

  async function open() {
    await stretch().catch(() => {});
    view.set({ at: days[Math.min(3, days.length - 1)] });
  }

  /** Let the slider reach as far as the plan does. */
  function stretch() {
    reaching ??= api.get("/v1/phases").then(({ phases }) => {
      const last = phases.map((/** @type {any} */ one) => one.expected_to ?? "").sort().at(-1);
      days = quarters(last || null);
    });
    return reaching;
  }

  async function show() {
    const day = view.get("at");
    toggle.setAttribute("aria-pressed", String(Boolean(day)));
    slider.hidden = !day;
    if (!day) return paint();
    await stretch().catch(() => (reaching = null)); // it is asked for with the next day again
    if (day !== view.get("at")) return;
    const at = days.findIndex((one) => one >= day);
    input.max = String(days.length - 1);
    input.value = String(at < 0 ? days.length - 1 : at);
    label.textContent = units.date(day);
    input.setAttribute("aria-valuetext", units.date(day));
    paint();
  }

  /** Once a frame, however fast the slider moves. */
  function paint() {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => {
      paintDay(map.gl, view.get("at"));
      count();
    });
  }

  function count() {
    const day = view.get("at");
    if (!day) return;
    map.gl.once("idle", () => {
      const counts = countDay(map.gl, day);
      const later = counts.later ? `; ${units.number(counts.later)} later or without a date, faded` : "";
      told.textContent = `${units.count(counts.open, "address", "addresses")} in view ${counts.open === 1 ? "is" : "are"} open now, ${units.number(counts.by)} more expected by ${units.date(day)}${later}.`;
    });
    map.gl.triggerRepaint();
  }

  keys.bind("t", () => (view.get("at") ? view.set({ at: null }) : void open()), { label: "Time slider", scope: "Map" });
  map.ready.then(() => {
    view.on("at", show);
    map.gl.on("moveend", count);
    map.onRefresh(count);
    show();
  });
  return [toggle, slider];
}

/**
 * The last days of the quarters from this one to the one of a day.
 * @param {string | null} last
 */
function quarters(last) {
  const now = new Date();
  const first = Math.floor(now.getUTCMonth() / 3);
  const days = [];
  for (let step = 0; step < MOST_QUARTERS && (step < FEWEST_QUARTERS || !last || days[step - 1] < last); step += 1) {
    days.push(new Date(Date.UTC(now.getUTCFullYear(), (first + step + 1) * 3, 0)).toISOString().slice(0, 10));
    if (!last && step + 1 >= FEWEST_QUARTERS) break;
  }
  return days;
}
