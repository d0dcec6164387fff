/** Every change of the plan: what each did, what two say differently, and taking the latest back. */

import { h, replace } from "../core/dom.js";
import { makeTurns, whileShown } from "../core/wanted.js";
import { inWords, number, showDifference } from "./difference.js";
import { obstacleList } from "./ingest_report.js";

const KINDS = /** @type {Record<string, string>} */ ({
  promote: "Brought in",
  undo: "Undo",
  correction: "Correction",
  bulk: "Bulk change",
  hold: "Hold",
  area: "Areas",
  phase: "Phase",
  permission: "Permission",
  settings: "Settings",
});

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "versions",
  title: "Versions",
  icon: "versions",
  scope: "read",
  group: "plan",
  wide: true,
  mount(content, ctx) {
    let leave = () => {};
    const turns = makeTurns();
    const show = async () => {
      const signal = turns.next();
      leave();
      leave = () => {};
      const root = h("div", { class: "stack" });
      replace(content, root);
      const item = ctx.view.get("item");
      const pair = ctx.view.get("compare");
      const here = whileShown(ctx, signal);
      const left = pair ? await showCompare(root, here, pair) : item ? await showVersion(root, here, item) : await showList(root, here);
      if (signal.aborted) left();
      else leave = left;
    };
    const offs = [ctx.view.on("item", show), ctx.view.on("compare", show)];
    show();
    return () => {
      turns.end();
      offs.forEach((off) => off());
      leave();
      ctx.view.set({ compare: null }, { replace: true });
    };
  },
};

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Ctx} ctx
 */
async function showList(root, { api, ui, view }) {
  try {
    const { versions, total, plan_version: latest } = await api.get("/v1/plan-versions", { limit: 200 });
    if (versions.length === 0) {
      replace(root, ui.empty({ title: "No plan version yet", body: "Bring in addresses and a plan; each change becomes a version that can be taken back.", actions: [ui.button("Bring in", () => view.set({ panel: "bring-in", item: null }), { kind: "primary" })] }));
      return () => {};
    }
    replace(
      root,
      h("p", { class: "quiet" }, `${number(total)} ${total === 1 ? "version" : "versions"}. The latest is ${latest}.`),
      latest > 0 &&
        ui.form(
          [
            { name: "first", label: "Compare version", type: "number", value: Math.max(0, latest - 1), required: true, hint: "0 is the empty plan.", props: { min: 0, max: latest, step: 1 } },
            { name: "last", label: "with version", type: "number", value: latest, required: true, props: { min: 0, max: latest, step: 1 } },
          ],
          { label: "Compare", submit: ({ first, last }) => view.set({ compare: `${first},${last}` }) },
        ),
      ui.table({
        caption: "Plan versions",
        columns: [
          { key: "version", label: "Version" },
          { key: "label", label: "What", cell: (row) => [row.label, row.undone_by && h("span", { class: "tag" }, `taken back by ${row.undone_by}`)] },
          { key: "kind", label: "Kind", cell: (row) => KINDS[row.kind] ?? row.kind },
          { key: "author", label: "By" },
          { key: "created_at", label: "When", cell: (row) => when(row.created_at) },
        ],
        rows: versions,
        onRow: (row) => view.set({ item: row.version }),
      }),
    );
  } catch (error) {
    replace(root, ui.problemBox(error));
  }
  return () => {};
}

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Ctx} ctx
 * @param {string} item
 */
async function showVersion(root, ctx, item) {
  const { api, ui, view, session } = ctx;
  try {
    const version = await api.get(`/v1/plan-versions/${encodeURIComponent(item)}`);
    const place = h("div", { class: "stack" });
    const told = h("div", null);
    replace(
      root,
      back(ui, () => view.set({ item: null })),
      h("h3", null, `Version ${version.version}`),
      h(
        "dl",
        { class: "facts" },
        fact("What", version.label),
        fact("Kind", KINDS[version.kind] ?? version.kind),
        fact("By", version.author),
        fact("When", when(version.created_at)),
        version.undone_by && fact("Taken back by", `version ${version.undone_by}`),
      ),
      session.may("plan") && version.can_undo && h("div", null, ui.button("Take this version back", () => undo(ctx, version, told), { icon: "undo" })),
      told,
      h("h3", null, "What it changed"),
      place,
    );
    return await compared(place, ctx, version.version - 1, version.version);
  } catch (error) {
    replace(root, back(ui, () => view.set({ item: null })), ui.problemBox(error));
    return () => {};
  }
}

/**
 * @param {HTMLElement} root
 * @param {import("../types.js").Ctx} ctx
 * @param {string} pair
 */
async function showCompare(root, ctx, pair) {
  const { ui, view } = ctx;
  const [first, last] = pair.split(",").map(Number);
  const place = h("div", { class: "stack" });
  replace(root, back(ui, () => view.set({ compare: null })), h("h3", null, `Version ${first} against version ${last}`), place);
  try {
    return await compared(place, ctx, first, last);
  } catch (error) {
    replace(place, ui.problemBox(error));
    return () => {};
  }
}

/**
 * @param {HTMLElement} place
 * @param {import("../types.js").Ctx} ctx
 * @param {number} first
 * @param {number} last
 */
async function compared(place, ctx, first, last) {
  const { summary } = await ctx.api.get("/v1/plan-versions/compare", { first, last, limit: 1 });
  const body = h("div", { class: "stack" });
  replace(place, h("p", null, inWords(summary)), body);
  return showDifference(body, ctx, {
    summary,
    rows: "/v1/plan-versions/compare",
    drawn: "/v1/plan-versions/compare.geojson",
    params: { first, last },
  });
}

/**
 * @param {import("../types.js").Ctx} ctx
 * @param {any} version
 * @param {HTMLElement} told
 */
async function undo({ api, ui, view, map }, version, told) {
  const path = `/v1/plan-versions/${version.version}`;
  const shown = ui.progress();
  shown.update({ doing: "Working out what that would change" });
  replace(told, shown.element);
  try {
    const preview = await api.get(`${path}/undo-preview`);
    replace(told);
    const sure = await ui.confirm({
      title: `Take version ${version.version} back?`,
      body: [
        h("p", null, inWords(preview.difference)),
        obstacleList(preview.consequences),
        h("p", { class: "quiet" }, "A new version restores what held before. Nothing is erased."),
      ],
      action: "Take it back",
      danger: preview.consequences.obstacles.length > 0,
    });
    if (!sure) return;
    shown.update({ doing: "Taking it back" });
    replace(told, shown.element);
    const done = await api.post(`${path}:undo`);
    map.refresh();
    ui.toast(`Version ${done.undone} is taken back; the plan is at version ${done.plan_version}.`, { kind: "good" });
    view.set({ item: done.plan_version });
  } catch (error) {
    replace(told, ui.problemBox(error));
  }
}

/**
 * @param {import("../types.js").Ctx["ui"]} ui
 * @param {() => void} leave
 */
function back(ui, leave) {
  return h("div", null, ui.button("All versions", leave, { kind: "plain", icon: "back", small: true }));
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
