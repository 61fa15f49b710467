// The frame of every lab's view: its root, what it draws, what it ends with, and its data
// attributes, which tell tests what was drawn last.

import { watchBanner } from "#kit/banner.js";
import { html } from "#kit/dom.js";
import { connect, follow, mirror } from "#kit/frame.js";
import { keepKeys } from "#kit/keys.js";

/**
 * Show a lab that trains; returns the function that ends it.
 *
 * what: { name, build(root, model), facts(frame), note(frame) }. build makes the
 * parts, functions of a frame or { paint, end }, and the banner, and returns { parts, banner };
 * facts gives the data attributes; note, if given, the banner's words while there are none.
 */
export function showLab({ model, el }, { name, build, facts, note }) {
  const root = addRoot(el, name);
  const { parts, banner } = build(root, model);
  const words = watchBanner(model, banner);
  const draw = drawing(root, parts, facts);
  const ends = [
    keepKeys(),
    connect(model, (frame) => {
      draw(frame);
      if (note) words.note(note(frame));
    }),
    words.end,
    mirror(model, "status", (text) => { root.dataset.status = text; }),
  ];
  return ending(parts, ends);
}

/** Show a lab that trains nothing, and draws its frame whenever it changes; see showLab. */
export function showStill({ model, el }, { name, build, facts }) {
  const root = addRoot(el, name);
  root.classList.add("anatomy-still");
  const { parts } = build(root, model);
  return ending(parts, [keepKeys(), follow(model, drawing(root, parts, facts))]);
}

function addRoot(el, name) {
  const root = html("div", `anatomy-lab anatomy-${name}`);
  el.append(root);
  return root;
}

/** What draws all parts with a frame, and counts how often. */
function drawing(root, parts, facts) {
  const paints = parts.map((part) => part.paint ?? part);
  return (frame) => {
    for (const paint of paints) paint(frame);
    Object.assign(root.dataset, facts(frame));
    root.dataset.drawn = Number(root.dataset.drawn ?? 0) + 1;
  };
}

function ending(parts, ends) {
  return () => {
    for (const end of ends) end();
    for (const part of parts) part.end?.();
  };
}
