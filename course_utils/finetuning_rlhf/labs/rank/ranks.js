// A curve over the rank: 0 and powers of two one step apart, the chosen rank marked, LoRA's points.

import { addAxes } from "#kit/axes.js";
import { setAttributes, svg } from "#kit/dom.js";
import { addHair } from "#kit/hair.js";
import { addLegend, lineSample, markSample } from "#kit/legend.js";
import { brief } from "#kit/number.js";
import { axisEnd, evenly, largest, linePath } from "#kit/scale.js";

const DIAMOND = "M0-5.5L5.5 0L0 5.5L-5.5 0z";

/** What a curve shows at a stop of the slider, in words; LoRA's points where they stand near it. */
export function rankWords(place, { ranks, trained }, { name, values, unit, points }) {
  const words = [`rank ${ranks[place]}: ${name} ${brief(values[place])}${unit}`];
  const near = points ? trained.map((rank, at) => [rank, at])
    .filter(([, at]) => Math.round(points.places[at]) === place) : [];
  return [...words, ...near.map(([rank, at]) => `LoRA of rank ${rank} ${brief(points.values[at])}`)]
    .join(", ");
}

/**
 * A chart in a panel; returns { paint(frame), end }.
 *
 * labels: see `labels` of lab.py.
 * what: { title, y, name, array, unit, step, base, trained }: the title of the chart and of its
 *   axis, the curve's name and array, its unit, the distance of ticks if it is not to be found, a
 *   level across if there is one, and whether LoRA's points are drawn.
 */
export function rankChart(panel, labels, what) {
  const { title, y, name, array, unit, base = null } = what;
  const hasPoints = what.trained && labels.trained.length > 0;
  addRankLegend(panel, hasPoints);
  const axes = addAxes(panel, { title, x: "rank", y });
  const layer = svg("g");
  axes.layer.append(layer);
  let newest = null;
  let scale = null;
  const pointsOf = ({ arrays }) => hasPoints
    ? { places: arrays.trained_places, values: arrays.trained } : null;
  const read = (place) => rankWords(place, labels, {
    name, unit, values: newest.arrays[array], points: pointsOf(newest) });
  const hair = addHair(panel, axes.picture, title, read);
  const draw = () => {
    if (newest === null) return;
    const values = newest.arrays[array];
    const last = labels.ranks.length - 1;
    const points = pointsOf(newest);
    const most = largest(points?.values ?? [], largest(values, base ?? 0));
    const step = what.step ?? axisEnd(most / 4, 0.01);
    const steps = Math.max(1, Math.ceil(most / step));
    const top = step * steps;
    const plain = axes.set({
      x: [0, last], y: [0, top], xTicks: labels.ranks.map((rank, at) => [at, String(rank)]),
      yTicks: evenly(0, top, steps).map((value) => [value, brief(value)]) });
    scale = { ...plain, last };
    drawRanks(layer, scale, newest, { values, points, base });
    hair.paint(scale);
    axes.describe(() => `${title}. ${read(newest.facts.at)}.`);
  };
  axes.resized(draw);
  return { paint(frame) { newest = frame; draw(); }, end: axes.end };
}

function addRankLegend(panel, hasPoints) {
  const entries = [[lineSample("anatomy-curve"), "the change cut to the rank"]];
  if (hasPoints) {
    entries.push([markSample(svg("path", { class: "anatomy-lora", d: DIAMOND })), "trained by LoRA"]);
  }
  addLegend(panel, entries);
}

/** The curve, a dot at each stop and a large one at the chosen, the level, and LoRA's points. */
function drawRanks(layer, { across, up, left, right, top, bottom }, { facts, arrays },
                   { values, points, base }) {
  const here = across(facts.at);
  const parts = [svg("line", { class: "anatomy-upright", x1: here, x2: here, y1: top, y2: bottom })];
  if (base !== null) {
    parts.push(svg("line", { class: "anatomy-level", x1: left, x2: right, y1: up(base), y2: up(base) }));
  }
  const line = svg("path", { class: "anatomy-curve" });
  line.setAttribute("d", linePath(arrays.places, values, across, up));
  parts.push(line);
  values.forEach((value, at) => {
    const dot = svg("circle", { class: "anatomy-stop" });
    setAttributes(dot, { cx: across(at), cy: up(value), r: at === facts.at ? 7 : 3 });
    parts.push(dot);
  });
  points?.values.forEach((value, at) => {
    const x = across(points.places[at]).toFixed(1);
    parts.push(svg("path", { class: "anatomy-lora", d: DIAMOND,
                             transform: `translate(${x} ${up(value).toFixed(1)})` }));
  });
  if (base !== null) { // last, so that its halo lies over a curve as high as the level
    parts.push(svg("text", { class: "anatomy-halo", "text-anchor": "end", x: right - 2,
                             y: up(base) - 4 }, "base model"));
  }
  layer.replaceChildren(...parts);
}
