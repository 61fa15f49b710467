// All heads of all layers as small pictures, a row a layer; and how a map is painted.

import { html } from "#kit/dom.js";

/** Weights as ink, a byte each: their roots, so that small ones show; what is no number is none. */
export function inkOf(weights) {
  return Uint8Array.from(weights, (weight) => Math.round(255 * Math.sqrt(weight)));
}

/** Paint so much ink, a byte each, into a canvas of size by size pixels. */
export function paintInk(canvas, ink, size) {
  canvas.width = size;
  canvas.height = size;
  const image = new ImageData(size, size);
  for (let at = 0; at < ink.length; at += 1) image.data[4 * at + 3] = ink[at];
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/**
 * Fill an element with a picture for each head; returns the canvases, layer by layer.
 * dress(cell, canvas, layer, head) makes of a cell with its canvas what the lab needs.
 */
export function fillHeads(grid, { layers, heads }, dress, tag = "span") {
  grid.classList.add("anatomy-heads");
  grid.style.setProperty("--anatomy-columns", heads);
  grid.replaceChildren(html("span"));
  for (let head = 0; head < heads; head += 1) grid.append(html("span", "anatomy-soft", `head ${head}`));
  const canvases = [];
  for (let layer = 0; layer < layers; layer += 1) {
    grid.append(html("span", "anatomy-soft", `layer ${layer}`));
    for (let head = 0; head < heads; head += 1) {
      const cell = html(tag, "anatomy-head");
      const canvas = html("canvas", "anatomy-ink");
      cell.append(canvas);
      grid.append(cell);
      dress(cell, canvas, layer, head);
      canvases.push(canvas);
    }
  }
  return canvases;
}
