/* Draws a coverage map with Leaflet 1.9.4. Every word of the data is set as text, never as HTML. */
"use strict";

/**
 * @param {string} id  the map's element
 * @param {object} data  what fibermap.maps gathered
 * @returns {L.Map}
 */
function coverageMap(id, data) {
  const looks = data.looks.classes;
  const map = L.map(id, { minZoom: 2, maxZoom: 20, zoomSnap: 0.25 });
  map.attributionControl.setPrefix(false);
  L.control.scale({ maxWidth: 140 }).addTo(map);
  map.fitBounds(data.bounds, { padding: [14, 14], maxZoom: 17 });

  // One pane a layer, each with its own SVG: what lies above stays above when layers are switched off and on.
  const panes = ["areas", "gaps", "routes", "terminals", "addresses"];
  const renderers = {};
  panes.forEach((name, place) => {
    map.createPane(name).style.zIndex = 410 + 10 * place;
    renderers[name] = L.svg({ pane: name, padding: 0.5 });
  });
  const inPane = (name, style) => ({ pane: name, renderer: renderers[name], ...style });

  // Seen from afar, markers shrink to half, so that a town does not become one blot.
  const Shape = L.CircleMarker.extend({
    _updatePath() {
      const { x, y } = this._point;
      const r = this._radius * Math.min(1, Math.max(0.5, (map.getZoom() - 8) / 7));
      const paths = {
        circle: `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
        triangle: `M${x} ${y - 1.25 * r}L${x + 1.2 * r} ${y + r}H${x - 1.2 * r}Z`,
        cross: `M${x - r} ${y - r}L${x + r} ${y + r}M${x + r} ${y - r}L${x - r} ${y + r}`,
        square: `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}Z`,
      };
      paths.ring = paths.circle;
      this._renderer._setPath(this, paths[this.options.shape]);
    },
  });

  function popup(title, facts) {
    const box = document.createElement("div");
    box.className = "fm-popup";
    box.appendChild(document.createElement("b")).textContent = title;
    const list = box.appendChild(document.createElement("dl"));
    facts.filter(([, value]) => value !== "").forEach(([label, value]) => {
      list.appendChild(document.createElement("dt")).textContent = label;
      list.appendChild(document.createElement("dd")).textContent = value;
    });
    return box;
  }

  function describe(layer, title, facts) {
    layer.fmTitle = title;
    return layer.bindPopup(() => popup(title, facts()), { maxWidth: 300, autoPanPadding: [16, 16] });
  }

  const number = (value) => value.toLocaleString("en-US");
  const named = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;

  // -- outlines ------------------------------------------------------------------------------------------------

  function path(steps) {
    const places = [];
    for (let i = 0, x = 0, y = 0; i < steps.length; i += 2) {
      x += steps[i];
      y += steps[i + 1];
      places.push([y / 1e6, x / 1e6]);
    }
    return places;
  }

  function areaStyle(item) {
    const look = looks[item.c];
    if (item.x) return { color: data.looks.exclusion, weight: 2.5, dashArray: "2 5", fillOpacity: 0.08 };
    return { color: look.line, weight: 2, dashArray: look.dash || null, fillColor: look.fill, fillOpacity: 0.22 };
  }

  const outlines = (pane, items, style) => items.map((item) => {
    const shape = L.polygon(item.g.map((part) => part.map(path)), inPane(pane, style(item)));
    shape.fmKey = item.k;
    return describe(shape, item.t, () => item.f);
  });
  const routes = data.routes.map((item) => describe(
    L.polyline(item.g.map(path), inPane("routes", { color: data.looks.network, weight: 2, opacity: 0.85 })),
    item.t, () => item.f));
  const terminals = data.terminals.flatMap((item) => item.g.map(([x, y]) => describe(
    new Shape([y, x], inPane("terminals", {
      shape: "square", radius: 4, color: data.looks.network, weight: 1.5, fillColor: "#ffffff", fillOpacity: 1,
    })), item.t, () => item.f)));

  // -- addresses -----------------------------------------------------------------------------------------------

  function marker(place, code) {
    const { shape, fill, line } = looks[code];
    const bare = shape === "cross" || shape === "ring";
    return new Shape(place, inPane("addresses", {
      shape, radius: shape === "cross" ? 4 : 6, color: line, weight: bare ? 1.5 : 0.8,
      fill: shape !== "cross", fillColor: fill, fillOpacity: 1,
    }));
  }

  // The best class is drawn last and lies on top.
  function single(points) {
    const order = points.c.map((_, i) => i).sort((i, j) => points.c[j] - points.c[i]);
    const facts = (i) => [["Class", looks[points.c[i]].name],
      ...points.labels.map((label, column) => [label, points.words[points.facts[column][i]]])];
    return order.map((i) => describe(
      marker([points.y[i], points.x[i]], points.c[i]), points.t[i], () => facts(i)));
  }

  function readLevel(level) {
    const cells = [];
    for (let i = 0, x = 0, y = 0; i < level.x.length; i += 1) {
      x += level.x[i];
      y += level.y[i];
      const counts = level.n.map((column) => column[i]);
      cells.push({ place: [y / 1e5, x / 1e5], counts, units: level.u[i], total: counts.reduce((a, b) => a + b) });
    }
    const most = cells.reduce((largest, cell) => Math.max(largest, cell.total), 1);
    return { zoom: level.zoom, cells, most };
  }

  function groupIcon(cell, code, most) {
    const { ground, line, ink, dash } = looks[code];
    const label = cell.total < 10000 ? `${cell.total}` : `${Math.round(cell.total / 1000)}k`;
    const r = Math.round(Math.max(10 + 13 * Math.sqrt(cell.total / most), 5 + 3.6 * label.length));
    return L.divIcon({
      className: "fm-cell", iconSize: [2 * r, 2 * r],
      html: `<svg aria-hidden="true" width="${2 * r}" height="${2 * r}"><circle cx="${r}" cy="${r}" r="${r - 1.5}"` +
        ` fill="${ground}" fill-opacity="0.92" stroke="${line}" stroke-width="2.5" stroke-dasharray="${dash}"/>` +
        `<text x="${r}" y="${r}" fill="${ink}">${label}</text></svg>`,
    });
  }

  function group(cell, most) {
    const code = cell.counts.indexOf(Math.max(...cell.counts));
    const title = named(cell.total, "address", "addresses");
    const shares = () => [
      ...cell.counts.map((count, i) => [looks[i].name, count, 100 * count / cell.total]).filter((row) => row[1])
        .map(([name, count, share]) => [name, `${number(count)} (${share < 1 ? "under 1" : Math.round(share)} %)`]),
      ["Units", number(cell.units)],
    ];
    if (cell.total === 1) return describe(marker(cell.place, code), title, shares);
    const words = `${title}, mostly ${looks[code].name}`;
    const circle = L.marker(cell.place, {
      pane: "addresses", icon: groupIcon(cell, code, most), title: words, alt: words, zIndexOffset: -cell.total,
    });
    return describe(circle, words, shares);
  }

  // -- layers --------------------------------------------------------------------------------------------------

  const addresses = L.layerGroup();
  const layers = {
    addresses,
    areas: L.layerGroup(outlines("areas", data.areas, areaStyle)),
    gaps: L.layerGroup(outlines("gaps", data.gaps, () => (
      { color: data.looks.gap, weight: 2.5, dashArray: "1 6", fillOpacity: 0.05 }))),
    routes: L.layerGroup(routes),
    terminals: L.layerGroup(terminals),
  };
  const titles = {
    addresses: "Addresses", areas: "Areas", gaps: "Coverage gaps", routes: "Routes", terminals: "Terminals and sites",
  };
  const signs = {
    addresses: `<circle cx="9" cy="7" r="4.5" fill="${looks[0].fill}"/>`,
    areas: `<rect x="2" y="2" width="14" height="10" fill="${looks[0].fill}" fill-opacity="0.22" stroke="${looks[0].line}" stroke-width="2"/>`,
    gaps: `<rect x="2" y="2" width="14" height="10" fill="none" stroke="${data.looks.gap}" stroke-width="2" stroke-dasharray="1.5 3"/>`,
    routes: `<path d="M1 10 8 4 17 8" fill="none" stroke="${data.looks.network}" stroke-width="3"/>`,
    terminals: `<rect x="5" y="3" width="8" height="8" fill="#fff" stroke="${data.looks.network}" stroke-width="1.5"/>`,
  };
  const label = (name) => `<svg aria-hidden="true" width="18" height="14">${signs[name]}</svg> ${titles[name]}`;
  const control = L.control.layers(null, null, { collapsed: window.innerWidth < 700, position: "topright" });
  Object.entries(layers).forEach(([name, layer]) => {
    const size = name === "addresses" ? 1 : layer.getLayers().length;
    if (!size) return;
    layer.addTo(map);
    control.addOverlay(layer, label(name));
  });
  control.addTo(map).getContainer().querySelector("a").setAttribute("aria-label", "Layers");

  const levels = (data.levels || []).map(readLevel);
  if (data.points) single(data.points).forEach((point) => addresses.addLayer(point));

  // Groups stay on the map while its level does: a popup that moves the map must not lose its group.
  let shownLevel = null;
  const shownCells = new Set();
  function regroup() {
    const fitting = levels.filter((level) => level.zoom <= map.getZoom() + 0.2);
    const level = fitting[fitting.length - 1] || levels[0];
    if (level !== shownLevel) {
      addresses.clearLayers();
      shownCells.clear();
      shownLevel = level;
    }
    const view = map.getBounds().pad(0.1);
    level.cells.filter((cell) => !shownCells.has(cell) && view.contains(cell.place)).forEach((cell) => {
      addresses.addLayer(group(cell, level.most));
      shownCells.add(cell);
    });
  }

  // -- keyboard ------------------------------------------------------------------------------------------------

  const MOST_STOPS = 150;
  function reach() {
    const view = map.getBounds();
    [layers.areas, layers.gaps, layers.addresses].forEach((layer) => {
      const all = map.hasLayer(layer) ? layer.getLayers() : [];
      const shapes = all.filter((shape) => shape.getElement && shape.getElement() && !(shape instanceof L.Marker));
      const seen = shapes.filter((shape) => (
        shape.getBounds ? view.intersects(shape.getBounds()) : view.contains(shape.getLatLng())));
      shapes.forEach((shape) => shape.getElement().removeAttribute("tabindex"));
      if (seen.length <= MOST_STOPS) seen.forEach(makeStop);
    });
  }

  function makeStop(shape) {
    const element = shape.getElement();
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", shape.fmTitle);
    element.onkeydown = (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        shape.openPopup();
      }
    };
  }

  // Hundreds of terminals and routes, seen from afar, would hide the town that they stand in.
  const MOST_FROM_AFAR = 200, STREET_ZOOM = 14;
  function thin() {
    const afar = map.getZoom() < STREET_ZOOM;
    map.getPane("terminals").style.display = afar && terminals.length > MOST_FROM_AFAR ? "none" : "";
    map.getPane("routes").style.opacity = afar && routes.length > MOST_FROM_AFAR ? "0.3" : "";
  }

  function settle() {
    thin();
    if (levels.length) regroup();
    reach();
    document.body.dataset.map = "idle";
  }
  map.on("movestart", () => { document.body.dataset.map = "busy"; });
  map.on("moveend overlayadd", settle);
  settle();
  new ResizeObserver(() => map.invalidateSize()).observe(map.getContainer());

  document.querySelectorAll(".fm-sheet [data-area]").forEach((button) => {
    const area = layers.areas.getLayers().find((shape) => shape.fmKey === button.dataset.area);
    if (!area) return;
    button.addEventListener("click", () => {
      map.getContainer().scrollIntoView({ block: "center" });
      map.addLayer(layers.areas).fitBounds(area.getBounds(), { maxZoom: 17, animate: false });
      area.openPopup();
    });
  });
  return map;
}
