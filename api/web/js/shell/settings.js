/** The settings of everybody's map, as they were when the page was loaded. */

import { api } from "../core/api.js";
import { units } from "../core/units.js";

export const settings = {
  title: "",
  /** @type {import("../map/imagery.js").Imagery[]} */
  imagery: [],
  public_viewer: false,
};

/** Read them. */
export async function readSettings() {
  const { units: system, ...told } = await api.get("/v1/settings/map");
  Object.assign(settings, told);
  units.system = system === "metric" ? "metres" : "feet";
}
