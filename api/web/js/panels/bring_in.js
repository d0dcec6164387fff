/** Bring in files and live layers: a dry run to look at, decisions, and publishing or discarding. */

import { h, replace } from "../core/dom.js";
import { makeTurns, whileShown } from "../core/wanted.js";
import { FINDING, ROLES, showReport } from "./ingest_report.js";

const STATES = /** @type {Record<string, string>} */ ({
  queued: "Waits for its turn",
  running: "Being read",
  waiting: "Waits for a decision",
  done: "Published",
  failed: "Failed",
  discarded: "Discarded",
});

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "bring-in",
  title: "Bring in",
  icon: "bring",
  scope: "plan",
  group: "plan",
  wide: true,
  mount(content, ctx) {
    let leave = () => {};
    const turns = makeTurns();
    const show = () => {
      leave();
      const signal = turns.next();
      const root = h("div", { class: "stack" });
      replace(content, root);
      const item = ctx.view.get("item");
      const here = whileShown(ctx, signal);
      leave = item ? showIngest(root, here, item, signal) : showStart(root, here, signal);
    };
    const off = ctx.view.on("item", show);
    show();
    return () => {
      off();
      turns.end();
      leave();
    };
  },
};

/**
 * The first screen: where to put files, and what was brought in lately.
 * @param {HTMLElement} root
 * @param {import("../types.js").Ctx} ctx
 * @param {AbortSignal} signal
 */
function showStart(root, ctx, signal) {
  const { api, ui, view } = ctx;
  const told = h("div", { class: "stack" });
  const lately = h("section", { class: "section" });
  const picker = h("input", { type: "file", multiple: true, class: "only-read", id: "bring-files", onchange: () => send([...(picker.files ?? [])]) });
  const source = h("input", { class: "input", id: "bring-source", maxlength: "300", "aria-describedby": "bring-source-about" });
  const role = h("select", { class: "input", id: "bring-role" }, h("option", { value: "" }, "Find out"), ROLES.map(([value, label]) => h("option", { value }, label)));
  const zone = h(
    "div",
    { class: "drop-zone", ondragover: drag, ondragenter: drag, ondragleave: () => zone.classList.remove("over"), ondrop: drop },
    h("p", null, h("strong", null, "Drop files here")),
    h("label", { class: "button primary", for: "bring-files", tabindex: "0", role: "button", onkeydown: press }, "Choose files"),
    picker,
    h("p", { class: "small quiet" }, "KMZ, zipped geodatabase or shapefile, GeoPackage, GeoJSON, CSV, Excel, Parquet. Nothing changes until you publish."),
  );
  replace(
    root,
    zone,
    told,
    h(
      "details",
      { class: "section" },
      h("summary", null, "Name and kind, if you want to say them"),
      h("div", { class: "field" }, h("label", { for: "bring-source" }, "Source name"), source, h("span", { class: "hint", id: "bring-source-about" }, "The same name replaces what it brought before. Left empty, the file's name.")),
      h("div", { class: "field" }, h("label", { for: "bring-role" }, "What is in it"), role),
    ),
    h(
      "section",
      { class: "section" },
      h("h3", null, "Or a live layer"),
      ui.form([{ name: "url", label: "FeatureServer address", type: "url", required: true, hint: "https://…/FeatureServer/0. No other host is asked.", props: { maxlength: "2000" } }], {
        label: "Read it",
        submit: async ({ url }) => {
          const { id } = await api.post("/v1/ingests", { url, source: source.value.trim() || null, role: role.value || null });
          view.set({ item: id });
        },
      }),
    ),
    lately,
  );
  list();
  return () => {};

  /** @param {DragEvent} event */
  function drag(event) {
    event.preventDefault();
    zone.classList.add("over");
  }

  /** @param {DragEvent} event */
  function drop(event) {
    event.preventDefault();
    zone.classList.remove("over");
    send([...(event.dataTransfer?.files ?? [])]);
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    picker.click();
  }

  /** @param {File[]} files */
  async function send(files) {
    if (!files.length) return;
    const form = new FormData();
    if (source.value.trim()) form.set("source", source.value.trim());
    if (role.value) form.set("role", role.value);
    for (const file of files) form.append("file", file, file.webkitRelativePath || file.name);
    const shown = ui.progress();
    shown.update({ doing: `Sending ${files.map(({ name }) => name).join(", ")}` });
    replace(told, shown.element, ui.button("Stop", () => sending.abort(), { small: true }));
    const sending = new AbortController();
    signal.addEventListener("abort", () => sending.abort());
    try {
      const { id } = await api.upload("/v1/ingests", form, {
        signal: sending.signal,
        onProgress: (share) => shown.update({ done: Math.round(share * 100), total: 100, doing: `Sending, ${Math.round(share * 100)} %` }),
      });
      view.set({ item: id });
    } catch (error) {
      if (signal.aborted) return;
      replace(told, sending.signal.aborted ? ui.notice("info", "Stopped. Nothing was kept.") : ui.problemBox(error));
    } finally {
      picker.value = "";
    }
  }

  async function list() {
    try {
      const { ingests } = await api.get("/v1/ingests");
      replace(
        lately,
        h("h3", null, "Brought in lately"),
        ingests.length === 0 && h("p", { class: "quiet" }, "Nothing yet."),
        ingests.length > 0 &&
          ui.table({
            caption: "Brought in lately",
            columns: [
              { key: "inputs", label: "What", cell: (row) => row.source ?? (row.inputs.join(", ") || "An upload") },
              { key: "state", label: "State", cell: (row) => stateTag(row) },
              { key: "author", label: "By" },
              { key: "began_at", label: "When", cell: (row) => when(row.began_at) },
            ],
            rows: ingests,
            onRow: (row) => view.set({ item: row.id }),
          }),
      );
    } catch (error) {
      if (!signal.aborted) replace(lately, ui.problemBox(error));
    }
  }
}

/**
 * One ingest: how far it is, its report, or how it ended.
 * @param {HTMLElement} root
 * @param {import("../types.js").Ctx} ctx
 * @param {string} id
 * @param {AbortSignal} signal
 */
function showIngest(root, ctx, id, signal) {
  const { api, ui, view, map } = ctx;
  const path = `/v1/ingests/${encodeURIComponent(id)}`;
  let leave = () => {};
  const body = h("div", { class: "stack" });
  replace(root, h("div", null, ui.button("All that was brought in", () => view.set({ item: null }), { kind: "plain", icon: "back", small: true })), body);
  watch();
  return () => {
    leave();
    map.hide(FINDING);
  };

  async function watch() {
    leave();
    leave = () => {};
    map.hide(FINDING);
    const shown = ui.progress();
    replace(body, shown.element);
    try {
      const work = await api.wait(path, {
        onProgress: (now) => now.progress && shown.update({ ...now.progress, total: now.progress.total ?? undefined, doing: stepOf(now.progress) }),
      });
      tell(work);
    } catch (error) {
      if (!signal.aborted) replace(body, ui.problemBox(error), again());
    }
  }

  /** @param {any} work */
  function tell(work) {
    if (work.state === "waiting") {
      leave = showReport(body, ctx, work, { decide, publish, discard });
      return;
    }
    const published = work.state === "done";
    if (published) map.refresh();
    replace(
      body,
      published && ui.notice("good", h("strong", null, work.unchanged ? "Nothing had changed." : `Published as plan version ${work.plan_version}.`)),
      !published && ui.notice("info", "Discarded. Nothing was written."),
      h(
        "div",
        { class: "row wrap" },
        published && !work.unchanged && ui.button("Look at the version", () => view.set({ panel: "versions", item: work.plan_version })),
        again(),
      ),
    );
  }

  function again() {
    return ui.button("Bring in more", () => view.set({ item: null }), { kind: "primary" });
  }

  /** @param {Record<string, any>} decisions */
  async function decide(decisions) {
    await api.post(`${path}:answer`, decisions);
    await watch();
  }

  /** @param {number[]} yes */
  async function publish(yes) {
    await api.post(`${path}:promote`, { yes });
    await watch();
  }

  async function discard() {
    const sure = await ui.confirm({ title: "Discard this dry run?", body: "The files are forgotten. Nothing was written, and nothing will be.", action: "Discard", danger: true });
    if (sure) tell(await api.post(`${path}:discard`));
  }
}

/** @param {any} progress */
function stepOf({ doing, done, total }) {
  if (!done) return doing;
  return total ? `${doing}: ${done.toLocaleString("en-US")} of ${total.toLocaleString("en-US")}` : `${doing}: ${done.toLocaleString("en-US")}`;
}

/** @param {any} ingest */
function stateTag({ state, error, plan_version: version }) {
  const kind = { waiting: "warn", done: "good", failed: "bad" }[/** @type {"waiting"} */ (state)] ?? "";
  const text = state === "done" && version ? `Version ${version}` : STATES[state];
  return h("span", { class: `tag ${kind}`, title: error?.detail }, text);
}

/** @param {string} moment */
function when(moment) {
  return new Date(moment).toLocaleString("en-US", { dateStyle: "medium", timeStyle: "short" });
}
