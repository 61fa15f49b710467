// All heads of all layers as small pictures, one of which is chosen; and how a map is painted.

import { html, setText } from "#kit/dom.js";

/** Paint roots of weights, a byte each, as so much ink into a canvas of size by size pixels. */
export function paintInk(canvas, bytes, size) {
  canvas.width = size;
  canvas.height = size;
  const image = new ImageData(size, size);
  for (let at = 0; at < bytes.length; at += 1) image.data[4 * at + 3] = bytes[at];
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** One head's picture with its radio button. */
function addThumb(grid, layer, head, choose) {
  const label = html("label", "anatomy-thumb");
  const input = html("input");
  input.type = "radio";
  input.name = "head"; // of its own form
  input.setAttribute("aria-label", `layer ${layer}, head ${head}`);
  const canvas = html("canvas", "anatomy-ink");
  canvas.setAttribute("aria-hidden", "true");
  label.append(input, canvas);
  grid.append(label);
  input.addEventListener("change", () => { if (input.checked) choose(layer, head); });
  return { input, canvas };
}

/** The grid, a row a layer; returns { element, paint }. */
export function addHeads(model) {
  const { layers, heads } = model.get("labels");
  const form = html("form", "anatomy-heads");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.style.setProperty("--anatomy-columns", heads);
  form.append(html("span"));
  for (let head = 0; head < heads; head += 1) form.append(html("span", "anatomy-soft", `head ${head}`));
  const choose = (layer, head) => {
    model.set("chosen", [layer, head]);
    model.save_changes();
  };
  const thumbs = [];
  for (let layer = 0; layer < layers; layer += 1) {
    const name = html("span", "anatomy-soft");
    setText(name, `layer ${layer}`);
    form.append(name);
    for (let head = 0; head < heads; head += 1) thumbs.push(addThumb(form, layer, head, choose));
  }
  const paint = ({ facts }) => {
    const view = model.get("maps");
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const size = facts.tokens.length;
    thumbs.forEach(({ input, canvas }, at) => {
      paintInk(canvas, bytes.subarray(at * size * size, (at + 1) * size * size), size);
      input.checked = at === facts.layer * heads + facts.head;
    });
  };
  return { element: form, paint };
}
