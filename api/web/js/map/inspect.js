/** What a click on the map means, and the coordinates under the pointer. */

import { view } from "../core/view.js";

const CLICKED = ["address-points", "address-groups", "network-points", "area-fill", "area-hatch"];
const TOLERANCE_PX = 4;
const CLOSER = 2;

/**
 * Begin to answer clicks: an address opens its card, an area its panel, a group is gone into.
 * @param {import("maplibre-gl").Map} gl
 */
export function answerClicks(gl) {
  gl.on("click", (event) => {
    if (isTaken(gl)) return;
    const found = under(gl, event.point);
    if (!found) return;
    if (found.layer.id === "address-groups") {
      gl.easeTo({ center: event.lngLat, zoom: gl.getZoom() + CLOSER, duration: 250 });
    } else if (found.layer.id === "address-points") {
      view.set({ panel: "card", item: found.id });
    } else if (found.layer.id.startsWith("area-")) {
      view.set({ panel: "areas", item: found.id });
    }
  });
  gl.on("mousemove", (event) => {
    gl.getCanvas().classList.toggle("over", !isTaken(gl) && Boolean(under(gl, event.point)));
  });
}

/** @param {import("maplibre-gl").Map} gl */
function isTaken(gl) {
  return Boolean(document.body.dataset.drawing) || gl.getCanvas().classList.contains("picking");
}

/**
 * @param {import("maplibre-gl").Map} gl
 * @param {import("maplibre-gl").Point} point
 */
function under(gl, point) {
  const layers = CLICKED.filter((layer) => gl.getLayer(layer));
  const { x, y } = point;
  const [found] = gl.queryRenderedFeatures([[x - TOLERANCE_PX, y - TOLERANCE_PX], [x + TOLERANCE_PX, y + TOLERANCE_PX]], { layers });
  return found;
}
