// The next-word lab's network: embedding, hidden and output, left to right, with all its weights.

import { svg } from "#kit/dom.js";
import { addDrawing } from "#kit/figure.js";
import { percent, signed } from "#kit/number.js";
import { markRight } from "./bars.js";

const NET = { width: 400, height: 404, cell: 58, tall: 17, pitch: 20.5, top: 30 };
const COLUMNS = { embedding: 58, hidden: 176, output: 280 };

/** A cell that holds one number; returns what sets it. */
function addCell(picture, x, y) {
  const box = { x, y: y - NET.tall / 2, width: NET.cell, height: NET.tall, rx: 3 };
  picture.append(svg("rect", { class: "anatomy-back", ...box }));
  const cell = svg("rect", { class: "anatomy-cell", ...box });
  const text = svg("text", { class: "anatomy-value", x: x + NET.cell / 2, y: y + 4,
                             "text-anchor": "middle" });
  picture.append(cell, text);
  return { cell, text };
}

/** Show a number in its cell: its sign and size as text, and as colour and strength. */
function setCell({ cell, text }, value, words) {
  text.textContent = words ?? inCell(value);
  cell.classList.toggle("anatomy-below", value < 0);
  const strength = Number.isFinite(value) ? Math.min(1, Math.abs(value) / 2) : 0;
  cell.style.fillOpacity = (0.55 * strength).toFixed(2);
}

/** A number as a cell can hold it: two decimals, fewer when it is large. */
function inCell(value) {
  if (!Number.isFinite(value)) return "?";
  const size = Math.abs(value);
  if (size < 9.995) return signed(value);
  if (size > 99_999) return value < 0 ? "\u2212huge" : "+huge";
  return (value < 0 ? "\u2212" : "+") + size.toFixed(size < 99.95 ? 1 : 0);
}

/** The heights of a column's cells, around the middle of the drawing. */
function heights(count, pitch) {
  const middle = NET.top + NET.pitch * 8.4;
  return Array.from({ length: count }, (_, index) => middle + pitch * (index - (count - 1) / 2));
}

/** The lines between two columns; returns what takes their weights, (ends, starts). */
function addWeights(picture, left, starts, right, ends) {
  const lines = ends.flatMap((end) => starts.map((start) => {
    const line = svg("line", { class: "anatomy-weight", x1: left + NET.cell, y1: start, x2: right,
                               y2: end });
    picture.append(line);
    return line;
  }));
  return (weights) => {
    const most = weights.reduce((one, other) => Math.max(one, Math.abs(other) || 0), 1e-9);
    lines.forEach((line, index) => {
      const share = Math.abs(weights[index]) / most;
      line.classList.toggle("anatomy-below", weights[index] < 0);
      line.style.strokeWidth = Number.isFinite(share) ? (0.2 + 2.4 * share).toFixed(2) : "0.2";
      line.style.strokeOpacity = Number.isFinite(share) ? (0.12 + 0.7 * share).toFixed(2) : "0.1";
    });
  };
}

/** The two context words beside their vectors; returns what takes them. */
function addContext(picture, rows) {
  const texts = [rows.slice(0, 8), rows.slice(8)].map((group) => {
    const y = (group[0] + group[7]) / 2 + 4;
    const text = svg("text", { class: "anatomy-word", x: 44, y, "text-anchor": "end" });
    const brace = { class: "anatomy-grid", x1: 51, x2: 51, y1: group[0] - 8, y2: group[7] + 8 };
    picture.append(text, svg("line", brace));
    return text;
  });
  return (words) => texts.forEach((text, at) => { text.textContent = words[at]; });
}

/** The network's drawing; returns { paint, end }. */
export function wordNetwork(panel, labels) {
  const { picture, describe, end } = addDrawing(panel, "The network", NET);
  const left = heights(16, NET.pitch).map((y, index) => y + (index < 8 ? -5 : 5));
  const middle = heights(labels.hidden, NET.pitch);
  const right = heights(labels.words.length, 40);
  const setHiddenWeights = addWeights(picture, COLUMNS.embedding, left, COLUMNS.hidden, middle);
  const setOutputWeights = addWeights(picture, COLUMNS.hidden, middle, COLUMNS.output, right);
  for (const [name, x] of Object.entries(COLUMNS)) {
    picture.append(svg("text", { class: "anatomy-name anatomy-soft", x: x + NET.cell / 2, y: 12,
                                 "text-anchor": "middle" }, name));
  }
  const setContext = addContext(picture, left);
  const cells = [left, middle, right].map((column, at) =>
    column.map((y) => addCell(picture, Object.values(COLUMNS)[at], y)));
  const names = labels.words.map((word, index) => {
    const text = svg("text", { class: "anatomy-word", x: COLUMNS.output + NET.cell + 6,
                               y: right[index] + 4 }, word);
    picture.append(text);
    return text;
  });
  addWeightLegend(picture);
  const paint = ({ facts, arrays }) => {
    setContext(facts.context);
    setHiddenWeights(arrays.hidden_weights);
    setOutputWeights(arrays.output_weights);
    cells[0].forEach((cell, at) => setCell(cell, arrays.embedding[at]));
    cells[1].forEach((cell, at) => setCell(cell, arrays.hidden[at]));
    cells[2].forEach((cell, at) =>
      setCell(cell, 2 * arrays.probabilities[at], percent(arrays.probabilities[at], 0, "?")));
    names.forEach((text, at) => markRight(text, labels.words[at], at === facts.right));
    describe(() => `The network from the words ${facts.context.join(" ")} to the probability of each `
      + `next word: ${labels.words[facts.right]}, the right one, gets `
      + `${percent(arrays.probabilities[facts.right], 0, "?")}.`);
  };
  return { paint, end };
}

function addWeightLegend(picture) {
  const y = NET.height - 10;
  const rows = [["", 8, "positive"], ["anatomy-below", 122, "negative"]];
  for (const [extra, x, words] of rows) {
    picture.append(svg("line", { class: `anatomy-weight ${extra}`, x1: x, x2: x + 30, y1: y - 4,
                                 y2: y - 4, "stroke-width": 3 }));
    picture.append(svg("text", { x: x + 36, y }, words));
  }
  picture.append(svg("text", { x: 250, y }, "wider is stronger"));
}
