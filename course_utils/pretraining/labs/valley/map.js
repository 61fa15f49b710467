// The valley's map: lines of equal loss, the ball with its path and next step, earlier runs.

import { html, setAttributes, setText, svg } from "#kit/dom.js";
import { addDrawing } from "#kit/figure.js";
import { lineSample } from "#kit/legend.js";
import { addNote } from "#kit/panel.js";
import { largest, linear } from "#kit/scale.js";
import { ringsBelow } from "./contours.js";

const MAP = { left: 1, right: 479, top: 1, bottom: 240, height: 258 };
const LABELS_AT = 0.86; // of the width: where the lines' losses are written
const LABEL_GAP = 18;
const EDGE_GAP = 12; // of a ball that lies beyond the map

/** The map; returns { paint, end }. */
export function valleyMap(panel, { levels, ghosts: most }) {
  const size = { width: 480, height: MAP.height };
  const { picture, describe, end } = addDrawing(panel, "Map of the loss", size);
  const clipped = addClip(picture);
  const lines = levels.map((level) => svg("path", { class: "anatomy-contour", "data-level": level }));
  const ghosts = Array.from({ length: most }, (_, at) => addGhost(at));
  const trail = svg("path", { class: "anatomy-trail" });
  clipped.append(...lines, ...ghosts.map(({ path }) => path), trail);
  const names = svg("g");
  const ball = addBall(picture, names);
  picture.append(...ghosts.map(({ mark }) => mark));
  addTitles(picture);
  const legend = addRuns(panel, ghosts);
  const note = addNote(panel, "", "anatomy-note");
  let surface = 0; // which one the lines were drawn for
  const paint = ({ facts, arrays }) => {
    const [left, right, bottom, top] = arrays.box;
    const across = linear([left, right], [MAP.left, MAP.right]);
    const up = linear([bottom, top], [MAP.bottom, MAP.top]);
    if (facts.surface !== surface) {
      surface = facts.surface;
      drawLines(lines, names, levels, facts.grid, arrays.surface);
    }
    trail.setAttribute("d", wayPath(arrays.trail, across, up));
    ghosts.forEach((ghost, at) => setGhost(ghost, arrays[`ghost${at}`], across, up));
    setBall(ball, arrays, across, up, facts.is_outside);
    legend(facts);
    setText(note, facts.drawn);
    describe(() => words(facts, arrays));
  };
  return { paint, end };
}

function words(facts, { ball, next }) {
  const place = ([x, y]) => `${x.toFixed(1)} across and ${y.toFixed(1)} up`;
  return `The ball is ${place(ball)} from its start, where the loss is ${facts.loss.toFixed(3)}. The `
    + `next step leads to ${place(next)}.${facts.is_outside ? " The ball is beyond the map." : ""}`;
}

function addClip(picture) {
  const name = `valley-map-${Math.random().toString(36).slice(2)}`; // a lab may be shown twice
  const clip = svg("clipPath", { id: name });
  const area = { x: MAP.left, y: MAP.top, width: MAP.right - MAP.left, height: MAP.bottom - MAP.top };
  clip.append(svg("rect", area));
  const group = svg("g", { "clip-path": `url(#${name})` });
  picture.append(clip, group, svg("rect", { ...area, class: "anatomy-grid" }));
  return group;
}

function addTitles(picture) {
  picture.append(svg("text", { x: 2, y: MAP.height - 4 },
                     "across: along the valley; up: from wall to wall"));
}

/** The start, the next step and the ball, over the lines' names. */
function addBall(picture, names) {
  const start = svg("circle", { class: "anatomy-start", r: 4.5 });
  const next = svg("path", { class: "anatomy-next-step" });
  const landing = svg("circle", { class: "anatomy-landing", r: 4 });
  const dot = svg("circle", { class: "anatomy-ball", r: 6 });
  const away = svg("path", { class: "anatomy-ball", d: "M13 0L4 -6V6Z" });
  picture.append(names, start, next, landing, dot, away);
  return { start, next, landing, dot, away };
}

function setBall({ start, next, landing, dot, away }, arrays, across, up, isOutside) {
  const pixels = ([x, y]) => [across(x), up(y)];
  const clamp = ([x, y]) => [
    Math.min(MAP.right - EDGE_GAP, Math.max(MAP.left + EDGE_GAP, x)),
    Math.min(MAP.bottom - EDGE_GAP, Math.max(MAP.top + EDGE_GAP, y)),
  ];
  const [ball, goal] = [pixels(arrays.ball), pixels(arrays.next)];
  const seen = isOutside ? clamp(ball) : ball;
  const lands = clamp(goal);
  const isSeen = !isOutside && lands[0] === goal[0] && lands[1] === goal[1];
  const [x0, y0] = pixels([0, 0]);
  setAttributes(start, { cx: x0, cy: y0 });
  setAttributes(dot, { cx: seen[0], cy: seen[1] });
  // Where the ball is, or where it is about to go, beyond the map: an arrow says which way.
  const [from, to] = isOutside ? [seen, ball] : [lands, goal];
  const turn = 180 / Math.PI * Math.atan2(to[1] - from[1], to[0] - from[0]);
  const tip = isOutside ? seen : lands;
  away.style.display = isSeen ? "none" : "";
  away.setAttribute("transform",
                    `translate(${tip[0].toFixed(1)} ${tip[1].toFixed(1)}) rotate(${turn.toFixed(0)})`);
  landing.style.display = isSeen ? "" : "none";
  setAttributes(landing, { cx: lands[0], cy: lands[1] });
  next.style.display = isOutside ? "none" : "";
  next.setAttribute("d", `M${seen.map((value) => value.toFixed(1)).join(" ")}`
    + `L${lands.map((value) => value.toFixed(1)).join(" ")}`);
}

/** All lines and the losses beside them. */
function drawLines(lines, names, levels, grid, values) {
  const column = linear([0, grid[0] - 1], [MAP.left, MAP.right]);
  const row = linear([0, grid[1] - 1], [MAP.bottom, MAP.top]);
  const place = (x, y) => [column(x), row(y)];
  const labels = [];
  const most = largest(values, 0);
  lines.forEach((line, at) => {
    if (levels[at] > most) { // all of the map is lower: a tint on everything would say nothing
      line.setAttribute("d", "");
      return;
    }
    const { path, corners } = ringsBelow(values, grid, levels[at], place);
    line.setAttribute("d", path);
    const where = labelPlace(corners, labels);
    if (where) labels.push({ where, level: levels[at] });
  });
  names.replaceChildren(...labels.map(({ where: [x, y], level }) =>
    svg("text", { class: "anatomy-halo anatomy-soft", x, y: y + 4, "text-anchor": "middle" },
        String(level))));
}

/** Where a line crosses the upright of the labels, unless there is no room; null then. */
function labelPlace(corners, taken) {
  const wanted = MAP.left + LABELS_AT * (MAP.right - MAP.left);
  const free = corners.filter(([x, y]) => Math.abs(x - wanted) < 8 && y > MAP.top + 9
    && y < MAP.bottom - 9
    && taken.every(({ where }) => Math.abs(where[1] - y) > LABEL_GAP));
  return free[0] ?? null;
}

function wayPath(points, across, up) {
  const xs = points.filter((_, at) => at % 2 === 0);
  const ys = points.filter((_, at) => at % 2 === 1);
  return ys.reduce((path, y, at) =>
    `${path}${at ? "L" : "M"}${across(xs[at]).toFixed(1)} ${up(y).toFixed(1)}`, "");
}

function addGhost(at) {
  const path = svg("path", { class: `anatomy-ghost anatomy-ghost${at}` });
  const mark = svg("text", { class: "anatomy-halo anatomy-value" }, String(at + 1));
  return { path, mark };
}

/** An earlier run's path, with its number at the end, kept inside of the map. */
function setGhost({ path, mark }, points, across, up) {
  path.setAttribute("d", wayPath(points, across, up));
  mark.style.display = points.length ? "" : "none";
  if (!points.length) return;
  const [x, y] = [across(points.at(-2)), up(points.at(-1))];
  setAttributes(mark, { x: Math.min(MAP.right - 12, Math.max(MAP.left + 4, x + 5)),
                        y: Math.min(MAP.bottom - 4, Math.max(MAP.top + 12, y - 5)) });
}

/** What each path is: this run and the earlier ones; returns what takes the facts. */
function addRuns(panel, ghosts) {
  const list = html("div", "anatomy-legend anatomy-runs");
  const rows = ["anatomy-trail", ...ghosts.map((_, at) => `anatomy-ghost anatomy-ghost${at}`)]
    .map((look) => {
      const row = html("span");
      const text = html("span");
      row.append(lineSample(look), text);
      list.append(row);
      return { row, text };
    });
  panel.append(list);
  return (facts) => {
    setText(rows[0].text, "this run");
    rows.slice(1).forEach(({ row, text }, at) => {
      const ghost = facts.ghosts[at];
      row.style.display = ghost ? "" : "none";
      if (ghost) setText(text, `${at + 1}: ${ghost.recipe}: ${ghost.verdict}`);
    });
  };
}
