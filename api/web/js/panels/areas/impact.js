/** What the edits would do, counted while they are made: asked of the server, the latest question only. */

import { api } from "../../core/api.js";
import { h } from "../../core/dom.js";
import { table } from "../../core/table.js";
import { notice, problemBox, progress } from "../../core/ui.js";
import { units } from "../../core/units.js";
import { makeTurns } from "../../core/wanted.js";
import { classTag } from "./words.js";

const ASKS_AFTER_MS = 250;

export class Impact {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    /** @type {any} */
    this.told = null;
    /** @type {any} */
    this.problem = null;
    this.asking = false;
    this.timer = 0;
    this.turns = makeTurns();
  }

  /** @param {any[]} edits */
  ask(edits) {
    clearTimeout(this.timer);
    const signal = this.turns.next();
    if (!edits.length) {
      Object.assign(this, { told: null, problem: null, asking: false });
      return;
    }
    this.asking = true;
    this.timer = setTimeout(() => this.send(edits, signal), ASKS_AFTER_MS);
  }

  /**
   * @param {any[]} edits
   * @param {AbortSignal} signal
   */
  async send(edits, signal) {
    try {
      const told = await api.post("/v1/areas:impact", { edits }, { signal });
      Object.assign(this, { told, problem: null });
    } catch (problem) {
      if (signal.aborted) return;
      Object.assign(this, { told: null, problem });
    }
    if (signal.aborted) return;
    this.asking = false;
    this.changed();
  }
}

/** @param {Impact} impact */
export function impactView(impact) {
  if (impact.problem) return problemBox(impact.problem);
  if (!impact.told) {
    const shown = progress();
    shown.update({ doing: "Counting what this changes" });
    return shown.element;
  }
  const { addresses, units: homes, holds, customers } = impact.told;
  const flips = Object.keys(addresses);
  if (!flips.length) return notice("info", "No address changes class.");
  return h(
    "div",
    { class: "stack", "aria-busy": String(impact.asking) },
    table({
      caption: "What this changes",
      columns: [
        { key: "flip", label: "Class", cell: (row) => [classTag(row.from), " → ", classTag(row.to)] },
        { key: "addresses", label: "Addresses", number: true },
        { key: "homes", label: "Units", number: true },
      ],
      rows: flips.map((flip) => {
        const [from, to] = flip.split(" -> ");
        return { flip, from, to, addresses: addresses[flip], homes: homes[flip] };
      }),
    }),
    (holds > 0 || customers > 0) &&
      notice("warn", `Among them ${units.count(holds, "address", "addresses")} under a hold and ${units.count(customers, "connected unit")}.`),
  );
}
