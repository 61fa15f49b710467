// The scale lab's chart: models over the years on a log axis, the fitted line, the reader's run.
// How sure a figure is shows in the mark's shape, not in its colour alone.

import { addAxes } from "#kit/axes.js";
import { html, setText, svg } from "#kit/dom.js";
import { addLegend, markSample } from "#kit/legend.js";
import { addMarks, placeNames, textAt } from "./marks.js";

const HEIGHT = 350;
const SHAPES = {
  measured: "M-4.5-4.5h9v9h-9z",
  reported: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
  estimated: "M0-5.5L5.5 4.5H-5.5z",
  rumoured: "M0-6L6 0L0 6L-6 0z",
};
const HINT = "Point at a mark, or go through them with the arrow keys, to read who says so.";
const NARROW = 420; // pixels; below it every second year is named

/** The chart in a panel; returns { paint(frame), end }. series: see lab.py, `_labels`. */
export function yearsChart(panel, series, fit) {
  panel.append(fit);
  const axes = addAxes(panel, { title: "Models over the years", x: "year of publication",
                                y: "" }, HEIGHT);
  const info = html("p", "anatomy-info");
  info.setAttribute("role", "status");
  addCertainties(panel, series);
  panel.append(info);
  let newest = null;
  let chosen = null; // the model whose words are shown; it stays when the chart is drawn again
  const choose = (name) => {
    chosen = name;
    const point = series[newest.facts.series].points.find((one) => one[0] === name);
    setText(info, point ? point[4] : HINT);
  };
  const redraw = () => {
    if (!newest) return;
    const { layer } = axes;
    const isFocused = layer.contains(document.activeElement);
    layer.replaceChildren();
    drawYears(axes, series[newest.facts.series], newest, chosen, choose);
    if (isFocused) layer.querySelector('[tabindex="0"]')?.focus();
    choose(chosen);
    axes.describe(() => `${series[newest.facts.series].unit} of `
      + `${series[newest.facts.series].points.length} models: ${newest.facts.fit}.`);
  };
  axes.resized(redraw);
  return { paint(frame) { newest = frame; redraw(); }, end: axes.end };
}

function drawYears({ set, layer, picture }, { points, named, unit }, { facts, arrays }, chosen, choose) {
  const heights = [...points.map((one) => one[2]), ...arrays.line, facts.mine];
  const years = points.map((one) => one[1]);
  const x = [Math.floor(Math.min(...years)), Math.ceil(Math.max(...years))];
  const y = [Math.floor(Math.min(...heights)), Math.ceil(Math.max(...heights) + 0.2)];
  const scale = set({ x, y, yTitle: unit,
    xTicks: every(x, picture.clientWidth < NARROW ? 2 : 1).map((year) => [year, String(year)]),
    yTicks: every(y, Math.ceil((y[1] - y[0]) / 8)).map((power) => [power, powerOfTen(power)]) });
  const { across, up, left, right, bottom } = scale;
  drawFit(layer, arrays, scale);
  const mine = up(facts.mine);
  layer.append(svg("line", { class: "anatomy-mine", x1: left, x2: right, y1: mine, y2: mine }));
  const ends = mine < bottom / 2 ? [left + 4, "start"] : [right, "end"];
  const taken = [textAt(layer, "your run", ends[0], mine - 4, ends[1], "anatomy-mine-name"),
                 { left, right, top: mine - 1, bottom: mine + 1 }];
  const spots = points.map(([name, year, height, certainty, words], at) => ({
    name, words, x: across(year), y: up(height),
    mark: () => mark(certainty, arrays.fitted[at] > 0) }));
  addMarks(layer, spots, chosen, choose);
  placeNames(layer, spots, named, taken, { left, right: right + 10, bottom });
}

/** Every so many whole numbers from one end to the other. */
function every([first, last], step) {
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, at) => first + at * step);
}

/** A power of ten as people write it: 10 with a small number above. */
function powerOfTen(power) {
  const small = [...String(power)].map((digit) => (digit === "-" ? "\u207b"
    : "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"[digit]));
  return `10${small.join("")}`;
}

function mark(certainty, isFitted) {
  const group = svg("g", { class: `anatomy-mark anatomy-${certainty}${isFitted ? "" : " anatomy-dim"}` });
  group.append(svg("path", { d: SHAPES[certainty] }));
  return group;
}

function drawFit(layer, { line_years: years, line, line_reach: reach }, { across, up, top, bottom }) {
  if (!years.length) return;
  const at = (index, sign) => `${across(years[index]).toFixed(1)} `
    + Math.min(bottom, Math.max(top, up(line[index] + sign * reach[index]))).toFixed(1);
  const forth = [...years.keys()];
  const upper = forth.map((one) => at(one, 1));
  const lower = forth.toReversed().map((one) => at(one, -1));
  const middle = forth.map((one) => at(one, 0));
  layer.append(svg("path", { class: "anatomy-band", d: `M${[...upper, ...lower].join("L")}z` }),
               svg("path", { class: "anatomy-fit", d: `M${middle.join("L")}` }));
}

/** What the marks mean, of those that there are. */
function addCertainties(panel, series) {
  const there = new Set(Object.values(series).flatMap(({ points }) => points.map((one) => one[3])));
  const entries = Object.keys(SHAPES).filter((one) => there.has(one))
    .map((name) => [markSample(mark(name, true)), name]);
  addLegend(panel, [...entries, [null, "faint: not fitted"]]);
}
