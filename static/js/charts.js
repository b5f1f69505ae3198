// What a mark of a .chart stands for (its <title>) is written into the [data-said] beside it while it is pointed at or
// focused. [data-prints] prints the page. What is chosen of .segments that are wider than the window is scrolled to.
for (const type of ["pointerover", "pointerout", "focusin", "focusout"]) {
  document.addEventListener(type, ({ target }) => {
    const mark = target.closest?.(".chart a");
    const said = mark?.closest(".chart").parentElement.querySelector("[data-said]");
    if (said) said.textContent = /over|in$/.test(type) ? mark.querySelector("title").textContent : said.dataset.said;
  });
}
document.addEventListener("click", ({ target }) => target.closest?.("[data-prints]") && print());
for (const chosen of document.querySelectorAll(".segments > [aria-current]")) {
  const row = chosen.parentElement;
  row.scrollLeft = chosen.offsetLeft - row.offsetLeft - (row.clientWidth - chosen.offsetWidth) / 2;
}
