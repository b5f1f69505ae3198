// A single key does what the element says that names it in aria-keyshortcuts: a field is focused, anything else
// clicked. Never while typing, with a modifier, in a dialog, or when switched off (WCAG 2.1.4): [data-keys-switch].
{
  const STORED = "keys";
  const off = () => localStorage.getItem(STORED) === "off";
  const typing = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
  const moving = "[role=tablist], .scroller, input[type=radio], .menu[open] *";

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    if (event.ctrlKey || event.metaKey || event.altKey || off()) return;
    const at = document.activeElement;
    if (at?.matches(typing) || document.querySelector("dialog:modal")) return;
    if (event.key.startsWith("Arrow") && at?.matches(moving)) return;
    const named = [...document.querySelectorAll("[aria-keyshortcuts]")].find(
      (element) => element.getAttribute("aria-keyshortcuts") === event.key,
    );
    if (!named || named.disabled) return;
    event.preventDefault();
    if (named.matches(typing)) {
      named.focus();
      named.select?.();
    }
    else named.click();
  });

  for (const box of document.querySelectorAll("[data-keys-switch]")) {
    box.checked = !off();
    box.addEventListener("change", () => localStorage.setItem(STORED, box.checked ? "on" : "off"));
  }
}
