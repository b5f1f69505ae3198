// Exact sums of amounts as they are typed or stand in <data value>: BigInt ten-thousandths, never floats.
window.money = {
  // "12.50" → 125000n; null where it is no plain number with at most four decimals.
  read(text) {
    const found = /^([-−]?)(\d+)(?:\.(\d{1,4}))?$/.exec(text.trim());
    if (!found) return null;
    const units = BigInt(found[2]) * 10000n + BigInt((found[3] ?? "").padEnd(4, "0"));
    return found[1] ? -units : units;
  },

  // 125000n → "12.50", grouped by thousands, with at least so many decimals.
  write(units, decimals = 2) {
    const size = units < 0n ? -units : units;
    const whole = (size / 10000n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
    let part = (size % 10000n).toString().padStart(4, "0");
    while (part.length > decimals && part.endsWith("0")) part = part.slice(0, -1);
    return (units < 0n ? "−" : "") + whole + (part ? `.${part}` : "");
  },
};
