/** Saved sources: where they come from, when they are pulled, how that went, and what waits for a planner. */

import { h, replace } from "../core/dom.js";
import { makeTurns } from "../core/wanted.js";
import { ROLES } from "./ingest_report.js";

const STATES = /** @type {Record<string, [string, string]>} */ ({
  published: ["Published", "good"],
  unchanged: ["No change", ""],
  waiting: ["Waits for a planner", "warn"],
  failed: ["Failed", "bad"],
  discarded: ["Discarded", ""],
});
const ASK_EVERY_MS = 4_000;
/** @type {import("../core/ui.js").Field["options"]} */
const SCHEDULES = [
  { value: "", label: "Only when somebody asks" },
  { value: "every hour", label: "Every hour" },
  { value: "every 6 hours", label: "Every 6 hours" },
  { value: "daily at 03:00", label: "Daily at 03:00 UTC" },
  { value: "every 168 hours", label: "Every week" },
];

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "sources",
  title: "Sources",
  icon: "sources",
  scope: "read",
  group: "plan",
  mount(root, ctx) {
    const { api, ui, view, session } = ctx;
    const list = h("div", { class: "stack" });
    const told = h("div", null);
    const adding = h("div", null);
    replace(root, list, told, adding);
    let drawn = "";
    let stopped = false;
    const turns = makeTurns();
    /** @type {ReturnType<typeof setTimeout>} */
    let timer;
    const again = async () => {
      await load();
      if (!stopped) timer = setTimeout(again, ASK_EVERY_MS);
    };
    if (session.may("plan")) offerForm();
    again();
    return () => {
      stopped = true;
      turns.end();
      clearTimeout(timer);
    };

    async function load() {
      const signal = turns.next();
      try {
        const { sources } = await api.get("/v1/sources", undefined, { signal });
        const state = JSON.stringify(sources);
        if (state === drawn) return; // nothing new: what has the focus keeps it
        drawn = state;
        replace(
          list,
          sources.length === 0 && ui.empty({ title: "No saved source", body: "Save a live layer to have it read again on a schedule. It publishes itself only where that is harmless." }),
          sources.map(sourceItem),
        );
      } catch (error) {
        if (!signal.aborted) replace(told, ui.problemBox(error));
      }
    }

    /** @param {any} source */
    function sourceItem(source) {
      const last = source.pulls[0];
      return h(
        "section",
        { class: "section source", "data-source": source.name },
        h("h3", null, source.name),
        h(
          "dl",
          { class: "facts" },
          fact("From", source.url ?? "Files sent by hand"),
          fact("When", source.schedule ?? "Only when somebody asks"),
          source.due_at && fact("Next", when(source.due_at)),
          fact("By itself", `up to ${(source.most_changed * 100).toLocaleString("en-US", { maximumFractionDigits: 1 })} % of addresses`),
          fact("Last", last ? [stateTag(last.state), ` ${when(last.ended_at)}`] : "Not pulled yet"),
          source.failures > 0 && fact("Failures", `${source.failures} in a row; it is tried again by itself`),
        ),
        last?.reasons.length > 0 && h("ul", { class: "obstacles" }, last.reasons.map((/** @type {any} */ reason) => h("li", { "data-code": reason.code }, reason.message))),
        h(
          "div",
          { class: "row wrap" },
          source.waiting && ui.button("Look and decide", () => view.set({ panel: "bring-in", item: source.waiting }), { kind: "primary", small: true }),
          session.may("plan") && source.url && ui.button("Pull now", () => act(() => api.post(`/v1/sources/${encodeURIComponent(source.name)}:pull`)), { small: true, icon: "refresh" }),
          session.may("plan") && ui.button("Forget", () => forget(source), { small: true, icon: "trash" }),
        ),
        source.pulls.length > 1 &&
          h(
            "details",
            null,
            h("summary", null, "Earlier pulls"),
            ui.table({
              caption: `Pulls of ${source.name}`,
              columns: [
                { key: "ended_at", label: "When", cell: (row) => when(row.ended_at) },
                { key: "state", label: "How it ended", cell: (row) => stateTag(row.state) },
                { key: "plan_version", label: "Version", number: true },
                { key: "author", label: "By" },
              ],
              rows: source.pulls,
            }),
          ),
      );
    }

    function offerForm() {
      replace(
        adding,
        h(
          "details",
          { class: "section" },
          h("summary", null, "Save a source"),
          ui.form(
            [
              { name: "name", label: "Name", required: true, hint: "What its addresses or areas are known by.", props: { maxlength: "80" } },
              { name: "url", label: "FeatureServer address", type: "url", hint: "Without a token. Left empty, files are sent by hand." },
              { name: "role", label: "What is in it", type: "select", options: [{ value: "", label: "Find out" }, ...ROLES.map(([value, label]) => ({ value, label }))] },
              { name: "schedule", label: "Pulled", type: "select", options: SCHEDULES },
              { name: "most_changed", label: "Publishes itself up to (% of addresses)", type: "number", value: 5, required: true, hint: "And only if nothing leaves build and no customer, order or hold is touched.", props: { min: 0, max: 100, step: "any" } },
            ],
            {
              label: "Save source",
              submit: async ({ name, url, role, schedule, most_changed: most }) => {
                await api.post("/v1/sources", { name, url: url || null, role: role || null, schedule: schedule || null, most_changed: most / 100 });
                ui.toast(`Saved ${name}.`, { kind: "good" });
                offerForm();
                await load();
              },
            },
          ),
        ),
      );
    }

    /** @param {() => Promise<unknown>} work */
    async function act(work) {
      try {
        await work();
        replace(told);
        await load();
      } catch (error) {
        replace(told, ui.problemBox(error));
      }
    }

    /** @param {any} source */
    async function forget(source) {
      const sure = await ui.confirm({ title: `Forget ${source.name}?`, body: "It is not pulled any more. What it brought stays in the plan.", action: "Forget", danger: true });
      if (sure) await act(() => api.del(`/v1/sources/${encodeURIComponent(source.name)}`));
    }
  },
};

/** @param {string} state */
function stateTag(state) {
  const [text, kind] = STATES[state] ?? [state, ""];
  return h("span", { class: `tag ${kind}` }, text);
}

/**
 * @param {string} name
 * @param {import("../core/dom.js").Children} value
 */
function fact(name, value) {
  return [h("dt", null, name), h("dd", null, value)];
}

/** @param {string} moment */
function when(moment) {
  return new Date(moment).toLocaleString("en-US", { dateStyle: "medium", timeStyle: "short" });
}
