// Numbers as texts: with their sign, as a percentage, in groups of three, as short as can be.

const MINUS = "\u2212";

function sign(value) {
  return value < 0 ? MINUS : "+";
}

/** A number with its sign and two decimals, with a real minus sign. */
export function signed(value) {
  return Number.isFinite(value) ? sign(value) + Math.abs(value).toFixed(2) : "not a number";
}

/** A small number such as a gradient: a sign and three digits after the first zeros. */
export function fine(value) {
  if (!Number.isFinite(value)) return "not a number";
  const size = Math.abs(value);
  const digits = size === 0 ? "0" : size < 0.0005 ? size.toExponential(0).replace("-", MINUS)
    : size.toFixed(3);
  return sign(value) + digits;
}

/** A number as short as it can be read. */
export function brief(value) {
  if (!Number.isFinite(value)) return "not a number";
  const text = value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1)
    : String(Number(value.toPrecision(3)));
  return text.replace("-", MINUS);
}

/** A share as a percentage; another text for what is no number. */
export function percent(share, decimals = 1, none = "none") {
  return share !== null && Number.isFinite(share)
    ? `${(100 * share).toFixed(decimals)}\u00a0%` : none;
}

/** A whole number with thin groups of three. */
export function grouped(number) {
  return Math.round(number).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A number with so many decimals; a dash where there is none yet. */
export function fixed(value, decimals) {
  return value === null || value === undefined ? "\u2013" : value.toFixed(decimals);
}
