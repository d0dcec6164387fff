/** Printing: the map as it is, with what it is of. */

import { h } from "../core/dom.js";
import { active } from "../core/filters.js";
import { api } from "../core/api.js";
import { map } from "../map/index.js";
import { settings } from "./settings.js";

/** Print the map, titled with what it shows: filters, date, and the version of the plan. */
export async function print() {
  const { plan_version: version } = await api.get("/v1/legend", { bbox: map.bbox().map((edge) => edge.toFixed(6)) });
  const filters = active().map(({ says }) => says);
  const title = h(
    "header",
    { class: "print-title" },
    h("h1", null, settings.title || "Coverage"),
    h("p", null, [`Plan version ${version}`, new Date().toLocaleDateString("en-US", { dateStyle: "long" }), ...filters].join(" · ")),
  );
  document.body.prepend(title);
  try {
    window.print();
  } finally {
    title.remove();
  }
}
