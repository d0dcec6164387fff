/** People: invited by a link, given roles, reset, signed out, disabled. */

import { h, replace } from "../../core/dom.js";
import { attempt, fill, showOnce, tag, whole } from "./shared.js";

/** @typedef {import("../../types.js").Ctx} Ctx */

const ROLES = [
  { id: "planner", label: "Planner", hint: "Changes the plan." },
  { id: "sales", label: "Sales", hint: "Looks, and reports what is missing." },
  { id: "csr", label: "Customer service", hint: "Looks, and reports what is missing." },
  { id: "dispatcher", label: "Dispatcher", hint: "Looks." },
  { id: "technician", label: "Technician", hint: "Looks, and reports what is missing." },
  { id: "finance", label: "Finance", hint: "Looks." },
  { id: "provider", label: "Provider", hint: "Sells over this network, and sees what the public may." },
  { id: "admin", label: "Administrator", hint: "Everything, this page included." },
];

/**
 * @param {HTMLElement} root
 * @param {Ctx} ctx
 */
export function people(root, ctx) {
  const { api, ui, units } = ctx;
  const list = h("div", { class: "stack", "aria-live": "polite" });
  const adding = h("div", { class: "stack" });
  root.append(adding, list);
  offer();
  load();

  function offer() {
    replace(adding, h("div", { class: "row wrap" }, ui.button("Invite a person", invite, { icon: "users", kind: "primary" })));
  }

  function invite() {
    const form = ui.form(
      [{ name: "name", label: "Name to sign in with", required: true, hint: "Without spaces.", props: { maxlength: 100, autocomplete: "off" } }, ...roleFields([])],
      {
        label: "Make the invitation",
        cancel: offer,
        async submit(given) {
          const told = await api.post("/v1/users:invite", { name: given.name, roles: rolesOf(given) });
          offer();
          await load();
          await showOnce(ctx, {
            title: `Invitation for ${told.name}`,
            about: "Send them this link. It signs them in once, within three days, and is not shown again.",
            secret: whole(told.path),
          });
        },
      },
    );
    replace(adding, h("h3", null, "Invite a person"), form);
    form.querySelector("input")?.focus();
  }

  function load() {
    return fill(list, ctx, async () => {
      const { users } = await api.get("/v1/users");
      return ui.table({
        caption: "People",
        columns: [
          { key: "name", label: "Name" },
          { key: "roles", label: "Roles", cell: (row) => row.roles.map(labelOf).join(", "), sort: (row) => row.roles.join() },
          { key: "disabled_at", label: "State", cell: stateOf, sort: (row) => (row.disabled_at ? 2 : row.has_password ? 0 : 1) },
          { key: "last_seen_at", label: "Last seen", cell: (row) => units.time(row.last_seen_at) },
        ],
        rows: users,
        onRow: show,
      });
    });
  }

  /** @param {any} person */
  async function show(person) {
    const own = person.name === ctx.session.user?.name;
    const done = await ui.dialog(person.name, (close) => [
      h(
        "dl",
        { class: "facts" },
        ...fact("State", stateOf(person)),
        ...fact("Added", units.time(person.created_at)),
        ...fact("Last seen", units.time(person.last_seen_at)),
        ...fact("Signed in", units.count(person.sessions, "session")),
      ),
      own
        ? ui.notice("info", "This is your own account. Another administrator changes its roles.")
        : ui.form(roleFields(person.roles), { label: "Save roles", submit: async (given) => close(await change(() => api.put(at(person, "roles"), { roles: rolesOf(given) }), "The roles are changed.")) }),
      h(
        "div",
        { class: "row wrap" },
        ui.button("New sign-in link", () => close({ link: "sign-in-link" }), { small: true }),
        ui.button("Reset password", () => close({ ask: "reset" }), { small: true }),
        person.sessions > 0 && ui.button("Sign out everywhere", () => close({ run: "end-sessions" }), { small: true }),
        !own && (person.disabled_at ? ui.button("Let in again", () => close({ run: "enable" }), { small: true }) : ui.button("Disable", () => close({ ask: "disable" }), { small: true, kind: "danger" })),
        ui.button("Close", () => close(null), { small: true, kind: "plain" }),
      ),
    ]);
    if (done) await attempt(ctx, () => follow(person, done));
    await load();
  }

  /**
   * @param {any} person
   * @param {{link?: string, ask?: string, run?: string}} wish
   */
  async function follow(person, wish) {
    const asked = wish.ask && (await ui.confirm(QUESTIONS[/** @type {"reset" | "disable"} */ (wish.ask)](person.name)));
    if (wish.ask && !asked) return;
    const verb = wish.link ?? wish.ask ?? wish.run;
    if (!verb) return;
    const told = await api.post(at(person, verb));
    if (!told?.path) return void ui.toast(`Done: ${person.name}.`, { kind: "good" });
    await showOnce(ctx, {
      title: `Sign-in link for ${person.name}`,
      about: "It signs them in once, within an hour, and is not shown again.",
      secret: whole(told.path),
    });
  }

  /**
   * @param {() => Promise<any>} work
   * @param {string} said
   */
  async function change(work, said) {
    await work();
    ui.toast(said, { kind: "good" });
    return null;
  }
}

/** @type {Record<"reset" | "disable", (name: string) => {title: string, body: string, action: string, danger: boolean}>} */
const QUESTIONS = {
  reset: (name) => ({ title: `Reset the password of ${name}?`, body: "Their password is taken away and whatever they have open ends. You get a link for them.", action: "Reset", danger: true }),
  disable: (name) => ({ title: `Disable ${name}?`, body: "They are let in no more, and whatever they have open ends. What they did stays on record.", action: "Disable", danger: true }),
};

/**
 * @param {any} person
 * @param {string} verb
 */
function at(person, verb) {
  return `/v1/users/${encodeURIComponent(person.name)}/${verb}`;
}

/** @param {string[]} chosen */
function roleFields(chosen) {
  return ROLES.map(({ id, label, hint }) => ({ name: id, label, hint, type: /** @type {const} */ ("checkbox"), value: chosen.includes(id) }));
}

/** @param {Record<string, any>} given */
function rolesOf(given) {
  return ROLES.map(({ id }) => id).filter((id) => given[id]);
}

/** @param {string} role */
function labelOf(role) {
  return ROLES.find(({ id }) => id === role)?.label ?? role;
}

/** @param {any} person */
function stateOf(person) {
  if (person.disabled_at) return tag("Disabled", "bad");
  return person.has_password ? tag("Active", "good") : tag("Invited", "warn");
}

/**
 * @param {string} name
 * @param {any} value
 */
function fact(name, value) {
  return [h("dt", null, name), h("dd", null, value)];
}
