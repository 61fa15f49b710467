// Marks that can be pointed at and gone through with the arrow keys, and names that find a place.

import { setAttributes, svg } from "#kit/dom.js";

const LETTER = 6.6; // pixels, about
const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };

/** The marks of [{ name, words, x, y, mark() }]: one stop of the Tab key for all of them. */
export function addMarks(layer, spots, chosen, choose) {
  const stop = Math.max(0, spots.findIndex(({ name }) => name === chosen));
  const groups = spots.map(({ name, words, x, y, mark }, at) => {
    const group = mark();
    setAttributes(group, { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
                           tabindex: at === stop ? "0" : "-1", role: "img", "aria-label": words,
                           "data-lm-suppress-shortcuts": "true" });
    group.append(svg("circle", { class: "anatomy-reach", r: 10 }));
    group.addEventListener("mouseenter", () => choose(name));
    group.addEventListener("focus", () => choose(name));
    return group;
  });
  layer.append(...groups);
  groups.forEach((group, at) => group.addEventListener("keydown", (event) => {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    const next = groups[(at + STEPS[event.key] + groups.length) % groups.length];
    group.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  }));
}

/** Names beside their marks, the newest first; one that finds no free place is left out. */
export function placeNames(layer, spots, named, taken, area) {
  taken.push(...spots.map(({ x, y }) => ({ left: x - 4, right: x + 4, top: y - 4, bottom: y + 4 })));
  for (const { name, x, y } of spots.filter((one) => named.includes(one.name)).toReversed()) {
    const places = [[x - 8, y + 4, "end"], [x + 8, y + 4, "start"], [x - 5, y - 7, "end"],
                    [x + 5, y - 7, "start"], [x - 5, y + 16, "end"], [x + 5, y + 16, "start"]];
    const free = places.find((place) => {
      const box = boxOf(name, ...place);
      return box.left > area.left && box.right < area.right && box.bottom < area.bottom
        && !taken.some((other) => overlap(box, other));
    });
    if (free) taken.push(textAt(layer, name, ...free));
  }
}

/** Write a text; returns the box that it takes. */
export function textAt(layer, text, x, y, anchor, className = "") {
  layer.append(svg("text", { class: `${className} anatomy-halo`.trim(), x, y,
                             "text-anchor": anchor }, text));
  return boxOf(text, x, y, anchor);
}

function boxOf(text, x, y, anchor) {
  const wide = text.length * LETTER;
  const left = anchor === "end" ? x - wide : x;
  return { left, right: left + wide, top: y - 11, bottom: y + 2 };
}

function overlap(one, other) {
  return one.left < other.right && other.left < one.right
    && one.top < other.bottom && other.top < one.bottom;
}
