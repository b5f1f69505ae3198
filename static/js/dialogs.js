// <a data-dialog>: shows the [data-sheet] of the linked page as a modal dialog, where there is room for one.
// What the form in it answers stays in the dialog (faults) or leads on (HX-Redirect, from HtmxRedirectMiddleware).
// <button data-opens="id"> opens a <dialog> of the page; [data-close] closes the one around it.
{
  const roomy = matchMedia("(width >= 48rem)");

  const fetched = (url, options = {}) =>
    fetch(url, { ...options, headers: { "HX-Request": "true", "HX-Target": "dialog" } });

  async function show(dialog, response) {
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const sheet = page.querySelector("[data-sheet]");
    if (!sheet) return location.assign(response.url);
    const said = page.querySelector(".toasts:has(.toast)");
    dialog.replaceChildren(...sheet.childNodes, ...(said ? [said] : []));
    dialog.dispatchEvent(new CustomEvent("fragment", { bubbles: true }));
    if (!dialog.open) dialog.showModal();
    const first = dialog.querySelector("[aria-invalid=true]") ?? dialog.querySelector("[autofocus]");
    first?.focus();
  }

  async function open(link) {
    const response = await fetched(link.href).catch(() => null);
    if (!response?.ok || response.redirected) return location.assign(link.href);
    const dialog = document.createElement("dialog");
    dialog.className = "sheet";
    dialog.setAttribute("aria-labelledby", "sheet-title");
    document.body.append(dialog);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.dataset.changed) location.reload();
      else link.focus();
    });
    dialog.addEventListener("submit", (event) => send(event, dialog, link));
    return show(dialog, response);
  }

  async function send(event, dialog, link) {
    event.preventDefault();
    if (dialog.ariaBusy === "true") return;
    dialog.ariaBusy = "true";
    const form = event.target;
    const body = new FormData(form, event.submitter);
    const action = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action");
    const response = await fetched(action, { method: "POST", body }).catch(() => null);
    dialog.ariaBusy = "false";
    if (!response) return HTMLFormElement.prototype.submit.call(form);
    const next = response.headers.get("HX-Redirect");
    if (!next) return show(dialog, response);
    const target = new URL(next, location.href);
    if (target.pathname !== new URL(link.href).pathname) return location.assign(target);
    dialog.dataset.changed = "1";
    return show(dialog, await fetched(target));
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (link && plain && roomy.matches && !event.defaultPrevented) {
      event.preventDefault();
      open(link);
    }
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    const dialog = event.target.closest("[data-close]")?.closest("dialog");
    if (dialog) {
      event.preventDefault();
      dialog.close();
    }
  });

  for (const opener of document.querySelectorAll("[data-opens]")) opener.hidden = false;
}
