// An empty plot in the page's own pixels, so that its texts are as large in a narrow window: grid,
// ticks, and for each axis a title that says what it counts and in which unit.

import { setAttributes, setText, svg } from "#kit/dom.js";
import { addFigure, onWidth } from "#kit/figure.js";
import { linear } from "#kit/scale.js";

export const EDGE = { left: 50, right: 16, top: 26, bottom: 40 }; // pixels around the curves
const FIRST_WIDTH = 320; // until the page says
const LEAST_WIDTH = 150; // a window that is being resized may be narrower for a moment

/**
 * A plot; returns { picture, layer, set, resized, describe, end }.
 *
 * titles: { title, x, y }, what it shows and what its axes count.
 * set({ x: [low, high], y: [low, high], xTicks, yTicks, xTitle, yTitle }): gives it axes; ticks are
 * [value, text], new titles are for what changes its meaning. Returns how values become places:
 * { across, up, back, left, right, top, bottom }.
 * resized(draw): what to do when its width has changed.
 */
export function addAxes(parent, { title, x, y }, height = 216) {
  const made = addFigure(parent, title, { class: "anatomy-chart" });
  const { picture } = made;
  picture.style.height = `${height}px`;
  const grid = svg("g");
  const layer = svg("g");
  const titles = [svg("text", { class: "anatomy-soft", x: 2, y: 13 }, y),
                  svg("text", { class: "anatomy-soft", "text-anchor": "middle" }, x)];
  picture.append(grid, layer, ...titles);
  const lines = { x: [], y: [] };
  let width = FIRST_WIDTH; // told by the page; asking for it in each frame would cost a layout
  let [shown, scale] = ["", null];
  let stop = () => {};
  return {
    ...made, layer,
    set(wanted) {
      const { x: [first, last], y: [low, high], xTicks, yTicks, xTitle = x, yTitle = y } = wanted;
      const key = JSON.stringify([wanted, width]);
      if (key === shown) return scale;
      shown = key;
      const right = Math.max(LEAST_WIDTH, width) - EDGE.right;
      const bottom = height - EDGE.bottom;
      const across = linear([first, last], [EDGE.left, right]);
      const up = linear([low, high], [bottom, EDGE.top]);
      const back = linear([EDGE.left, right], [first, last]);
      setTicks(grid, lines.y, yTicks, (value) => ({
        line: { x1: EDGE.left, x2: right, y1: up(value), y2: up(value) },
        text: { x: EDGE.left - 6, y: up(value) + 4, "text-anchor": "end" } }));
      setTicks(grid, lines.x, xTicks, (value) => ({
        line: { x1: across(value), x2: across(value), y1: bottom, y2: bottom + 3 },
        text: { x: across(value), y: bottom + 17, "text-anchor": "middle" } }));
      setText(titles[0], yTitle);
      setText(titles[1], xTitle);
      setAttributes(titles[1], { x: (EDGE.left + right) / 2, y: height - 6 });
      scale = { across, up, back, left: EDGE.left, right, top: EDGE.top, bottom };
      return scale;
    },
    resized(draw) {
      stop = onWidth(picture, (pixels) => {
        width = pixels;
        draw();
      });
    },
    end() { stop(); made.end(); },
  };
}

/** As many ticks as there are values, each in its place. */
function setTicks(grid, ticks, wanted, placed) {
  while (ticks.length > wanted.length) {
    const { line, text } = ticks.pop();
    line.remove();
    text.remove();
  }
  while (ticks.length < wanted.length) {
    const tick = { line: svg("line", { class: "anatomy-grid" }), text: svg("text") };
    grid.append(tick.line, tick.text);
    ticks.push(tick);
  }
  wanted.forEach(([value, words], at) => {
    const places = placed(value);
    setAttributes(ticks[at].line, places.line);
    setAttributes(ticks[at].text, places.text);
    setText(ticks[at].text, words);
  });
}
