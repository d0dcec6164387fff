/** One queue: its rows, the longest waiting first, of one zone or of all, and as a file. */

import { csvOf, saveText } from "../../core/csv.js";
import { h, newId, replace } from "../../core/dom.js";
import { makeTurns } from "../../core/wanted.js";
import { everyNotice } from "./every_notice.js";
import { simulatedMessages } from "./notices.js";
import { rowsTable } from "./rows.js";

/** @typedef {import("../../types.js").Ctx} Ctx */

const PAGE = 100;
const COLUMNS = ["id", "full_address", "name", "phone", "email", "state", "since", "why", "next_step", "zone", "place"];

/**
 * @param {Ctx} ctx
 * @param {() => void} changed hears that something was done with a row
 */
export function makeQueue(ctx, changed) {
  const { api, ui, units } = ctx;
  const element = h("div", { class: "stack" });
  /** @type {import("./words.js").Queue | null} */
  let queue = null;
  let zone = "";
  const turns = makeTurns();
  const every = everyNotice(ctx);

  /** @param {import("./words.js").Queue} asked */
  async function load(asked) {
    if (asked.id !== queue?.id) replace(element, h("p", { class: "quiet" }, "Reading…"));
    queue = asked;
    const signal = turns.next();
    if (asked.id === "notices") void every.load();
    try {
      const [page, zones, note] = await Promise.all([read(asked, signal), api.get("/v1/zones"), asked.id === "notices" && simulatedMessages(ctx)]);
      if (!signal.aborted) draw({ ...asked, note }, page.rows, page.after, zones.zones, signal);
    } catch (problem) {
      if (!signal.aborted) replace(element, ui.problemBox(problem));
    }
  }

  /**
   * @param {import("./words.js").Queue} asked
   * @param {AbortSignal} signal
   * @param {string} [after]
   */
  const read = ({ id }, signal, after) => api.get(`/v1/desk/queues/${id}`, { zone_id: zone, after, limit: PAGE }, { signal });

  /**
   * @param {import("./words.js").Queue} asked
   * @param {any[]} rows
   * @param {string | null} after
   * @param {any[]} zones
   * @param {AbortSignal} signal
   */
  function draw(asked, rows, after, zones, signal) {
    const more = async () => {
      const page = await read(asked, signal, after ?? undefined);
      draw(asked, [...rows, ...page.rows], page.after, zones, signal);
    };
    const save = () => saveText(`${asked.id}.csv`, csvOf(COLUMNS, rows));
    replace(
      element,
      h("p", { class: "quiet" }, asked.about),
      asked.note,
      h("div", { class: "row spread wrap" }, zones.length > 0 ? zoneChoice(asked, zones) : h("span", { class: "small quiet" }, rows.length > 0 && "A row leads to the desk."), rows.length > 0 && ui.button("CSV", save, { icon: "export", small: true, props: { "aria-label": "Save what is shown as CSV" } })),
      rows.length ? rowsTable(ctx, asked, rows, changed) : ui.empty(zone ? { title: "Nothing of this zone waits here", body: "Choose every zone to see the rest." } : asked.empty),
      after && h("div", { class: "row" }, ui.button("Show more", more), h("span", { class: "small quiet" }, `${units.number(rows.length)} are shown.`)),
      asked.id === "notices" && every.element,
    );
  }

  /**
   * @param {import("./words.js").Queue} asked
   * @param {any[]} zones
   */
  function zoneChoice(asked, zones) {
    const id = newId("zone");
    const choose = (/** @type {Event} */ event) => {
      zone = /** @type {HTMLSelectElement} */ (event.target).value;
      void load(asked);
    };
    const options = [{ zone_id: "", public_name: "Every zone" }, ...zones].map(({ zone_id, public_name }) => h("option", { value: String(zone_id), selected: String(zone_id) === zone }, public_name));
    return h("label", { class: "row small", for: id }, "Zone", h("select", { class: "input", id, onchange: choose }, options));
  }

  return { element, load };
}
