// Curves over the steps: axes that grow, a legend, levels and marks, a cross-hair.
// It knows nothing of what the curves mean.

import { EDGE, addAxes } from "#kit/axes.js";
import { setAttributes, setText, svg } from "#kit/dom.js";
import { addHair } from "#kit/hair.js";
import { addLegend, lineSample } from "#kit/legend.js";
import { brief } from "#kit/number.js";
import {
  axisEnd, decades, evenly, largest, linePath, nearest, smallestOf,
} from "#kit/scale.js";

/**
 * Curves in a panel; returns { paint(frame), end }.
 *
 * what: {
 *   title, x, y: what is shown, and what the axes count, with the unit;
 *   series: [{ x, y, look, words, read }]: names of arrays, a CSS class, words for the legend (none
 *     for no entry) and for the cross-hair (none for no reading);
 *   steps: the least end of the axis across; smallest: the least top of the other one;
 *   top: what is higher is drawn at the top, a number or a function of the frame; fixed: the top
 *     itself; low: the bottom, "auto" where values may be negative, otherwise 0;
 *   log: whether the axis goes by powers of ten; what is not above zero leaves a gap;
 *   tick(value, top): the text of a tick; level: { at, words }, a dashed line across;
 *   marks(frame): [{ at, words, look }], lines upright, at null for none, always as many;
 *   extra(layer, scale, frame): draws more; hair: whether values can be read; height: pixels.
 * }
 */
export function lineChart(panel, what) {
  const { series, height = 216, hair = false } = what;
  const named = series.filter(({ words }) => words);
  if (named.length) {
    addLegend(panel, named.map(({ look, words }) => [lineSample(`anatomy-curve ${look}`), words]));
  }
  const axes = addAxes(panel, what, height);
  const level = what.level ? addLevel(axes.layer, what.level) : null;
  const lines = series.map(({ look }) => svg("path", { class: `anatomy-curve ${look}` }));
  const marks = [];
  const extra = svg("g");
  axes.layer.append(...lines, extra);
  let newest = null;
  let scale = null;
  const read = (step) => reading(series, newest.arrays, step, what.x);
  const cross = hair ? addHair(panel, axes.picture, what.title, read) : null;
  const draw = () => {
    if (newest === null) return;
    const { ends, tops } = rangeOf(what, newest);
    const plain = axes.set({ x: [0, ends], y: tops, ...ticksOf(what, ends, tops) });
    scale = { ...plain, up: what.log ? (value) => plain.up(Math.log10(value)) : plain.up, last: ends };
    const top = what.log ? 10 ** tops[1] : tops[1];
    const inside = (value) => scale.up(Math.min(value, top));
    lines.forEach((line, at) => {
      const { x, y } = series[at];
      line.setAttribute("d", linePath(newest.arrays[x], newest.arrays[y], scale.across, inside));
    });
    if (level) level(scale);
    setMarks(axes.layer, marks, what.marks ? what.marks(newest) : [], scale);
    if (what.extra) what.extra(extra, scale, newest);
    if (cross) cross.paint(scale);
    axes.describe(() => `${what.title}. ${read(ends)}`);
  };
  axes.resized(draw);
  return { paint(frame) { newest = frame; draw(); }, end: axes.end };
}

/** Where the axes end: across, and [bottom, top]. */
function rangeOf({ series, steps = 50, smallest = 1, top = Infinity, fixed, low = 0, log }, frame) {
  const { arrays } = frame;
  const ends = axisEnd(series.reduce((most, { x }) => largest(arrays[x], most), steps), steps);
  if (log) return { ends, tops: decades(series.map(({ y }) => arrays[y])) };
  const limit = typeof top === "function" ? top(frame) : top;
  const most = series.reduce((found, { y }) => largest(arrays[y], found), 0);
  const high = fixed ?? axisEnd(Math.max(smallest, Math.min(most, limit)), smallest);
  const least = series.reduce((found, { y }) => smallestOf(arrays[y], found), 0);
  const bottom = low === "auto" && least < 0 ? axisEnd(least, smallest) : 0;
  return { ends, tops: [bottom, high] };
}

function ticksOf({ tick = brief, log }, ends, [low, high]) {
  const across = evenly(0, ends, 2).map((step) => [step, String(Math.round(step))]);
  if (log) {
    const powers = evenly(low, high, high - low);
    const gap = Math.ceil((high - low) / 4); // five ticks at most, the top one among them
    const kept = powers.filter((power) => (high - power) % gap === 0);
    return { xTicks: across, yTicks: kept.map((power) => [power, tick(10 ** power, high)]) };
  }
  const values = low < 0 ? [low, 0, high] : evenly(low, high, 2);
  return { xTicks: across, yTicks: values.map((value) => [value, tick(value, high)]) };
}

/** What the curves show at a step, in words. */
function reading(series, arrays, step, unit) {
  const parts = series.filter((one) => one.read).map((one) => {
    const at = nearest(arrays[one.x], step);
    return at < 0 ? "" : `${one.read} ${brief(arrays[one.y][at])}`;
  });
  const last = series.reduce((most, { x }) => largest(arrays[x], most), 0);
  return `${unit} ${Math.min(step, last)}: ${parts.filter(Boolean).join(", ") || "nothing yet"}`;
}

/** A dashed line across with its words; returns what puts it in its place. */
function addLevel(layer, { at, words }) {
  const line = svg("line", { class: "anatomy-level" });
  const text = svg("text", { class: "anatomy-halo", "text-anchor": "end" }, words);
  layer.append(line, text);
  return ({ up, left, right }) => {
    setAttributes(line, { x1: left, x2: right, y1: up(at), y2: up(at) });
    setAttributes(text, { x: right - 2, y: up(at) - 4 });
  };
}

/** Upright lines with words beside them, each a little lower than the one before. */
function setMarks(layer, marks, wanted, { across, left, right, top, bottom }) {
  wanted.forEach(({ at, words, look }, number) => {
    if (!marks[number]) {
      marks[number] = { line: svg("line", { class: `anatomy-upright ${look}` }),
                        text: svg("text", { class: "anatomy-halo" }) };
      layer.append(marks[number].line, marks[number].text);
    }
    const { line, text } = marks[number];
    line.style.display = at === null ? "none" : "";
    text.style.display = line.style.display;
    if (at === null) return;
    const x = across(at);
    const turned = x > left + 0.55 * (right - left);
    setAttributes(line, { x1: x, x2: x, y1: top, y2: bottom });
    setAttributes(text, { x: turned ? x - 5 : x + 5, "text-anchor": turned ? "end" : "start",
                          y: EDGE.top + 40 + 22 * number });
    setText(text, words);
  });
}
