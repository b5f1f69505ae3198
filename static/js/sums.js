// An amount field that holds a sum ("12.50+3.20") says below what it comes to. A preview: the server reads it anew.
{
  const NUMBER = /^\d+(?:[.,]\d{1,2})?$/; // what cannot be misread; anything else is left to the server

  function total(text) {
    const terms = text.replace(/\s/g, "").replaceAll("−", "-").split(/(?=[+-])/);
    if (terms.length < 2) return null;
    let sum = 0n;
    let decimals = 0;
    for (const term of terms) {
      const size = term.replace(/^[+-]/, "");
      if (!NUMBER.test(size)) return null;
      const units = money.read(size.replace(",", "."));
      sum += term.startsWith("-") ? -units : units;
      decimals = Math.max(decimals, size.split(/[.,]/)[1]?.length ?? 0);
    }
    return `= ${money.write(sum, decimals)}`;
  }

  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.matches?.("input.is-amount, input.is-big")) return;
    const told = total(input.value);
    let out = input.parentElement.querySelector("output[data-sum]");
    if (!out && told === null) return;
    if (!out) {
      out = document.createElement("output");
      out.className = "help";
      out.dataset.sum = "";
      input.after(out);
    }
    out.textContent = told ?? "";
  });
}
