/** What the house says and asks for where it sells: consent, terms, deposit, and who takes payments. */

/** @typedef {import("../../selling/payment.js").Payments & {consent?: string, terms_version?: string, deposit?: {amount_cents: number, currency: string} | null}} Words */

/** Where the portal is closed there is nothing to read out, and payments are by token. */
const NONE = /** @type {Words} */ ({ gateway: "", test_cards: [] });

/**
 * @param {import("../../types.js").Ctx["api"]} api
 * @returns {Promise<Words>}
 */
export async function sellingWords(api) {
  try {
    return await api.get("/v1/portal");
  } catch (problem) {
    if (/** @type {any} */ (problem).status === 404) return NONE;
    throw problem;
  }
}
