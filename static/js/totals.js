// form[data-totals]: while amounts are typed, [data-total] shows its value plus all of them, [data-total-off] its
// value less them; "…" while one cannot be read here. A preview: the server reads them anew.
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-totals]");
  if (!form) return;
  const typed = [...form.querySelectorAll("input.is-amount")].map((field) => field.value.trim());
  const read = typed.map((text) => (text ? money.read(text.replace(",", ".")) : 0n));
  const sum = read.includes(null) ? null : read.reduce((all, one) => all + one, 0n);
  const show = (out, total) => (out.textContent = sum === null ? "…" : money.write(total(), Number(form.dataset.decimals)));
  for (const out of form.querySelectorAll("[data-total]")) show(out, () => money.read(out.dataset.total) + sum);
  for (const out of form.querySelectorAll("[data-total-off]")) show(out, () => money.read(out.dataset.totalOff) - sum);
});
