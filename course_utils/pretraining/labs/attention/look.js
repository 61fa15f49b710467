// The chosen head large: its map, and the sentence twice with lines from a token to those before it.

import { html, setText, svg } from "#kit/dom.js";
import { onWidth } from "#kit/figure.js";
import { inkOf, paintInk } from "#kit/heads.js";
import { makeRoving } from "#kit/roving.js";

const ROW = 22; // pixels of a token's line

/** A column of buttons of which Tab reaches one and the arrows the others; returns { fill }. */
function addColumn(parent, name, { point, lock }) {
  const column = html("div", "anatomy-tokens");
  const take = makeRoving(column, name);
  parent.append(column);
  let buttons = [];
  const add = (text, at) => {
    const button = html("button", "anatomy-token");
    button.type = "button";
    const number = html("span", "anatomy-soft", `${at} `);
    const weight = html("span", "anatomy-weight");
    button.append(number, html("bdi", "", text), weight);
    button.addEventListener("pointerenter", () => point(at));
    button.addEventListener("focus", () => point(at));
    button.addEventListener("click", () => lock(at));
    return button;
  };
  const fill = (tokens) => {
    buttons = tokens.map(add);
    column.replaceChildren(...buttons);
    take(buttons, tokens.length - 1);
  };
  return { fill, each: (paint) => buttons.forEach(paint) };
}

/** The sentence twice, lines between; returns { take, show, end }. */
export function addLists(panel, act) {
  const holder = html("div", "anatomy-twice");
  panel.append(holder);
  const left = addColumn(holder, "tokens that look",
                         { point: (at) => act.point(at, null), lock: (at) => act.lock(at, null) });
  const lines = svg("svg", { class: "anatomy-lines", "aria-hidden": "true" });
  holder.append(lines);
  const right = addColumn(holder, "tokens that are looked at",
                          { point: (at) => act.point(null, at), lock: (at) => act.lock(null, at) });
  let shown = null;
  let width = 60;
  let tokens = "";
  const show = (head, pair) => {
    shown = [head, pair];
    const [from, to] = pair;
    const row = head.row(from);
    left.each((button, at) => {
      button.classList.toggle("anatomy-here", at === from);
      button.setAttribute("aria-pressed", at === from);
    });
    right.each((button, at) => {
      const hidden = head.hidden(from, at);
      button.classList.toggle("anatomy-here", at === to);
      button.classList.toggle("anatomy-later", hidden);
      button.setAttribute("aria-pressed", at === to);
      button.style.setProperty("--anatomy-share", `${(100 * row[at]).toFixed(1)}%`);
      setText(button.lastChild, hidden ? "masked" : row[at].toFixed(2));
    });
    lines.replaceChildren(...[...row].flatMap((weight, at) => (weight < 0.005 ? [] : [svg("line", {
      x1: 0, x2: width, y1: (from + 0.5) * ROW, y2: (at + 0.5) * ROW,
      "stroke-width": 0.6 + 7 * weight, class: at === to ? "anatomy-line anatomy-here" : "anatomy-line",
    })])));
  };
  const end = onWidth(lines, (pixels) => {
    width = pixels;
    if (shown) show(...shown);
  });
  const take = (head) => {
    const text = head.tokens.join("\n");
    if (text === tokens) return; // the focus stays where it is
    tokens = text;
    left.fill(head.tokens);
    right.fill(head.tokens);
    lines.setAttribute("height", head.size * ROW);
  };
  return { take, show, end };
}

/** The head's map; returns { take, show }. */
export function addMap(panel, act) {
  const map = html("div", "anatomy-map");
  map.setAttribute("role", "img");
  const canvas = html("canvas", "anatomy-ink");
  const band = html("div", "anatomy-band");
  const cell = html("div", "anatomy-cell");
  map.append(canvas, band, cell);
  panel.append(map, html("p", "anatomy-soft", "More ink is more weight (as its root, so that small "
    + "weights show). The row that looks is framed, with the cell that the words below name."));
  let size = 1;
  const place = (event) => {
    const box = map.getBoundingClientRect();
    const cut = (share) => Math.min(size - 1, Math.max(0, Math.floor(share * size)));
    return [cut((event.clientY - box.top) / box.height), cut((event.clientX - box.left) / box.width)];
  };
  map.addEventListener("pointermove", (event) => act.point(...place(event)));
  map.addEventListener("click", (event) => act.lock(...place(event)));
  const take = (head) => {
    size = head.size;
    paintInk(canvas, inkOf(head.weights), size);
    map.setAttribute("aria-label", `Map of layer ${head.layer}, head ${head.head}; `
      + "the two lists below hold the same numbers");
  };
  const show = (_, [from, to]) => {
    const part = 100 / size;
    Object.assign(band.style, { top: `${from * part}%`, height: `${part}%` });
    Object.assign(cell.style, { top: `${from * part}%`, height: `${part}%`,
                                left: `${to * part}%`, width: `${part}%` });
  };
  return { take, show };
}
