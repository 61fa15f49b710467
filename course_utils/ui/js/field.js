// A square map of a probability over two inputs: the more shade, the more likely, and a line where
// it is one half. It knows nothing of what the inputs mean; marks on it are its caller's.

import { addAxes } from "#kit/axes.js";
import { contour } from "#kit/contour.js";
import { setAttributes, svg } from "#kit/dom.js";

const LEVELS = [0.1, 0.3, 0.5, 0.7, 0.9]; // each is one shade darker

/** The number whose sigmoid a probability is; finite, and even between points of a steep map. */
export function logit(probability) {
  const inside = Math.min(1 - 1e-6, Math.max(1e-6, probability));
  return Math.log(inside / (1 - inside));
}

/**
 * A map in a parent; returns { paint(logits), describe, end }.
 *
 * titles: { title, x, y }, what it shows and what goes across and up.
 * what: { from, to: the ends of both inputs; ticks: their values; height: pixels, and as wide;
 *   mark(layer, scale): draws marks, again after each change of size or of values }.
 * logits: of the probabilities, row by row upwards, as many rows as columns.
 */
export function addField(parent, titles, { from, to, ticks, height, mark }) {
  const axes = addAxes(parent, titles, height);
  axes.figure.classList.add("anatomy-field");
  axes.figure.style.maxWidth = `${height}px`;
  const edge = svg("rect", { class: "anatomy-grid" });
  const shades = LEVELS.map(() => svg("path", { class: "anatomy-shade" }));
  const half = svg("path", { class: "anatomy-half" });
  const marks = svg("g");
  axes.layer.append(...shades, edge, half, marks);
  let newest = null;
  const named = ticks.map((value) => [value, String(value)]);
  const draw = () => {
    if (newest === null) return;
    const scale = axes.set({ x: [from, to], y: [from, to], xTicks: named, yTicks: named });
    setAttributes(edge, { x: scale.left, y: scale.top, width: scale.right - scale.left,
                          height: scale.bottom - scale.top });
    const size = Math.round(Math.sqrt(newest.length));
    const step = (to - from) / (size - 1);
    const place = ([x, y]) => `${scale.across(from + step * x).toFixed(1)} `
      + scale.up(from + step * y).toFixed(1);
    LEVELS.forEach((level, at) => {
      const { areas, lines } = contour(newest, size, logit(level));
      shades[at].setAttribute("d", areas.map((area) => `M${area.map(place).join("L")}Z`).join(""));
      if (level === 0.5) {
        half.setAttribute("d", lines.map((line) => `M${line.map(place).join("L")}`).join(""));
      }
    });
    mark(marks, scale);
  };
  axes.resized(draw);
  return { paint(logits) { newest = logits; draw(); }, describe: axes.describe, end: axes.end };
}

/** The path of a mark around a place: "dot", "triangle" or "diamond", so wide from its middle. */
export function markPath(shape, [x, y], radius) {
  const at = (right, down) => `${(x + right * radius).toFixed(1)} ${(y + down * radius).toFixed(1)}`;
  if (shape === "dot") {
    const arc = `A${radius} ${radius} 0 1 0 `;
    return `M${at(-1, 0)}${arc}${at(1, 0)}${arc}${at(-1, 0)}Z`;
  }
  if (shape === "triangle") return `M${at(0, -1.15)}L${at(1, 0.75)}L${at(-1, 0.75)}Z`;
  return `M${at(0, -1)}L${at(1, 0)}L${at(0, 1)}L${at(-1, 0)}Z`;
}
