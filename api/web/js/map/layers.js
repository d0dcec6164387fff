/** The groups of layers that a person can show and hide. */

export const LAYERS = [
  { id: "counties", title: "States and counties" },
];
