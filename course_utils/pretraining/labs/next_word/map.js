// The next-word lab's map: every word a dot; its two directions were fixed at the first weights.

import { setAttributes, setText, svg } from "#kit/dom.js";
import { addDrawing } from "#kit/figure.js";
import { fixed } from "#kit/number.js";
import { addNote } from "#kit/panel.js";

const MAP = { width: 270, height: 300, edge: 22 };
const NEAR = { left: 280, top: 22, size: 120, half: 0.75 }; // the part around the followed word

/** The map; returns { paint, end }. It changes scale only when a word would leave it. */
export function wordMap(panel, labels) {
  const size = { width: 400, height: MAP.height };
  const { picture, describe, end } = addDrawing(panel, "Map of the words", size);
  addCross(picture);
  const trail = svg("path", { class: "anatomy-trail" });
  picture.append(trail);
  const setNear = addNear(picture, labels);
  const words = labels.words.map((word) => addWord(picture, word, word === labels.followed));
  const scale = svg("text", { x: MAP.width - 6, y: MAP.height - 6,
                              "text-anchor": "end" });
  picture.append(scale);
  const note = addNote(panel);
  const still = labels.still.map((word) =>
    ` \u201c${word}\u201d stays: no word of the text follows it.`).join("");
  const paint = ({ facts, arrays }) => {
    const half = halfHeight(arrays);
    const unit = (MAP.height / 2 - MAP.edge) / half;
    const place = (array, at) => [
      MAP.width / 2 + unit * (Number.isFinite(array[2 * at]) ? array[2 * at] : 0),
      MAP.height / 2 - unit * (Number.isFinite(array[2 * at + 1]) ? array[2 * at + 1] : 0),
    ];
    words.forEach((word, at) => {
      const now = place(arrays.map, at);
      setWord(word, place(arrays.map_start, at), now, word.followed ? place(arrays.trail, 0) : now);
    });
    trail.setAttribute("d", path(arrays.trail, (at) => place(arrays.trail, at)));
    setNear(arrays);
    setText(scale, `top edge: ${half.toFixed(half < 10 ? 1 : 0)}`);
    setText(note, `A word is ${labels.width} numbers; the map shows them from one side, along two directions `
      + "that never change: what moves is learning. \u201c"
      + `${labels.followed}\u201d is ${fixed(facts.moved, 2)} from its start, in all its `
      + `numbers.${still}`);
    describe(() => `The word vectors, seen from a fixed side, after ${facts.step} epochs. `
      + `${labels.followed} is ${fixed(facts.moved, 2)} from its start.`);
  };
  return { paint, end };
}

/** A line through the places of an array of points. */
function path(points, place) {
  const steps = Array.from({ length: points.length / 2 }, (_, at) => {
    const [x, y] = place(at);
    return `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return steps.join("");
}

/** The followed word's surroundings, larger, its start in the middle; returns what sets them. */
function addNear(picture, labels) {
  const { left, top, size } = NEAR;
  const middle = [left + size / 2, top + size / 2];
  picture.append(svg("rect", { class: "anatomy-grid", x: left, y: top, width: size - 0.5,
                               height: size }));
  picture.append(svg("text", { x: left, y: top - 7 },
                     `near \u201c${labels.followed}\u201d`));
  const edge = svg("text", { x: left, y: top + size + 16 });
  const ring = svg("circle", { class: "anatomy-ring", r: 4, cx: middle[0], cy: middle[1] });
  const trail = svg("path", { class: "anatomy-trail" });
  const dot = svg("circle", { class: "anatomy-dot anatomy-followed anatomy-near", r: 5 });
  picture.append(edge, ring, trail, dot);
  const row = labels.words.indexOf(labels.followed);
  return ({ map_start: start, trail: points }) => {
    const away = points.map((value, at) => value - start[2 * row + at % 2] || 0);
    let half = NEAR.half;
    const needed = away.reduce((one, other) => Math.max(one, Math.abs(other)), 0) * 1.1;
    while (half < needed && half < 1e9) half *= 2;
    const place = (at) => [middle[0] + size / 2 * away[2 * at] / half,
                           middle[1] - size / 2 * away[2 * at + 1] / half];
    trail.setAttribute("d", path(points, place));
    const [x, y] = place(points.length / 2 - 1);
    setAttributes(dot, { cx: x, cy: y });
    edge.textContent = `edge: ${half.toFixed(half < 10 ? 2 : 0)} away`;
  };
}

/** Half of what the map spans from bottom to top: fixed at the start, doubled when it must be. */
function halfHeight({ map_start: start, map, trail }) {
  const wide = (MAP.width / 2 - MAP.edge * 2) / (MAP.height / 2 - MAP.edge);
  const reach = (array) => array.reduce((most, value, at) => {
    const size = Math.abs(value) / (at % 2 ? 1 : wide);
    return Number.isFinite(size) ? Math.max(most, size) : most;
  }, 0);
  let half = 1.2 * reach(start) || 1;
  const needed = Math.max(reach(map), reach(trail));
  while (half < needed && half < 1e9) half *= 2;
  return half;
}

function addCross(picture) {
  const { width, height } = MAP;
  picture.append(svg("rect", { class: "anatomy-grid", x: 0.5, y: 0.5, width: width - 1,
                               height: height - 1 }));
  picture.append(svg("line", { class: "anatomy-grid", x1: 0, x2: width, y1: height / 2,
                               y2: height / 2 }));
  picture.append(svg("line", { class: "anatomy-grid", x1: width / 2, x2: width / 2, y1: 0,
                               y2: height }));
  picture.append(svg("text", { x: 6, y: height - 6 },
                     "ring: start, dot: now"));
  picture.append(svg("text", { x: width - 6, y: height / 2 - 5, "text-anchor": "end" },
                     "direction 1 \u2192"));
  picture.append(svg("text", { x: width / 2 + 6, y: 14 }, "\u2191 direction 2"));
}

function addWord(picture, word, followed) {
  const extra = followed ? " anatomy-followed" : "";
  const way = svg("line", { class: `anatomy-way${extra}` });
  const ring = svg("circle", { class: `anatomy-ring${extra}`, r: 4 });
  const dot = svg("circle", { class: `anatomy-dot${extra}`, r: followed ? 6 : 4.5 });
  const bold = followed ? " anatomy-right" : "";
  const name = svg("text", { class: `anatomy-word anatomy-halo${bold}` }, word);
  picture.append(way, ring, dot, name);
  return { way, ring, dot, name, followed };
}

/** Put a word in its place, with a thin line from its start to where its trail begins. */
function setWord({ way, ring, dot, name }, [fromX, fromY], [x, y], [x2, y2]) {
  setAttributes(way, { x1: fromX, y1: fromY, x2, y2 });
  setAttributes(ring, { cx: fromX, cy: fromY });
  setAttributes(dot, { cx: x, cy: y });
  const turned = x > MAP.width - 60;
  setAttributes(name, { x: turned ? x - 9 : x + 9, y: y - 6, "text-anchor": turned ? "end" : "start" });
}
