// <input data-suggest list="…">: choosing a past description fills in what its <option> carries (data-category="7"
// fills the field "category"), unless that field has been chosen by hand.
{
  const touched = new WeakSet();

  function fill(field, value) {
    const controls = field instanceof RadioNodeList ? [...field] : [field];
    if (controls.some((control) => touched.has(control))) return;
    field.value = value;
    controls[0].dispatchEvent(new CustomEvent("suggested", { bubbles: true }));
  }

  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.matches?.("input[data-suggest]") || !input.list) return;
    const chosen = [...input.list.options].find((option) => option.value === input.value);
    for (const [name, value] of Object.entries(chosen?.dataset ?? {})) {
      const field = input.form.elements.namedItem(name);
      if (field) fill(field, value);
    }
  });

  document.addEventListener("change", (event) => {
    if (event.isTrusted) touched.add(event.target);
  });
}
