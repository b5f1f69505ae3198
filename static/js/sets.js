// <button data-sets="spent_on" value="2026-11-22">: puts its value into that field; pressed while the field has it.
{
  const fieldOf = (button) => button.form.elements.namedItem(button.dataset.sets);

  function show() {
    for (const button of document.querySelectorAll("button[data-sets]"))
      button.ariaPressed = String(fieldOf(button)?.value === button.value);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-sets]");
    if (!button) return;
    event.preventDefault(); // without script it is sent, and the server fills the field in
    const field = fieldOf(button);
    field.value = button.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  document.addEventListener("input", show);
  document.addEventListener("fragment", show);
  addEventListener("pageshow", show);
  show();
}
