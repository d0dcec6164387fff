/** The report of a dry run: what would change, for whom, what is asked, and what was taken for what. */

import { h, replace } from "../core/dom.js";
import { inWords, number, showDifference } from "./difference.js";

/** The features of a finding, on the map. */
export const FINDING = "finding";

/** @type {[string, string][]} */
export const ROLES = [
  ["addresses", "Addresses"],
  ["coverage", "Coverage areas"],
  ["exclusion", "Areas that are not served"],
  ["network_points", "Network points"],
  ["network_lines", "Network lines"],
  ["barrier", "Barriers"],
  ["boundary", "Boundaries"],
  ["building", "Buildings"],
  ["parcel", "Parcels"],
  ["context", "Context only"],
];
const STATUSES = [["", "Leave open"], ["build", "Build"], ["pre-build", "Pre-build"], ["ignored", "Not part of the plan"]];
const TYPES = [["", "Leave open"], ["residential", "Residential"], ["business", "Business"], ["institution", "Institution"], ["none", "Not sold to"]];

/**
 * @typedef {object} Deciding
 * @property {(decisions: Record<string, any>) => Promise<void>} decide makes the dry run again
 * @property {(yes: number[]) => Promise<void>} publish
 * @property {() => Promise<void>} discard
 */

/**
 * Show the report of a dry run; returns how to leave.
 * @param {HTMLElement} root
 * @param {import("../types.js").Ctx} ctx
 * @param {any} work the ingest
 * @param {Deciding} deciding
 */
export function showReport(root, ctx, work, deciding) {
  const { ui } = ctx;
  const report = work.report;
  /** @type {Set<number>} */
  const agreed = new Set();
  const asked = report.findings.filter((/** @type {any} */ finding) => finding.needs_yes);
  const told = h("div", null, work.error && stale());
  const publishButton = ui.button("Publish", () => publish(), { kind: "primary", icon: "check" });
  const open = h("p", { class: "small quiet", role: "status" });
  const difference = h("div", { class: "stack" });
  replace(
    root,
    h("p", null, h("strong", null, work.source ?? work.inputs.join(", ")), h("span", { class: "quiet" }, ` brought in by ${work.author}. Nothing is written yet.`)),
    told,
    h("div", { class: "row wrap publish-row" }, publishButton, ui.button("Discard", () => run(deciding.discard)), open),
    section("What would change", report.unchanged ? h("p", null, "Nothing: this is what the plan says already.") : [consequences(report), difference]),
    report.words.length > 0 && section("Words to explain", words()),
    report.findings.length > 0 && section("Findings", h("ol", { class: "findings" }, report.findings.map(findingItem))),
    section("Layers", roles(), report.mappings.map(mappingOf)),
    section("Files", files()),
  );
  count();
  const leave = report.unchanged ? () => {} : showDifference(difference, ctx, { summary: report.difference, rows: `/v1/ingests/${work.id}/diff`, drawn: `/v1/ingests/${work.id}/diff.geojson` });
  return () => {
    leave();
    ctx.map.hide(FINDING);
  };

  function stale() {
    const again = ui.button("Make the dry run again", () => run(() => deciding.decide({})), { small: true });
    return ui.notice("warn", h("strong", null, work.error.detail), h("p", null, work.error.hint), again);
  }

  function count() {
    const left = asked.filter((/** @type {any} */ finding) => !agreed.has(finding.number)).length;
    publishButton.disabled = left > 0;
    open.textContent = left > 0 ? `${left === 1 ? "One finding needs" : `${left} findings need`} your agreement first.` : "";
  }

  /** @param {() => Promise<void>} work */
  async function run(work) {
    try {
      await work();
    } catch (error) {
      replace(told, ui.problemBox(error));
    }
  }

  async function publish() {
    const sure = await ui.confirm({
      title: "Publish this as a plan version?",
      body: [
        h("p", null, report.unchanged ? "Nothing changes." : inWords(report.difference)),
        obstacleList(report.consequences),
        asked.length > 0 && h("p", null, `You agree to ${number(agreed.size)} of its findings.`),
        h("p", { class: "quiet" }, "Everybody sees it at once. It can be taken back in Versions."),
      ],
      action: "Publish",
      danger: Boolean(report.consequences?.obstacles.length),
    });
    if (sure) await run(() => deciding.publish([...agreed]));
  }

  function words() {
    /** @type {{word: any, label: string, control: HTMLSelectElement}[]} */
    const controls = report.words.map((/** @type {any} */ word, /** @type {number} */ index) => {
      const choices = word.kind === "status" ? STATUSES : TYPES;
      const label = word.word === "(none)" ? "No status stated" : word.word;
      const id = `word-${index}`;
      const control = h("select", { class: "input", id }, choices.map(([value, text]) => h("option", { value }, text)));
      return { word, control, label };
    });
    return [
      controls.map(({ word, control, label }) =>
        h(
          "div",
          { class: "field word" },
          h("label", { for: control.id }, `${label} `, h("span", { class: "quiet" }, `${number(word.count)} ${word.kind === "status" ? "features" : "addresses"}`)),
          control,
          word.where && h("span", { class: "hint" }, word.where),
        ),
      ),
      ui.button("Use these meanings", () => {
        const said = (/** @type {string} */ kind) =>
          Object.fromEntries(controls.filter(({ word, control }) => word.kind === kind && control.value).map(({ word, control }) => [word.word, control.value]));
        return run(() => deciding.decide({ statuses: said("status"), types: said("type") }));
      }),
      h("p", { class: "small quiet" }, "Asked once: the answers are remembered when you publish."),
    ];
  }

  /** @param {any} finding */
  function findingItem(finding) {
    const drawn = finding.severity === "question" ? "bad" : finding.severity === "warning" ? "warn" : "";
    const label = { question: "Needs a yes", warning: "Look", info: "Note" }[/** @type {"info"} */ (finding.severity)];
    return h(
      "li",
      { class: "finding", "data-code": finding.code },
      h("span", { class: `tag ${drawn}` }, label),
      h("p", null, finding.message),
      h(
        "div",
        { class: "row wrap" },
        finding.needs_yes &&
          h(
            "label",
            { class: "check" },
            h("input", {
              type: "checkbox",
              onchange: (/** @type {Event} */ event) => {
                if (/** @type {HTMLInputElement} */ (event.target).checked) agreed.add(finding.number);
                else agreed.delete(finding.number);
                count();
              },
            }),
            "I agree",
          ),
        finding.on_map && ui.button("Show on the map", () => run(() => zoom(finding)), { small: true, icon: "pin" }),
      ),
    );
  }

  /** @param {any} finding */
  async function zoom(finding) {
    const { places } = await ctx.api.get(`/v1/ingests/${work.id}/findings/${finding.number}`);
    await ctx.map.ready;
    const placed = places.features.filter((/** @type {any} */ feature) => feature.geometry);
    ctx.map.showGeoJSON(FINDING, { type: "FeatureCollection", features: placed }, { line: { "line-width": 3 } });
    const box = boundsOf(placed);
    if (box) ctx.map.fit(box);
    document.body.dataset.finding = String(finding.number);
  }

  function roles() {
    /** @type {{role: any, control: HTMLSelectElement}[]} */
    const controls = report.roles.map((/** @type {any} */ role, /** @type {number} */ index) => ({
      role,
      control: h(
        "select",
        { class: "input", "aria-label": `Role of ${role.layer ?? "every layer"}`, id: `role-${index}` },
        ROLES.map(([value, text]) => h("option", { value, selected: value === role.role }, text)),
      ),
    }));
    const changed = () => controls.filter(({ role, control }) => control.value !== role.role);
    return [
      ui.table({
        caption: "What each layer is taken for",
        columns: [
          { key: "layer", label: "Layer", cell: ({ role }) => [role.layer ?? "Everything", ...role.folder].join(" / ") },
          { key: "features", label: "Features", number: true, cell: ({ role }) => number(role.features) },
          { key: "role", label: "Taken for", cell: ({ control }) => control },
          { key: "confidence", label: "Sure", number: true, cell: ({ role }) => h("span", { title: role.reasons[0] }, percent(role.confidence)) },
        ],
        rows: controls,
      }),
      ui.button("Use these roles", () =>
        run(() => deciding.decide({ roles: changed().map(({ role, control }) => ({ role: control.value, layer: role.layer, folder: role.folder, geometry: role.geometry })) })),
      ),
    ];
  }

  /** @param {any} layer */
  function mappingOf(layer) {
    const taken = new Map(layer.fields.map((/** @type {any} */ field) => [field.target, field]));
    const controls = layer.targets.map((/** @type {string} */ target) => ({ target, field: taken.get(target), control: columnSelect(layer, target, taken.get(target)) }));
    const all = h("input", { type: "checkbox", onchange: () => fill() });
    const place = h("div", null);
    const fill = () =>
      replace(
        place,
        ui.table({
          caption: `Fields of ${layer.layer}`,
          columns: [
            { key: "target", label: "Field", cell: ({ target }) => plain(target) },
            { key: "column", label: "Taken from", cell: ({ control }) => control },
            { key: "samples", label: "For example", cell: ({ field }) => field?.samples.join(", ") || "–" },
            { key: "confidence", label: "Sure", number: true, cell: ({ field }) => (field ? percent(field.confidence) : "") },
          ],
          rows: controls.filter((/** @type {any} */ { field, control }) => all.checked || field || control.value),
        }),
      );
    fill();
    return h(
      "details",
      { class: "mapping" },
      h("summary", null, `${layer.layer}: ${layer.fields.length} fields filled${layer.profile ? `, recognised as ${plain(layer.profile)}` : ""}`),
      place,
      h("label", { class: "check" }, all, "Show fields that nothing fills"),
      layer.rows.length > 0 &&
        ui.table({
          caption: `First rows of ${layer.layer}`,
          columns: layer.fields.map((/** @type {any} */ { target }) => ({ key: target, label: plain(target) })),
          rows: layer.rows,
        }),
      ui.button("Use this mapping", () => run(() => deciding.decide({ mappings: [{ layer: layer.layer, role: layer.role, fields: fieldsOf(controls) }] }))),
    );
  }

  function files() {
    return ui.table({
      caption: "What became of everything that was read",
      columns: [
        { key: "path", label: "File" },
        { key: "layer", label: "Layer" },
        { key: "read", label: "Read", number: true },
        { key: "ingested", label: "Taken in", number: true },
        { key: "repaired", label: "Repaired", number: true },
        { key: "quarantined", label: "Quarantined", number: true },
        { key: "set_aside", label: "Set aside", number: true },
      ],
      rows: report.files,
    });
  }
}

/**
 * Which addresses must not be touched unseen, as a list; null where there are none.
 * @param {any} consequences
 */
export function obstacleList(consequences) {
  const found = consequences?.obstacles ?? [];
  return found.length > 0 && h("ul", { class: "obstacles" }, found.map((/** @type {any} */ one) => h("li", { "data-code": one.code }, one.message)));
}

/** @param {any} report */
function consequences(report) {
  const { touched, of } = report.consequences;
  const share = of ? `, ${percent(touched / of)} of ${number(of)}` : "";
  return [h("p", null, inWords(report.difference), h("span", { class: "quiet" }, ` ${number(touched)} touched${share}.`)), obstacleList(report.consequences)];
}

/**
 * @param {string} title
 * @param {...import("../core/dom.js").Children} content
 */
function section(title, ...content) {
  return h("section", { class: "section" }, h("h3", null, title), content);
}

/**
 * @param {any} layer
 * @param {string} target
 * @param {any} field
 */
function columnSelect(layer, target, field) {
  const now = field ? JSON.stringify(field.taken_from) : "";
  const columns = layer.columns.map((/** @type {string} */ name) => [JSON.stringify({ column: name }), name]);
  const own = now && !columns.some((/** @type {string[]} */ [value]) => value === now) ? [[now, sayFrom(field.taken_from)]] : [];
  return h(
    "select",
    { class: "input", "aria-label": `${plain(target)} is taken from` },
    [["", "Nothing"], ...own, ...columns].map(([value, text]) => h("option", { value, selected: value === now }, text)),
  );
}

/** @param {any[]} controls */
function fieldsOf(controls) {
  return Object.fromEntries(controls.filter(({ control }) => control.value).map(({ target, control }) => [target, JSON.parse(control.value)]));
}

/** @param {Record<string, any>} from */
function sayFrom(from) {
  const [kind, value] = Object.entries(from)[0];
  if (kind === "column") return [value].flat().join(", else ");
  if (kind === "join") return value.join(" + ");
  if (kind === "constant") return `always “${value}”`;
  return kind === "own" ? `the feature's ${plain(value)}` : `folder ${value}`;
}

/** @param {any[]} features */
function boundsOf(features) {
  const box = [180, 90, -180, -90];
  /** @param {any} part */
  const visit = (part) => {
    if (typeof part[0] !== "number") return part.forEach(visit);
    box[0] = Math.min(box[0], part[0]);
    box[1] = Math.min(box[1], part[1]);
    box[2] = Math.max(box[2], part[0]);
    box[3] = Math.max(box[3], part[1]);
  };
  for (const { geometry } of features) visit(geometry.coordinates ?? []);
  return box[0] <= box[2] ? /** @type {[number, number, number, number]} */ (box) : null;
}

/** @param {string} name */
function plain(name) {
  const text = name.replaceAll("_", " ");
  return text[0].toUpperCase() + text.slice(1);
}

/** @param {number} share */
function percent(share) {
  return share > 0 && share < 0.01 ? "under 1 %" : `${Math.round(share * 100)} %`;
}
