// All heads of all layers as small pictures, one of which is chosen.

import { html } from "#kit/dom.js";
import { fillHeads, paintInk } from "#kit/heads.js";

/** The grid, a row a layer; returns { element, paint }. */
export function addHeads(model) {
  const labels = model.get("labels");
  const form = html("form");
  form.addEventListener("submit", (event) => event.preventDefault());
  const inputs = [];
  const dress = (cell, canvas, layer, head) => {
    const input = html("input");
    input.type = "radio";
    input.name = "head"; // of its own form
    input.setAttribute("aria-label", `layer ${layer}, head ${head}`);
    canvas.setAttribute("aria-hidden", "true");
    cell.classList.add("anatomy-thumb");
    cell.prepend(input);
    input.addEventListener("change", () => {
      if (!input.checked) return;
      model.set("chosen", [layer, head]);
      model.save_changes();
    });
    inputs.push(input);
  };
  const canvases = fillHeads(form, labels, dress, "label");
  const paint = ({ facts }) => {
    const view = model.get("maps");
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const size = facts.tokens.length;
    canvases.forEach((canvas, at) => {
      paintInk(canvas, bytes.subarray(at * size * size, (at + 1) * size * size), size);
      inputs[at].checked = at === facts.layer * labels.heads + facts.head;
    });
  };
  return { element: form, paint };
}
