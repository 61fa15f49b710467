// A network drawn left to right: every neuron, every weight, every bias. Any number of columns.
// It draws what a scene says is computed; cards, editing and the timeline are in other files.

import { html, svg } from "#kit/dom.js";
import { addDrawing } from "#kit/figure.js";
import { fine, signed } from "#kit/number.js";
import { slowly } from "#kit/slowly.js";

export const NETWORK = { width: 480, height: 400, top: 22, bottom: 44 };
const SOURCES = { weights: "", email: "email_gradient_", all: "gradient_" };

/**
 * Draw the network's parts once; returns { neurons, links, paint, end }.
 *
 * columns: { names, x, radius, slope: the array with its neurons' gradients }, left to right.
 * layers: { weights, bias }, the names of the arrays between two neighbouring columns.
 * paint(frame, scene): scene.values has an array's name or null a column, scene.slopes a truth a
 * column, scene.links "weights", "email", "all" or null a layer, scene.loss a truth.
 */
export function networkView(panel, columns, layers, words) {
  const scroller = html("div", "anatomy-scroller");
  panel.append(scroller);
  const { picture, end: endDrawing } = addDrawing(scroller, words, NETWORK);
  const places = columns.map(placeColumn);
  const wires = svg("g");
  picture.append(wires);
  const links = layers.map(({ weights, bias }, at) => {
    const [before, after] = [places[at], places[at + 1]];
    const pairs = before.flatMap((from) => after.map((to) => [from, to]));
    return [
      ...pairs.map(([from, to], place) => addWeight(wires, { array: weights, place, from, to })),
      ...after.map((to, place) => addBias(wires, { array: bias, place, to })),
    ];
  });
  const neurons = places.map((column, at) =>
    column.map((place, index) => addNeuron(picture, place, at, index)));
  const loss = addLoss(picture, wires, places.at(-1));
  const legend = addLineLegend(picture);
  links[0][0].group.tabIndex = 0; // one stop for all weights; the arrow keys go on from there
  links.flat().forEach((link, index, all) => onArrows(link, index, all));
  // What a screen reader finds on a line or a neuron; the drawing itself changes with every frame.
  const names = slowly((arrays, shown) => {
    links.flat().forEach((link) => nameLink(link, arrays));
    neurons.forEach((column, at) => column.forEach((neuron) => nameNeuron(neuron, arrays, shown[at])));
  });
  return {
    neurons: neurons.flat(),
    links: links.flat(),
    paint(frame, scene) {
      legend(paintLinks(links, layers, frame, scene), scene);
      neurons.forEach((column, at) => paintNeurons(column, columns[at], frame.arrays,
                                                   scene.values[at], scene.slopes[at]));
      loss.group.classList.toggle("anatomy-dim", !scene.loss);
      loss.value.textContent = scene.loss ? frame.facts.email_loss.toFixed(3) : "\u00b7";
      names.run(frame.arrays, scene.values);
    },
    end() { names.end(); endDrawing(); },
  };
}

function placeColumn({ names, x, radius, beside }) {
  const gap = (NETWORK.height - NETWORK.top - NETWORK.bottom) / names.length;
  return names.map((name, index) => ({ name, x, radius, beside,
                                       y: NETWORK.top + gap * (index + 0.5) }));
}

function addWeight(wires, { array, place, from, to }) {
  const ends = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
  const name = `weight ${from.name} \u2192 ${to.name}`;
  return { kind: "link", isBias: false, array, place, name,
           x: (from.x + to.x) / 2, y: (from.y + to.y) / 2,
           ...addLine(wires, "anatomy-weight", ends) };
}

/** A bias is the weight of a small square that is always 1. */
function addBias(wires, { array, place, to }) {
  const start = { x: to.x - 21, y: to.y + to.radius + 15 };
  const line = addLine(wires, "anatomy-bias", { x1: start.x, y1: start.y, x2: to.x - 8,
                                                y2: to.y + to.radius - 3 });
  line.group.append(svg("rect", { class: "anatomy-one", x: start.x - 4, y: start.y - 4, width: 8,
                                  height: 8 }));
  const name = `bias of ${to.name}`;
  return { kind: "link", isBias: true, array, place, name, ...start, ...line };
}

/** A line and, over it, a wider one that cannot be seen and is easy to hit. */
function addLine(wires, className, ends) {
  const group = svg("g", { class: "anatomy-link", tabindex: -1, role: "button",
                           "data-lm-suppress-shortcuts": "true" });
  const line = svg("line", { class: className, ...ends });
  group.append(line, svg("line", { class: "anatomy-reach", ...ends }));
  wires.append(group);
  return { group, line };
}

function addNeuron(picture, { name, x, y, radius, beside }, column, index) {
  const group = svg("g", { class: "anatomy-cell", tabindex: 0, role: "button",
                           "aria-pressed": "false", "data-lm-suppress-shortcuts": "true" });
  const value = svg("text", { class: "anatomy-value", x, y: y + 4, "text-anchor": "middle" });
  const slope = svg("text", { class: "anatomy-slope", x: x - 9, y: y + radius + 14 });
  group.append(svg("circle", { class: "anatomy-neuron", cx: x, cy: y, r: radius }), value, slope);
  if (beside) {
    const rows = name.split(" ");
    rows.forEach((word, row) => {
      const height = y + 4 + 15 * (row - (rows.length - 1) / 2);
      group.append(svg("text", { class: "anatomy-name", x: x - radius - 6, y: height,
                                 "text-anchor": "end" }, word));
    });
  } else {
    group.append(svg("text", { class: "anatomy-name", x, y: y - radius - 5,
                               "text-anchor": "middle" }, name));
  }
  picture.append(group);
  return { kind: "neuron", group, value, slope, name, column, index };
}

function addLoss(picture, wires, answers) {
  const box = { x: NETWORK.width - 86, width: 78, height: 46 };
  const y = answers.reduce((sum, answer) => sum + answer.y, 0) / answers.length;
  for (const answer of answers) {
    wires.append(svg("line", { class: "anatomy-grid", x1: answer.x, y1: answer.y, x2: box.x,
                               y2: y }));
  }
  const group = svg("g", { class: "anatomy-loss" });
  const middle = { x: box.x + box.width / 2, "text-anchor": "middle" };
  const value = svg("text", { class: "anatomy-value", ...middle, y: y + 15 });
  group.append(svg("rect", { class: "anatomy-neuron", x: box.x, y: y - box.height / 2, rx: 4,
                             width: box.width, height: box.height }),
               svg("text", { class: "anatomy-tick", ...middle, y: y - 4 }, "loss"), value);
  picture.append(group);
  return { group, value };
}

/** The legend; returns what takes the widest line's value and the scene. */
function addLineLegend(picture) {
  const y = NETWORK.height - 10;
  const rows = [["", 8, "positive"], ["anatomy-below", 178, "negative"]].map(
    ([extra, x, sign]) => {
      picture.append(svg("line", { class: `anatomy-weight ${extra}`, x1: x, x2: x + 24,
                                   y1: y - 4, y2: y - 4, "stroke-width": 5 }));
      const text = svg("text", { class: "anatomy-tick", x: x + 30, y });
      picture.append(text);
      return { sign, text };
    });
  const widest = svg("text", { class: "anatomy-tick", x: NETWORK.width - 8, y,
                               "text-anchor": "end" });
  picture.append(widest);
  return (largest, scene) => {
    const what = scene.links.some((one) => one === "email" || one === "all")
      ? "gradient" : "weight";
    for (const { sign, text } of rows) text.textContent = `${sign} ${what}`;
    const size = largest < 0.1 ? fine(largest).slice(1) : largest.toFixed(1);
    widest.textContent = scene.links.some(Boolean) ? `widest line: ${size}` : "";
  };
}

/** Give every line its width, colour and dashes; returns the value that the widest line has. */
function paintLinks(links, layers, { arrays }, scene) {
  const lit = scene.links.flatMap((mode, at) => (mode === null ? [] : [
    ...arrays[SOURCES[mode] + layers[at].weights], ...arrays[SOURCES[mode] + layers[at].bias]]));
  const isWeights = scene.links.every((mode) => mode === null || mode === "weights");
  const largest = Math.max(isWeights ? 1 : 1e-12, ...lit.map(Math.abs));
  links.forEach((layer, at) => layer.forEach(({ group, line, array, place }) => {
    const mode = scene.links[at];
    const value = arrays[SOURCES[mode ?? "weights"] + array][place];
    const share = mode === null ? 0 : Math.abs(value) / largest;
    group.classList.toggle("anatomy-dim", mode === null);
    line.classList.toggle("anatomy-below", value < 0);
    line.classList.toggle("anatomy-zero", value === 0);
    line.style.strokeWidth = `${0.6 + 7 * share}px`;
  }));
  return largest;
}

function paintNeurons(column, { slope }, arrays, shown, hasSlope) {
  column.forEach(({ group, value, slope: below, index }) => {
    value.textContent = shownValue(arrays, shown, index);
    below.textContent = hasSlope ? `\u2202 ${fine(arrays[slope][index])}` : "";
    group.classList.toggle("anatomy-dim", shown === null);
  });
}

function shownValue(arrays, shown, index) {
  return shown === null ? "\u00b7" : arrays[shown][index].toFixed(2).replace("-", "\u2212");
}

function nameLink({ group, array, place, name }, arrays) {
  group.setAttribute("aria-label", `${name}: ${signed(arrays[array][place])}. Enter changes it.`);
}

function nameNeuron({ group, name, index }, arrays, shown) {
  const value = shown === null ? "not yet computed" : shownValue(arrays, shown, index);
  group.setAttribute("aria-label", `${name}: ${value}`);
}

/** Arrow keys go from one weight to the next; only one of them is a stop of the Tab key. */
function onArrows(link, index, all) {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  link.group.addEventListener("keydown", (event) => {
    if (!(event.key in steps)) return;
    event.preventDefault();
    all[(index + steps[event.key] + all.length) % all.length].group.focus();
  });
  link.group.addEventListener("focus", () => {
    for (const other of all) other.group.tabIndex = other === link ? 0 : -1;
  });
}
