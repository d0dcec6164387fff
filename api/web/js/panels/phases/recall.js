/** What can still be called off: the latest plan version, and the time that is left before notices and charges leave. */

import { h, replace } from "../../core/dom.js";

const SECOND_MS = 1_000;

/**
 * @param {import("../../types.js").Ctx} ctx
 * @param {() => Promise<void>} changed
 */
export function recallBox({ api, ui, session }, changed) {
  const element = h("div", { role: "region", "aria-label": "Recall" });
  const left = h("span", { class: "figures", role: "timer" });
  let timer = 0;

  const stop = () => clearInterval(timer);

  /** @param {any} told what `GET /v1/phases` says */
  function show(told) {
    stop();
    const [latest] = told.windows.filter((/** @type {any} */ one) => one.can_undo && one.kind === "phase");
    if (!latest) return void replace(element);
    // By the server's clock: the one of this machine may be minutes off.
    const behind = Date.now() - new Date(told.now).getTime();
    const ends = new Date(latest.ends_at).getTime() + behind;
    replace(
      element,
      ui.notice(
        "info",
        h("p", null, h("strong", null, `Version ${latest.version}: ${latest.label}`)),
        h("p", null, "Notices and charges leave in ", left, ". Until then a recall takes it back and nobody hears of it."),
        session.may("plan") && ui.button("Recall", () => recall(latest), { icon: "undo", small: true }),
      ),
    );
    const tick = () => {
      const rest = Math.max(0, Math.ceil((ends - Date.now()) / SECOND_MS));
      left.textContent = `${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, "0")}`;
      if (rest > 0) return;
      stop();
      replace(element);
    };
    tick();
    timer = window.setInterval(tick, SECOND_MS);
  }

  /** @param {any} version */
  async function recall(version) {
    const sure = await ui.confirm({
      title: `Recall version ${version.version}?`,
      body: [h("p", null, version.label), h("p", { class: "quiet" }, "A new version restores what held before. Its notices and charges never leave.")],
      action: "Recall it",
    });
    if (!sure) return;
    try {
      const done = await api.post(`/v1/plan-versions/${version.version}:undo`, {});
      ui.toast(`Version ${done.undone} is taken back; the plan is at version ${done.plan_version}.`, { kind: "good" });
      await changed();
    } catch (problem) {
      ui.toast(/** @type {Error} */ (problem).message, { kind: "bad" });
    }
  }

  return { element, show, stop };
}
