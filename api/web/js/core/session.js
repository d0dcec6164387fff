/** Who is signed in, and the dialog that signs in again when a session has run out in the middle of something. */

import { api, onSessionOver, Problem, useToken } from "./api.js";
import { h } from "./dom.js";
import { dialog, form, toast } from "./ui.js";

/**
 * @typedef {object} User
 * @property {string} id
 * @property {string} name
 * @property {string[]} scopes
 */

export const session = {
  /** @type {User | null} */
  user: null,

  /**
   * Whether the person may do what needs a scope: `read`, `sell`, `plan`, `admin`.
   * @param {string} scope
   */
  may: (scope) => session.user?.scopes.includes(scope) ?? false,

  /** Whether nobody is signed in, but the public may look. */
  get isVisitor() {
    return session.user?.id.startsWith("visitor:") ?? false;
  },

  /** Take up a session that the browser still has, or look as the public may; answers whether either can be. */
  async resume() {
    const response = await fetch("/v1/session", { credentials: "same-origin" });
    if (response.status === 401) return false;
    if (!response.ok) throw new Problem({ status: response.status, detail: "The server is not ready." });
    take(await response.json());
    return true;
  },

  /**
   * Sign in with the token of a link.
   * @param {string} token
   */
  async signInByLink(token) {
    const response = await ask("POST", "/v1/session:link", { token });
    const told = await response.json();
    if (response.ok) take(told);
    return response.ok;
  },

  /**
   * Choose another password of one's own.
   * @param {string} current
   * @param {string} password
   */
  async changePassword(current, password) {
    take(await api.put("/v1/session/password", { current, password }));
  },

  /**
   * @param {string} name
   * @param {string} password
   */
  async signIn(name, password) {
    const response = await ask("POST", "/v1/session", { name, password });
    const told = await response.json();
    if (!response.ok) throw new Problem({ status: response.status, ...told, detail: wording(response.status, told) });
    take(told);
  },

  /** End the session, and begin anew with the sign-in. */
  async signOut() {
    await api.del("/v1/session");
    location.reload();
  },
};

/**
 * Ask without what `api` does around it: there is no session yet.
 * @param {string} method
 * @param {string} path
 * @param {any} body
 */
function ask(method, path, body) {
  const headers = { "content-type": "application/json" };
  return fetch(path, { method, credentials: "same-origin", headers, body: JSON.stringify(body) });
}

/** @param {any} told */
function take({ id, name, scopes, csrf_token }) {
  session.user = { id, name, scopes };
  useToken(csrf_token);
}

/** Open a dialog to choose a password. */
export function choosePassword() {
  return dialog("Choose a password", (close) => [
    h("p", { class: "quiet" }, "Twelve characters or more; a few unrelated words are easy to remember. Whatever else you have open is signed out."),
    form(
      [
        { name: "current", label: "Current password", type: "password", hint: "Leave it empty if you have none yet.", props: { autocomplete: "current-password" } },
        { name: "password", label: "New password", type: "password", required: true, props: { autocomplete: "new-password", minlength: 12 } },
      ],
      {
        label: "Set password",
        cancel: () => close(false),
        submit: async ({ current, password }) => {
          await session.changePassword(current, password);
          close(true);
          toast("Your password is set.", { kind: "good" });
        },
      },
    ),
  ]);
}

/**
 * @param {number} status
 * @param {any} told
 */
function wording(status, told) {
  return status === 401 ? "The name or the password is not right." : told.detail;
}

/**
 * The fields of a sign-in.
 * @param {() => unknown} done
 */
export function signInForm(done) {
  return form(
    [
      { name: "name", label: "Name", required: true, props: { autocomplete: "username", autofocus: true, autocapitalize: "none", spellcheck: "false" } },
      { name: "password", label: "Password", type: "password", required: true, props: { autocomplete: "current-password" } },
    ],
    {
      label: "Sign in",
      submit: async ({ name, password }) => {
        await session.signIn(name, password);
        done();
      },
    },
  );
}

/** @type {Promise<boolean> | null} */
let asking = null;

onSessionOver(() => {
  if (session.isVisitor) return Promise.resolve(false);
  asking ??= dialog(
    "Sign in to go on",
    (close) => [h("p", { class: "quiet" }, "Your session has run out. What you were doing is kept and goes on after you sign in."), signInForm(() => close(true))],
    { firm: true },
  ).then((answer) => {
    asking = null;
    return answer === true;
  });
  return asking;
});
