// [data-keeps-open]: a form that htmx draws anew keeps those of its <details id> open that were.
{
  let open = [];

  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.target.closest?.("[data-keeps-open]");
    open = form ? [...form.querySelectorAll("details[id][open]")].map((fold) => fold.id) : [];
  });

  document.addEventListener("htmx:afterSwap", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    open = [];
  });
}
