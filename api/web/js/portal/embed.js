/**
 * The one tag that embeds the portal: `<script src="https://HOST/portal/embed.js" async></script>`.
 *
 * The portal appears where the tag stands, as high as what it shows. `data-theme` is `light` or `dark`, `data-title` the
 * name of the frame. A plain script, so that any page can take it; it leaves nothing behind in the page but the frame.
 */

(() => {
  const tag = document.currentScript;
  if (!(tag instanceof HTMLScriptElement)) return;
  const home = new URL(tag.src).origin;
  const page = new URL("/portal", home);
  page.searchParams.set("embedded", "1");
  if (tag.dataset.theme === "light" || tag.dataset.theme === "dark") page.searchParams.set("theme", tag.dataset.theme);
  const frame = document.createElement("iframe");
  frame.src = page.href;
  frame.title = tag.dataset.title ?? "Check your address";
  frame.style.cssText = "width:100%;border:0;min-height:26rem;display:block";
  addEventListener("message", (event) => {
    if (event.origin !== home || event.source !== frame.contentWindow) return;
    const height = Number(event.data?.fibermapHeight);
    if (height > 0 && height < 20_000) frame.style.height = `${Math.ceil(height)}px`;
  });
  tag.after(frame);
})();
