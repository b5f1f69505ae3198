// What a mark of a .chart stands for (its <title>) is written into the [data-said] beside it while it is pointed at or
// focused. [data-prints] prints the page.
for (const type of ["pointerover", "pointerout", "focusin", "focusout"]) {
  document.addEventListener(type, ({ target }) => {
    const mark = target.closest?.(".chart a");
    const said = mark?.closest(".chart").parentElement.querySelector("[data-said]");
    if (said) said.textContent = /over|in$/.test(type) ? mark.querySelector("title").textContent : said.dataset.said;
  });
}
document.addEventListener("click", ({ target }) => target.closest?.("[data-prints]") && print());
