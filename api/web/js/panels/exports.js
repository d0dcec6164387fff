/** Hand lists on: choose an export, say for which addresses, and take the file. */

import { h, replace } from "../core/dom.js";
import { makeTurns } from "../core/wanted.js";

/**
 * @typedef {import("../types.js").Ctx} Context
 * @typedef {{what: string, says: string, formats: string[], options: any}} Kind
 * @typedef {{id: string, what: string, file_name: string, state: string, rows: number | null, left_out: Record<string, number>, bytes: number, error: any, file: string | null, expires_at: string}} Made
 */

/** What is asked for beside the addresses, and how it is sent. */
const OPTIONS = {
  "contractor-pack": {
    fields: [
      { name: "phase", label: "Phase", hint: "Spelled as in the plan. Leave empty for a cabinet, or for all." },
      { name: "cabinet", label: "Cabinet" },
    ],
    /** @param {Record<string, any>} given */
    read: (given) => withoutBlanks({ phase: given.phase, cabinet: given.cabinet }),
  },
  "fcc-availability": {
    fields: [
      { name: "provider_id", label: "Provider id", type: "number", required: true, hint: "The FCC’s number of the provider." },
      { name: "brand_name", label: "Brand name", required: true },
      { name: "as_of", label: "As of", type: "date", hint: "The date filed for; today if empty." },
      { name: "fiber_down", label: "Fiber, Mbit/s down", type: "number", props: { min: 1 } },
      { name: "fiber_up", label: "Fiber, Mbit/s up", type: "number", props: { min: 1 } },
      {
        name: "wireless_code",
        label: "Fixed wireless",
        type: "select",
        options: [
          { value: "", label: "Not filed" },
          { value: "70", label: "70 unlicensed" },
          { value: "71", label: "71 licensed" },
          { value: "72", label: "72 licensed by rule" },
        ],
      },
      { name: "wireless_down", label: "Fixed wireless, Mbit/s down", type: "number", props: { min: 1 } },
      { name: "wireless_up", label: "Fixed wireless, Mbit/s up", type: "number", props: { min: 1 } },
    ],
    /** @param {Record<string, any>} given */
    read: (given) =>
      withoutBlanks({ provider_id: given.provider_id, brand_name: given.brand_name, as_of: given.as_of, offers: offersOf(given) }),
  },
  map: {
    fields: [
      { name: "title", label: "Title", value: "Coverage", required: true },
      { name: "here", label: "Only what the map shows now", type: "checkbox", value: true },
    ],
    /** @param {Record<string, any>} given @param {Context} ctx */
    read: (given, ctx) => ({ title: given.title, ...(given.here ? windowOf(ctx) : {}) }),
  },
};

const REASONS = {
  building_of_listed_units: "buildings whose units are listed",
  customer: "customers",
  drop_over_limit: "drop over the limit",
  held: "on hold",
  mailable: "on the mailing list itself",
  network_not_ready: "network not ready on the date",
  no_fabric_location: "no Fabric location",
  not_live_yet: "not live yet on the date",
  not_serviceable: "not sold to",
  opted_out: "asked for no mail",
  out_of_coverage: "out of coverage",
  pre_build: "pre-build",
  same_location: "same location as another row",
  source_not_permitted: "source does not permit it",
  technology_not_advertised: "technology not advertised",
  unknown: "no usable position",
  unmailable: "mail would not arrive",
};

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "exports",
  title: "Exports",
  icon: "export",
  scope: "read",
  group: "work",
  mount(root, ctx) {
    const lists = makeTurns();
    const filters = h("span", null, filtersSaid(ctx));
    const wish = h("section", { class: "section" });
    const list = h("section", { class: "section", "aria-live": "polite" });
    root.append(wish, list);
    let chosen = ctx.view.get("item") ?? "addresses";

    /** @param {Kind[]} kinds */
    function askFor(kinds) {
      const kind = kinds.find((one) => one.what === chosen) ?? kinds[0];
      const choice = h(
        "select",
        { class: "input", id: "export-kind", onchange: (/** @type {Event} */ event) => choose(/** @type {HTMLSelectElement} */ (event.target).value) },
        kinds.map((one) => h("option", { value: one.what, selected: one.what === kind.what }, one.says)),
      );
      const more = OPTIONS[/** @type {keyof typeof OPTIONS} */ (kind.what)];
      const fields = [
        ...(kind.formats.length > 1 ? [{ name: "format", label: "Format", type: "select", options: kind.formats.map(formatOf) }] : []),
        { name: "all", label: "Every address, filters aside", type: "checkbox", value: false, hint: filters },
        ...(more?.fields ?? []),
      ];
      replace(
        wish,
        h("h3", null, "New export"),
        h("div", { class: "field" }, h("label", { for: "export-kind" }, "What to export"), choice),
        ctx.ui.form(/** @type {any} */ (fields), { label: "Make the file", submit: (given) => make(kind, given) }),
      );

      /** @param {string} what */
      function choose(what) {
        chosen = what;
        ctx.view.set({ item: what }, { replace: true });
        askFor(kinds);
        document.getElementById("export-kind")?.focus();
      }
    }

    /**
     * @param {Kind} kind
     * @param {Record<string, any>} given
     */
    async function make(kind, given) {
      const options = OPTIONS[/** @type {keyof typeof OPTIONS} */ (kind.what)]?.read(given, ctx) ?? {};
      const selection = given.all ? undefined : ctx.view.selection();
      const asked = await ctx.api.post("/v1/exports", { what: kind.what, format: given.format || kind.formats[0], options, selection });
      await again();
      const done = await ctx.api.wait(`/v1/exports/${asked.id}`).finally(again);
      ctx.ui.toast(`${done.file_name} is ready.`, { kind: "good" });
    }

    async function refresh() {
      const { kinds, exports } = await ctx.api.get("/v1/exports", undefined, { signal: lists.next() });
      replace(list, h("h3", null, "Your files"), exports.length ? exports.map(card) : nothingYet(ctx));
      return kinds;
    }

    const again = () => refresh().catch(() => {}); // the next one lists them

    /** @param {Made} made */
    function card(made) {
      return h(
        "article",
        { class: "file-card", "data-state": made.state },
        h(
          "div",
          { class: "row spread" },
          h("strong", null, made.file_name),
          made.file
            ? h("a", { class: "button small primary", href: made.file, download: made.file_name }, "Save")
            : h("span", { class: "small quiet" }, { queued: "waiting", running: "being made", failed: "failed" }[made.state] ?? made.state),
        ),
        made.rows !== null && h("p", { class: "small quiet" }, `${made.rows.toLocaleString("en-US")} rows, ${sizeOf(made.bytes)}, kept until ${timeOf(made.expires_at)}`),
        leftOut(ctx, made),
        made.error && h("p", { class: "notice bad", role: "alert" }, `${made.error.detail} ${made.error.hint}`),
      );
    }

    ctx.begin(async () => askFor(await refresh()));
    // What is being filled in stays; only what the filters let through is said anew.
    const unfollow = ctx.view.on("*", (_, name) => name.startsWith("filter.") && replace(filters, filtersSaid(ctx)));
    return () => {
      unfollow();
      lists.end();
    };
  },
};

/** @param {Context} ctx */
function nothingYet(ctx) {
  return ctx.ui.empty({ title: "No files yet", body: "Files that you make are kept here for an hour, and only for you." });
}

/**
 * @param {Context} ctx
 * @param {Made} made
 */
function leftOut(ctx, made) {
  const reasons = Object.entries(made.left_out).map(([reason, count]) => ({
    reason: REASONS[/** @type {keyof typeof REASONS} */ (reason)] ?? reason.replaceAll("_", " "),
    count,
  }));
  if (!reasons.length) return null;
  return h(
    "details",
    null,
    h("summary", null, `${reasons.reduce((sum, { count }) => sum + count, 0).toLocaleString("en-US")} left out`),
    ctx.ui.table({
      caption: `What ${made.file_name} leaves out`,
      columns: [
        { key: "reason", label: "Because" },
        { key: "count", label: "How many", number: true },
      ],
      rows: reasons,
    }),
  );
}

/** @param {Context} ctx */
function filtersSaid(ctx) {
  const names = Object.keys(ctx.view.selection());
  return names.length ? `Without this, only what the filters let through: ${names.join(", ")}.` : "No filter is set now.";
}

/** @param {Context} ctx */
function windowOf({ map }) {
  const bounds = map.gl.getBounds();
  return { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
}

/** @param {Record<string, any>} given */
function offersOf(given) {
  /** @type {Record<string, any>} */
  const offers = {};
  if (given.fiber_down && given.fiber_up) offers.fiber = { code: 50, down_mbps: given.fiber_down, up_mbps: given.fiber_up };
  if (given.wireless_code) {
    offers.fixed_wireless = { code: Number(given.wireless_code), down_mbps: given.wireless_down ?? 0, up_mbps: given.wireless_up ?? 0 };
  }
  return offers;
}

/** @param {Record<string, any>} given */
function withoutBlanks(given) {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined && value !== ""));
}

/** @param {string} suffix */
function formatOf(suffix) {
  const titles = /** @type {Record<string, string>} */ ({
    ".csv": "CSV, for spreadsheets",
    ".geojson": "GeoJSON",
    ".kmz": "KMZ, for Google Earth",
    ".kml": "KML",
    ".gpkg": "GeoPackage, for GIS",
    ".parquet": "GeoParquet",
    ".fgb": "FlatGeobuf",
  });
  return { value: suffix, label: titles[suffix] ?? suffix };
}

/** @param {number} bytes */
function sizeOf(bytes) {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1_000)).toLocaleString("en-US")} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** @param {string} at */
function timeOf(at) {
  return new Date(at).toLocaleTimeString("en-US", { hour: "numeric", minute: "2-digit" });
}
