/** A draft: edits with undo and redo, saved at the server while somebody draws, so that nothing is lost. */

import { api } from "../../core/api.js";

/**
 * @typedef {Record<string, any>} Edit
 * @typedef {{edits: Edit[], bases: Record<string, number>}} State
 */

const SAVES_AFTER_MS = 400;

/** The last save of this page, of whichever draft: saves follow one another, also where the panel is left and opened again. */
let saving = Promise.resolve();

/** What another panel hands over to be edited, once. @type {Edit[]} */
let handedOver = [];

/**
 * Give the areas panel edits to begin with, when it opens next.
 * @param {Edit[]} edits
 */
export function handOver(edits) {
  handedOver = edits;
}

export class Draft {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    this.id = /** @type {number | null} */ (null);
    this.revision = 1;
    this.title = "";
    /** @type {State[]} */
    this.states = [{ edits: [], bases: {} }];
    this.at = 0;
    this.saved = "";
    /** @type {any[]} */
    this.stale = [];
    /** @type {any} */
    this.problem = null;
    this.timer = 0;
  }

  get now() {
    return this.states[this.at];
  }

  get edits() {
    return this.now.edits;
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.states.length - 1;
  }

  /**
   * Take other edits as a step that can be undone.
   * @param {Edit[]} edits
   * @param {Record<string, number>} [bases] versions of areas that come in with them
   */
  take(edits, bases = {}) {
    this.states = [...this.states.slice(0, this.at + 1), { edits, bases: { ...this.now.bases, ...bases } }];
    this.at += 1;
    this.moved();
  }

  undo() {
    if (!this.canUndo) return;
    this.at -= 1;
    this.moved();
  }

  redo() {
    if (!this.canRedo) return;
    this.at += 1;
    this.moved();
  }

  /**
   * Say that an area is taken as it is now, whatever it was when it was edited.
   * @param {Record<string, number>} bases
   */
  rebase(bases) {
    this.take(this.edits, bases);
    this.stale = [];
  }

  moved() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVES_AFTER_MS);
    this.changed();
  }

  /** Only the versions of areas that an edit is about are of any interest. */
  get bases() {
    const named = new Set(this.edits.flatMap((edit) => [edit.area_id, ...(edit.area_ids ?? [])]).map(String));
    return Object.fromEntries(Object.entries(this.now.bases).filter(([id]) => named.has(id)));
  }

  /** Save now; waits for a save that is under way. */
  save() {
    clearTimeout(this.timer);
    saving = saving.then(() => this.send());
    return saving;
  }

  async send() {
    if (this.id === null && !this.edits.length) return;
    const body = { title: this.title, edits: this.edits, bases: this.bases };
    try {
      const kept = this.id === null
        ? await api.post("/v1/area-drafts", body)
        : await api.put(`/v1/area-drafts/${this.id}`, { ...body, revision: this.revision });
      Object.assign(this, { id: kept.draft_id, revision: kept.revision, saved: kept.saved_at, stale: kept.stale, problem: null });
    } catch (problem) {
      this.problem = problem;
    }
    this.changed();
  }

  /**
   * Go on with the draft that was saved last, and with what another panel handed over; returns the list of drafts, null
   * where edits were made, published or discarded while it was read.
   * @param {Pick<typeof api, "get">} reading the panel's own: one that is left takes up nothing
   */
  async restore(reading) {
    await saving;
    const { states } = this;
    const kept = await reading.get("/v1/area-drafts");
    if (states !== this.states) return null;
    const [last] = kept.drafts.filter((/** @type {any} */ draft) => draft.edits.length);
    if (last && this.id === null && !this.edits.length) this.open(last);
    if (handedOver.length) this.take([...this.edits, ...handedOver]);
    handedOver = [];
    return kept;
  }

  /** @param {any} kept */
  open(kept) {
    Object.assign(this, { id: kept.draft_id, revision: kept.revision, title: kept.title, saved: kept.saved_at, stale: kept.stale });
    this.states = [{ edits: kept.edits, bases: kept.bases }];
    this.at = 0;
    this.changed();
  }

  /** @param {string} reason */
  async publish(reason) {
    await this.save();
    if (this.problem) throw this.problem;
    const done = await api.post(`/v1/area-drafts/${this.id}:publish`, { reason });
    this.forget();
    return done;
  }

  async discard() {
    clearTimeout(this.timer);
    await saving;
    if (this.id !== null) await api.del(`/v1/area-drafts/${this.id}`);
    this.forget();
  }

  forget() {
    Object.assign(this, { id: null, revision: 1, title: "", states: [{ edits: [], bases: {} }], at: 0, saved: "", stale: [], problem: null });
    this.changed();
  }
}
