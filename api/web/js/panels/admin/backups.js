/** Backups: made, proved by restoring them, fetched; when they are made by themselves; and what the doctor finds. */

import { h, replace } from "../../core/dom.js";
import { attempt, fill, tag } from "./shared.js";

const ASK_AGAIN_MS = 1_000;
const SCHEDULES = [
  { value: "", label: "Only when somebody asks" },
  { value: "daily at 03:00", label: "Every day at 03:00 UTC" },
  { value: "every 12 hours", label: "Every 12 hours" },
  { value: "every 6 hours", label: "Every 6 hours" },
  { value: "every hour", label: "Every hour" },
];

/**
 * @param {HTMLElement} root
 * @param {import("../../types.js").Ctx} ctx
 */
export function backups(root, ctx) {
  const { api, ui, units } = ctx;
  const list = h("div", { class: "stack", "aria-live": "polite" });
  const byThemselves = h("section", { class: "section" });
  const health = h("section", { class: "section" });
  let timer = 0;
  let left = false;
  root.append(list, byThemselves, health);
  load();
  offerDoctor();

  async function load() {
    clearTimeout(timer);
    await fill(list, ctx, async () => {
      const told = await api.get("/v1/backups");
      if (!byThemselves.children.length) offerSchedule(told.schedule); // once: while a backup is made the list is read each second
      return page(told);
    });
  }

  /** @param {any} told */
  function page(told) {
    const running = told.doing?.state === "running";
    if (running && !left) timer = window.setTimeout(load, ASK_AGAIN_MS);
    return [
      h(
        "section",
        { class: "section" },
        h("div", { class: "row wrap" }, ui.button("Back up now", () => attempt(ctx, make), { kind: "primary", props: { disabled: running } })),
        told.doing && doing(told.doing),
        told.backups.length
          ? table(told.backups, running)
          : ui.empty({ title: "No backups yet", body: "A backup is a copy of everything, read back and compared. Work goes on meanwhile." }),
        h("p", { class: "small quiet" }, `The last ${told.most_kept} are kept, on the server's machine in ${told.folder}. Fetch one now and then to another machine.`),
      ),
    ];
  }

  /** @param {any} now */
  function doing(now) {
    if (now.state === "failed") return ui.notice("bad", `${now.error.detail} ${now.error.hint}`);
    const bar = ui.progress();
    bar.update({ doing: now.what === "make" ? "Copying and reading back" : `Restoring ${now.name} on trial` });
    return bar.element;
  }

  /**
   * @param {any[]} rows
   * @param {boolean} running
   */
  function table(rows, running) {
    return ui.table({
      caption: "Backups, newest first",
      columns: [
        { key: "name", label: "Made", cell: (row) => h("span", null, units.time(row.made_at_utc), h("br", null), h("span", { class: "small quiet" }, ageOf(row.made_at_utc))) },
        { key: "bytes", label: "Size", number: true, cell: (row) => sizeOf(row.bytes) },
        { key: "proof", label: "Verified", cell: proofOf, sort: (row) => row.proof?.proved_at_utc ?? "" },
        { key: "", label: "Do", cell: (row) => deeds(row, running) },
      ],
      rows,
    });
  }

  /** @param {any} row */
  function proofOf(row) {
    if (!row.proof) return tag("Read back");
    return row.proof.problem ? h("span", null, tag("Damaged", "bad"), h("br", null), h("span", { class: "small" }, row.proof.problem)) : tag(`Restored ${units.date(row.proof.proved_at_utc)}`, "good");
  }

  /**
   * @param {any} row
   * @param {boolean} running
   */
  function deeds(row, running) {
    const when = units.time(row.made_at_utc);
    return h(
      "div",
      { class: "row" },
      ui.button("Verify", () => attempt(ctx, () => begin(`/v1/backups/${row.name}:verify`)), { small: true, props: { disabled: running, "aria-label": `Verify the backup of ${when}` } }),
      h("a", { class: "button small", href: `/v1/backups/${row.name}/file`, download: `${row.name}.tar`, "aria-label": `Fetch the backup of ${when}` }, "Fetch"),
      ui.button(`Remove the backup of ${when}`, () => attempt(ctx, () => remove(row)), { small: true, kind: "plain", icon: "trash", hideLabel: true }),
    );
  }

  const make = () => begin("/v1/backups");

  /** @param {string} path */
  async function begin(path) {
    await api.post(path);
    await load();
  }

  /** @param {any} row */
  async function remove(row) {
    if (!(await ui.confirm({ title: `Remove the backup of ${units.time(row.made_at_utc)}?`, body: "It is gone for good.", action: "Remove", danger: true }))) return;
    await api.del(`/v1/backups/${row.name}`);
    await load();
  }

  /** @param {string | null} now */
  function offerSchedule(now) {
    const options = SCHEDULES.some(({ value }) => value === (now ?? "")) ? SCHEDULES : [...SCHEDULES, { value: /** @type {string} */ (now), label: /** @type {string} */ (now) }];
    replace(
      byThemselves,
      h("h3", null, "By themselves"),
      ui.form([{ name: "schedule", label: "Make a backup", type: "select", value: now ?? "", options }], {
        label: "Save",
        async submit(given) {
          await api.put("/v1/backups:schedule", { schedule: given.schedule || null });
          ui.toast("Saved.", { kind: "good" });
        },
      }),
    );
  }

  function offerDoctor() {
    replace(
      health,
      h("h3", null, "Health of the database"),
      h("p", { class: "quiet" }, "Reads every row and checks integrity, references, indexes and waiting events."),
      h("div", { class: "row wrap" }, ui.button("Check now", examine)),
    );
  }

  async function examine() {
    const place = h("div", { class: "stack", "aria-live": "polite" }, h("p", { role: "status" }, "Reading every row…"));
    replace(health, h("h3", null, "Health of the database"), place);
    await fill(place, ctx, async () => {
      const { findings } = await api.get("/v1/doctor");
      const again = h("div", { class: "row wrap" }, ui.button("Check again", examine));
      if (!findings.length) return [ui.notice("good", "All is well."), again];
      return [...findings.map((/** @type {any} */ found) => ui.notice(found.severity === "error" ? "bad" : "warn", h("strong", null, found.message), " ", found.hint)), again];
    });
  }

  return () => {
    left = true;
    clearTimeout(timer);
  };
}

/** @param {number} bytes */
function sizeOf(bytes) {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1_000)).toLocaleString("en-US")} kB` : `${(bytes / 1_000_000).toLocaleString("en-US", { maximumFractionDigits: 1 })} MB`;
}

/** @param {string} at */
function ageOf(at) {
  const hours = Math.floor((Date.now() - new Date(at).getTime()) / 3_600_000);
  if (hours < 1) return "within the hour";
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`;
}
