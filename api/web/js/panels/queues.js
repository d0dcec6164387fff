/** What waits for somebody who sells: a queue in each tab, with how many wait there. */

import { h, replace } from "../core/dom.js";
import { isLetGo, makeTurns } from "../core/wanted.js";
import { makeQueue } from "./queues/queue.js";
import { QUEUES } from "./queues/words.js";

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "queues",
  title: "Queues",
  icon: "queue",
  scope: "sell",
  group: "sell",
  wide: true,
  mount(root, ctx) {
    const { api, map, ui, view } = ctx;
    const place = h("div", { class: "stack" });
    const turns = makeTurns();
    const chosen = () => QUEUES.find(({ id }) => id === view.get("item")) ?? QUEUES[0];
    const shown = makeQueue(ctx, () => again());

    /** Count anew, and show what is chosen. */
    async function load() {
      const { queues } = await api.get("/v1/desk/queues", undefined, { signal: turns.next() });
      const counts = new Map(queues.map((/** @type {any} */ one) => [one.queue, one.count]));
      const heads = ui.tabs(QUEUES.map(({ id, label }) => ({ id, label: `${label} (${counts.get(id) ?? 0})`, content: () => shown.element })), {
        chosen: chosen().id,
        label: "Queues",
        onChange: (id) => view.set({ item: id }, { replace: true }),
      });
      replace(place, heads);
      await shown.load(chosen());
    }

    const again = () => void load().catch((problem) => isLetGo(problem) || replace(place, ui.problemBox(problem)));

    root.append(place);
    again();
    const stops = [view.on("item", () => view.get("panel") === "queues" && void shown.load(chosen())), map.onRefresh(again)];
    return () => {
      for (const stop of stops) stop();
    };
  },
};
