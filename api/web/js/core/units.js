/** Lengths and numbers as a planner reads them. The server speaks metres; a project in the US reads feet and miles. */

const FEET_PER_M = 1 / 0.3048;
const FEET_PER_MILE = 5_280;
const SQUARE_M_PER_ACRE = 4_046.8564224;
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const share = new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeZone: "UTC" });
const moment = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeStyle: "short" });

export const units = {
  /** @type {"feet" | "metres"} */
  system: "feet",

  /**
   * @param {number | null | undefined} metres
   * @returns {string}
   */
  length(metres) {
    if (metres === null || metres === undefined) return "–";
    if (units.system === "metres") return metres < 1_000 ? `${whole.format(metres)} m` : `${fine.format(metres / 1_000)} km`;
    const feet = metres * FEET_PER_M;
    return feet < FEET_PER_MILE ? `${whole.format(feet)} ft` : `${fine.format(feet / FEET_PER_MILE)} mi`;
  },

  /**
   * @param {number} squareMetres
   * @returns {string}
   */
  area(squareMetres) {
    if (units.system === "metres") return `${fine.format(squareMetres / 10_000)} ha`;
    const acres = squareMetres / SQUARE_M_PER_ACRE;
    return acres < 640 ? `${fine.format(acres)} acres` : `${fine.format(acres / 640)} sq mi`;
  },

  /**
   * @param {number | null | undefined} value
   * @returns {string}
   */
  number: (value) => (value === null || value === undefined ? "–" : whole.format(value)),

  /**
   * @param {number} count
   * @param {string} one
   * @param {string} [many]
   * @returns {string}
   */
  count: (count, one, many = `${one}s`) => `${whole.format(count)} ${count === 1 ? one : many}`,

  /** @param {number} value */
  share: (value) => share.format(value),

  /**
   * A civil date, as the server writes it.
   * @param {string | null | undefined} text
   */
  date: (text) => (text ? day.format(new Date(`${text.slice(0, 10)}T00:00:00Z`)) : "–"),

  /**
   * A moment, in the reader's own time.
   * @param {string | null | undefined} text
   */
  time: (text) => (text ? moment.format(new Date(text)) : "–"),
};
