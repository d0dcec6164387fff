/** The settings of the portal: whether it is open, what it says word for word, and which sites embed it. */

import { h, replace } from "../core/dom.js";

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "portal",
  title: "Portal",
  icon: "address",
  scope: "admin",
  group: "admin",
  under: "admin",
  mount(root, { api, begin, ui }) {
    let settings = /** @type {any} */ (null);

    /** @param {any} values */
    async function save(values) {
      const origins = values.origins.split(/\s+/).filter(Boolean);
      settings = await api.put("/v1/settings/portal", { ...values, origins });
      draw();
      ui.toast(settings.open ? "Saved. The portal is open." : "Saved. The portal is closed.", { kind: "good" });
    }

    function draw() {
      const tag = `<script src="${location.origin}/portal/embed.js" async></script>`;
      replace(
        root,
        h(
          "section",
          { class: "section" },
          h("p", { class: "quiet" }, "Whoever comes checks an address there, orders or pre-orders, and follows the order. Nothing of the network is shown."),
          settings.open && h("p", null, h("a", { href: "/portal", target: "_blank", rel: "noopener" }, "Look at it")),
          ui.form(
            [
              { name: "open", label: "Open the portal", type: "checkbox", value: settings.open, hint: "It needs the four texts below first." },
              { name: "name", label: "What you call yourselves", value: settings.name, props: { maxlength: 80 } },
              { name: "consent", label: "Consent", type: "textarea", value: settings.consent, hint: "What somebody agrees to who wants to be called or written to. It goes into the record word for word.", props: { maxlength: 1000 } },
              { name: "terms", label: "Terms", type: "textarea", value: settings.terms, hint: "What is signed with an order, as plain text.", props: { maxlength: 20000, rows: 8 } },
              { name: "terms_version", label: "Version of the terms", value: settings.terms_version, hint: "Change it whenever the terms change.", props: { maxlength: 40 } },
              { name: "support", label: "Whom to ask", value: settings.support, props: { maxlength: 200 } },
              { name: "privacy_url", label: "Privacy notice", type: "url", value: settings.privacy_url, hint: "https://…", props: { maxlength: 300 } },
              { name: "origins", label: "Sites that may embed it", type: "textarea", value: settings.origins.join("\n"), hint: "One a line: https://www.larkspur.example", props: { spellcheck: "false" } },
            ],
            { label: "Save", submit: save },
          ),
        ),
        h("section", { class: "section" }, h("h3", null, "Embed it"), h("p", { class: "quiet" }, "This tag puts it into a page of those sites:"), h("p", { class: "break" }, h("code", null, tag))),
      );
    }

    begin(async () => {
      settings = await api.get("/v1/settings/portal");
      draw();
    });
  },
};
