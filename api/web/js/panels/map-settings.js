/** The settings of everybody's map: its title, imagery, and whether the public may look. */

import { h, replace } from "../core/dom.js";

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "map-settings",
  title: "Map settings",
  icon: "settings",
  scope: "admin",
  group: "admin",
  under: "admin",
  mount(root, { api, begin, ui }) {
    let settings = /** @type {any} */ (null);
    const imagery = h("div", { class: "stack" });
    const adding = h("div", null);

    /** @param {any} changes */
    async function save(changes) {
      const { title, imagery, public_viewer } = { ...settings, ...changes };
      settings = await api.put("/v1/settings/map", { title, imagery, public_viewer });
      drawImagery();
      ui.toast("Saved. Others see it when they next load the page.", { kind: "good", action: { label: "Load now", run: () => location.reload() } });
    }

    function draw() {
      replace(
        root,
        h(
          "section",
          { class: "section" },
          h("h3", null, "The map"),
          ui.form(
            [
              { name: "title", label: "Title", value: settings.title, hint: "Stands in the bar and on prints.", props: { maxlength: 80 } },
              { name: "public_viewer", label: "Let the public look", type: "checkbox", value: settings.public_viewer, hint: "Whoever comes sees addresses and areas by class, without signing in, and nothing of the network." },
            ],
            { label: "Save", submit: save },
          ),
        ),
        h("section", { class: "section" }, h("h3", null, "Imagery"), imagery, adding),
      );
      drawImagery();
      offerAdding();
    }

    /** Only what is set: what is being typed beside it stays. */
    function drawImagery() {
      replace(imagery, settings.imagery.length ? list() : h("p", { class: "quiet" }, "None is set. Add the county's aerial photographs, or a tile service that you have a contract with."));
    }

    function list() {
      return h(
        "ul",
        { class: "stack" },
        settings.imagery.map((/** @type {any} */ each) =>
          h(
            "li",
            { class: "row spread" },
            h("span", { class: "break" }, h("strong", null, each.title), h("br", null), h("span", { class: "quiet small" }, each.url)),
            ui.button(`Remove ${each.title}`, () => save({ imagery: settings.imagery.filter((/** @type {any} */ other) => other !== each) }), { kind: "plain", icon: "trash", hideLabel: true }),
          ),
        ),
      );
    }

    function offerAdding() {
      const form = ui.form(
        [
          { name: "title", label: "Name", required: true, props: { maxlength: 80 } },
          { name: "kind", label: "Kind", type: "select", options: [{ value: "xyz", label: "Tiles (XYZ)" }, { value: "pmtiles", label: "One file (PMTiles)" }] },
          { name: "url", label: "Address", required: true, hint: "https://HOST/{z}/{x}/{y}.jpg, or the address of the PMTiles file.", props: { maxlength: 500, spellcheck: "false" } },
          { name: "attribution", label: "Attribution", hint: "What the licence wants said on the map.", props: { maxlength: 300 } },
          { name: "most_zoom", label: "Nearest zoom", type: "number", value: 19, props: { min: 0, max: 24 } },
        ],
        { label: "Add imagery", submit: (values) => save({ imagery: [...settings.imagery, { ...values, tile_px: 256 }] }).then(offerAdding) },
      );
      replace(adding, form);
    }

    begin(async () => {
      settings = await api.get("/v1/settings/map");
      draw();
    });
  },
};
