// [data-selection]: a form with rows to tick. Each [data-select] box counts, with the <data class="amount"> of its
// [data-row]; [data-select-all] ticks them all; [data-select-none] clears; the bar [data-selected] shows only while
// something is ticked, with the number in [data-selected-count] and the sum in [data-selected-sum].
{
  const boxes = (form) => [...form.querySelectorAll("[data-select]:not(:disabled)")];

  function count(form) {
    const all = boxes(form);
    const ticked = all.filter((box) => box.checked);
    let sum = 0n;
    for (const box of all) {
      const row = box.closest("[data-row]");
      row?.classList.toggle("is-selected", box.checked);
      if (box.checked) sum += money.read(row?.querySelector("data.amount")?.value ?? "") ?? 0n;
    }
    const decimals = Number(form.dataset.decimals ?? 2);
    for (const bar of form.querySelectorAll("[data-selected]")) bar.hidden = !ticked.length;
    for (const out of form.querySelectorAll("[data-selected-count]")) out.textContent = ticked.length;
    for (const out of form.querySelectorAll("[data-selected-sum]")) out.textContent = money.write(sum, decimals);
    for (const box of form.querySelectorAll("[data-select-all]")) {
      box.checked = all.length > 0 && ticked.length === all.length;
      box.indeterminate = ticked.length > 0 && !box.checked;
    }
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-selection]");
    if (!form) return;
    if (event.target.matches("[data-select-all]")) for (const box of boxes(form)) box.checked = event.target.checked;
    if (event.target.matches("[data-select], [data-select-all]")) count(form);
  });

  document.addEventListener("click", (event) => {
    const form = event.target.closest("[data-select-none]")?.closest("[data-selection]");
    if (!form) return;
    for (const box of boxes(form)) box.checked = false;
    count(form);
  });

  const countAll = () => document.querySelectorAll("[data-selection]").forEach(count);
  addEventListener("pageshow", countAll); // the browser may have kept ticks
  document.addEventListener("htmx:load", countAll);
}
