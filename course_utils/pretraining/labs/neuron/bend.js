// A neuron with one input: the line of its sum, and the bend that its activation makes of it.

import { addAxes } from "#kit/axes.js";
import { html, setText, svg } from "#kit/dom.js";
import { markPath } from "#kit/field.js";
import { addPanel, addPanels } from "#kit/panel.js";
import { evenly, linePath } from "#kit/scale.js";

const WIDE = [-9, 0, 9]; // as far as weight and bias can take the sum
const NARROW = [-1, -0.5, 0, 0.5, 1];
const TICKS = { linear: WIDE, ReLU: WIDE, sigmoid: NARROW, tanh: NARROW };

/** A number with a real minus sign. */
function minus(value, decimals) {
  return value.toFixed(decimals).replace("-", "\u2212");
}

/** A curve over the input with a mark at x; returns { paint, end }. */
function curvePanel({ panel, heading }, { ends, title, y, array, at, words, ticks }) {
  const axes = addAxes(panel, { title, x: "input x", y }, 220);
  const line = svg("path", { class: "anatomy-curve" });
  const upright = svg("line", { class: "anatomy-upright anatomy-earlier" });
  const dot = svg("path", { class: "anatomy-point anatomy-solid" });
  axes.layer.append(upright, line, dot);
  let newest = null;
  const draw = () => {
    if (newest === null) return;
    const { facts, arrays } = newest;
    const up = ticks(facts);
    const scale = axes.set({
      x: ends, y: [up[0], up.at(-1)],
      xTicks: evenly(...ends, 4).map((value) => [value, minus(value, 0)]),
      yTicks: up.map((value) => [value, minus(value, Number.isInteger(value) ? 0 : 1)]),
    });
    line.setAttribute("d", linePath(arrays.xs, arrays[array], scale.across, scale.up));
    const x = scale.across(facts.x);
    for (const [name, value] of [["x1", x], ["x2", x], ["y1", scale.top], ["y2", scale.bottom]]) {
      upright.setAttribute(name, value);
    }
    dot.setAttribute("d", markPath("dot", [x, scale.up(facts[at])], 5));
    axes.describe(() => words(facts));
  };
  axes.resized(draw);
  const paint = (frame) => {
    newest = frame;
    setText(heading, title === "The line" ? "The line: weight \u00d7 input + bias"
      : `The bend: ${frame.facts.activation} of that sum`);
    draw();
  };
  return { paint, end: axes.end };
}

/** The upper view: the sum in words, the line, and its bend. */
export function buildBend(root, model) {
  const { ends } = model.get("labels");
  const words = html("p", "anatomy-sum");
  root.append(words);
  const say = ({ facts }) => setText(words, `${minus(facts.weight, 1)} \u00d7 ${minus(facts.x, 1)} + `
    + `(${minus(facts.bias, 1)}) = ${minus(facts.sum, 2)}, and ${facts.activation} makes `
    + `${minus(facts.output, 3)} of it`);
  const panels = addPanels(root);
  const line = curvePanel(addPanel(panels, ""), {
    ends, title: "The line", y: "sum", array: "line", at: "sum", ticks: () => WIDE,
    words: (facts) => `A straight line. At input ${facts.x.toFixed(1)} the sum is `
      + `${facts.sum.toFixed(2)}.`,
  });
  const bend = curvePanel(addPanel(panels, ""), {
    ends, title: "The bend", y: "output", array: "bend", at: "output",
    ticks: ({ activation }) => TICKS[activation],
    words: (facts) => `The ${facts.activation} of the sum. At input ${facts.x.toFixed(1)} the `
      + `output is ${facts.output.toFixed(3)}.`,
  });
  return { parts: [say, line, bend] };
}
