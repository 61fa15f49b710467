// A picture as a group with a text beside it for readers who cannot see it.

import { html, setText, svg } from "#kit/dom.js";
import { slowly } from "#kit/slowly.js";

/**
 * An SVG in a group of that name. Its text alternative stands beside it, unseen, and changes at
 * most once a second: describe(words) takes the function that makes it. Returns { figure, picture,
 * describe, end }.
 */
export function addFigure(parent, title, attributes = {}) {
  const figure = html("div", "anatomy-figure");
  figure.setAttribute("role", "group");
  figure.setAttribute("aria-label", title);
  const picture = svg("svg", attributes);
  const alternative = html("p", "anatomy-unseen");
  figure.append(picture, alternative);
  parent.append(figure);
  const slow = slowly((words) => setText(alternative, words()));
  return { figure, picture, describe: slow.run, end: slow.end };
}

/** Call `draw` with an element's width in pixels now and whenever it changes; returns its end. */
export function onWidth(element, draw) {
  let known = 0;
  const observer = new ResizeObserver(() => {
    const width = Math.round(element.clientWidth);
    if (width === known || width === 0) return;
    known = width;
    draw(width);
  });
  observer.observe(element);
  return () => observer.disconnect();
}

/**
 * A drawing with coordinates of its own, width by height, that fills its place; its texts keep
 * their size on the screen down to three quarters of its width. See addFigure.
 */
export function addDrawing(parent, title, { width, height }) {
  const made = addFigure(parent, title, { viewBox: `0 0 ${width} ${height}` });
  const stop = onWidth(made.picture, (pixels) => {
    const unit = Math.min(4 / 3, width / pixels);
    made.picture.style.setProperty("--anatomy-unit", unit.toFixed(3));
  });
  return { ...made, end: () => { stop(); made.end(); } };
}
