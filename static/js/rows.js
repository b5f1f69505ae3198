// [data-rows]: a table with a [data-next-row] field in each row. Enter leads to the next one, Shift+Enter to the one
// before, Ctrl+Enter presses the row's [name=alike], as "a" does where no field has the focus that takes letters.
// After a page that was asked for a row (#row-7), its field has the focus.
{
  const field = (row) => row?.querySelector("[data-next-row]");

  function along(at, step) {
    const all = [...at.closest("[data-rows]").querySelectorAll("[data-next-row]")];
    const next = all[all.indexOf(at) + step];
    next?.focus();
    next?.closest("tr").scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-rows] tr");
    if (!row || event.isComposing || event.altKey) return;
    const at = event.target.closest("[data-next-row]");
    const applies = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    const letter = event.key === "a" && !event.ctrlKey && !event.metaKey && !event.target.closest("select, [type=search]");
    if (at && event.key === "Enter" && !applies) {
      event.preventDefault();
      along(at, event.shiftKey ? -1 : 1);
    } else if ((at && applies) || (letter && localStorage.getItem("keys") !== "off")) {
      event.preventDefault();
      row.querySelector("[name=alike]")?.click();
    }
  });

  // When all stands: a browser takes the focus away as it goes to what the address names.
  addEventListener("load", () => requestAnimationFrame(() => {
    if (/^#row-\d+$/.test(location.hash)) field(document.querySelector(location.hash))?.focus();
  }));
}
