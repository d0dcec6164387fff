/** Places typed by hand, for whom the map cannot be pointed at. */

/**
 * Ask for places, one a line; null where somebody thought better of it.
 * @template T
 * @param {import("../types.js").Ctx["ui"]} ui
 * @param {(text: string) => T} read throws where a line is no place
 * @returns {Promise<T | null>}
 */
export function typePlaces(ui, read) {
  return ui.dialog("Type places", (close) =>
    ui.form([{ name: "places", label: "Places", type: "textarea", hint: "One a line: latitude, longitude.", required: true, props: { rows: 8 } }], {
      label: "Take them",
      cancel: () => close(null),
      submit: ({ places }) => close(read(places)),
    }),
  );
}
