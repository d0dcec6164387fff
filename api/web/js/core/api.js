/** Asking the server: JSON in and out, problems as exceptions, a sign-in in between when the session is over. */

/**
 * @typedef {object} Told
 * @property {number} [status]
 * @property {string} [code]
 * @property {string} [title]
 * @property {string} [detail]
 * @property {string} [hint]
 * @property {Record<string, any>} [more] everything else that the server said of it
 */

/** A failure as the server tells it (RFC 9457), or one of the way to it, with status 0. */
export class Problem extends Error {
  /** @param {Told} told */
  constructor(told) {
    super(told.detail || told.title || "The server could not answer.");
    this.name = "Problem";
    this.status = told.status ?? 0;
    this.code = told.code ?? "unknown";
    this.title = told.title ?? "";
    this.detail = told.detail ?? this.message;
    this.hint = told.hint ?? "";
    this.more = told.more ?? {};
  }
}

/**
 * @typedef {object} Options
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 */

/** What the session sets: its token, and how to sign in again. */
const session = {
  /** @type {string | null} */
  csrfToken: null,
  /** @type {RequestCredentials} */
  credentials: "same-origin",
  /** @type {(() => Promise<boolean>) | null} */
  signInAgain: null,
};

/**
 * Take the token of a session.
 * @param {string | null} csrfToken
 */
export function useToken(csrfToken) {
  session.csrfToken = csrfToken;
}

/**
 * Say whether requests carry the session; a page for whoever comes leaves it out.
 * @param {RequestCredentials} credentials
 */
export function useCredentials(credentials) {
  session.credentials = credentials;
}

/**
 * Say how a person signs in again; it answers whether they did.
 * @param {() => Promise<boolean>} signIn
 */
export function onSessionOver(signIn) {
  session.signInAgain = signIn;
}

export const api = {
  /**
   * @param {string} path
   * @param {Record<string, any>} [params] those that are null, undefined or "" are left out
   * @param {Options} [options]
   * @returns {Promise<any>}
   */
  get: (path, params, options) => ask("GET", withParams(path, params), undefined, options),
  /**
   * @param {string} path
   * @param {any} [body]
   * @param {Options} [options]
   * @returns {Promise<any>}
   */
  post: (path, body, options) => ask("POST", path, body, options),
  /**
   * @param {string} path
   * @param {any} [body]
   * @param {Options} [options]
   * @returns {Promise<any>}
   */
  put: (path, body, options) => ask("PUT", path, body, options),
  /**
   * @param {string} path
   * @param {any} [body]
   * @param {Options} [options]
   * @returns {Promise<any>}
   */
  patch: (path, body, options) => ask("PATCH", path, body, options),
  /**
   * @param {string} path
   * @param {Options} [options]
   * @returns {Promise<any>}
   */
  del: (path, options) => ask("DELETE", path, undefined, options),
  upload,
  wait,
  withParams,
};

/**
 * Return a path with a query string.
 * @param {string} path
 * @param {Record<string, any>} [params]
 */
function withParams(path, params = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined || value === "") continue;
    query.set(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {any} body
 * @param {Options} [options]
 * @param {boolean} [again]
 * @returns {Promise<any>}
 */
async function ask(method, path, body, options = {}, again = false) {
  const headers = new Headers(options.headers);
  if (body !== undefined) headers.set("content-type", "application/json");
  if (session.csrfToken) headers.set("x-csrf-token", session.csrfToken);
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: options.signal,
      credentials: session.credentials,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw unreachable();
  }
  if (response.status === 401 && !again && (await signInAgain())) return ask(method, path, body, options, true);
  if (!response.ok) throw problemOf(response.status, await response.text());
  if (response.status === 204) return null;
  const kind = response.headers.get("content-type") ?? "";
  return kind.includes("json") ? response.json() : response.blob();
}

/** @returns {Promise<boolean>} */
async function signInAgain() {
  return session.signInAgain ? session.signInAgain() : false;
}

/**
 * Send a form with files, telling how far it is.
 * @param {string} path
 * @param {FormData} form
 * @param {Options & {onProgress?: (share: number) => void, method?: string}} [options]
 * @returns {Promise<any>}
 */
async function upload(path, form, options = {}) {
  const { status, text } = await send(path, form, options);
  if (status === 401 && (await signInAgain())) return finished(await send(path, form, options));
  return finished({ status, text });
}

/** @param {{status: number, text: string}} answer */
function finished({ status, text }) {
  if (status < 200 || status > 299) throw problemOf(status, text);
  return text ? JSON.parse(text) : null;
}

/**
 * @param {string} path
 * @param {FormData} form
 * @param {Options & {onProgress?: (share: number) => void, method?: string}} options
 * @returns {Promise<{status: number, text: string}>}
 */
function send(path, form, options) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(options.method ?? "POST", path);
    if (session.csrfToken) request.setRequestHeader("x-csrf-token", session.csrfToken);
    for (const [name, value] of Object.entries(options.headers ?? {})) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => options.onProgress?.(event.total ? event.loaded / event.total : 0);
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException("Stopped.", "AbortError"));
    options.signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}

const RESTS_MS = [150, 250, 400, 700, 1_000];

/**
 * Ask for long work until it is queued and running no more, and return its last answer; `failed` rejects.
 * @param {string} path
 * @param {{onProgress?: (work: any) => void, signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 */
async function wait(path, { onProgress, signal } = {}) {
  for (let turn = 0; ; turn += 1) {
    const work = await api.get(path, undefined, { signal });
    onProgress?.(work);
    if (work.state === "failed") throw new Problem({ status: 200, ...work.error, more: { work } });
    if (work.state !== "queued" && work.state !== "running") return work;
    await rest(RESTS_MS[Math.min(turn, RESTS_MS.length - 1)], signal);
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
function rest(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("Stopped.", "AbortError"));
    });
  });
}

/**
 * @param {number} status
 * @param {string} text
 */
function problemOf(status, text) {
  try {
    const { title, detail, code, hint, ...more } = JSON.parse(text);
    return new Problem({ status, title, detail, code, hint, more });
  } catch {
    return new Problem({ status, detail: `The server answered ${status}.`, hint: "Try again." });
  }
}

function unreachable() {
  return new Problem({
    code: "unreachable",
    title: "No answer",
    detail: "The server cannot be reached.",
    hint: "Nothing that was saved is lost. See whether it is running, then try again.",
  });
}
