// A small field beside a weight: the reader types a number, Python checks it and puts it in
// between two steps. Enter applies, Escape leaves; what is refused is said in a sentence.

import { html } from "#kit/dom.js";
import { NETWORK } from "./network_view.js";

/** The editor's elements, hidden, at the end of a panel. */
function addForm(panel) {
  const form = html("form", "anatomy-editor");
  const name = html("div", "anatomy-soft");
  const field = html("input");
  const refused = html("p", "anatomy-refused");
  const buttons = html("div", "anatomy-row anatomy-entry");
  const leave = html("button", "", "Close");
  field.type = "text"; // not "number": what is wrong is to be said, not swallowed
  field.inputMode = "decimal";
  field.autocomplete = "off";
  field.title = "Enter puts this number into the network before its next step; Escape leaves it";
  leave.type = "button";
  refused.setAttribute("role", "alert");
  form.dataset.lmSuppressShortcuts = "true";
  form.noValidate = true;
  form.hidden = true;
  buttons.append(field, html("button", "", "Apply"), leave);
  form.append(name, buttons, refused);
  panel.append(form);
  return { form, name, field, refused, leave };
}

/** The editor, closed; returns { open(link), end }. `panel` holds the drawing and is its frame. */
export function weightEditor(model, panel) {
  const { form, name, field, refused, leave } = addForm(panel);
  const editor = String(Math.random()); // the same lab may be shown twice
  let link = null;
  const close = () => {
    const from = link;
    link = null;
    form.hidden = true;
    from?.group.focus({ preventScroll: true });
  };
  const onReply = (content) => {
    if (content.type !== "edited" || content.editor !== editor || !link) return;
    refused.textContent = content.refused;
    field.setAttribute("aria-invalid", String(content.refused !== ""));
    if (content.refused) field.select();
    else close();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    model.send({ type: "edit", editor, name: link.array, place: link.place, text: field.value });
  });
  form.addEventListener("keydown", (event) => {
    event.stopPropagation(); // a letter typed here is no shortcut of the notebook
    if (event.key === "Escape") close();
  });
  leave.addEventListener("click", close);
  model.on("msg:custom", onReply);
  return {
    open(chosen, value) {
      link = chosen;
      name.textContent = chosen.name;
      field.setAttribute("aria-label", chosen.name);
      field.value = String(Number(value.toPrecision(4)));
      refused.textContent = "";
      field.removeAttribute("aria-invalid");
      placeEditor(form, chosen);
      form.hidden = false;
      field.focus({ preventScroll: true });
      field.select();
    },
    end: () => model.off("msg:custom", onReply),
  };
}

/** Near the weight, and inside of the drawing whatever its size. */
function placeEditor(form, { x, y }) {
  const across = (100 * x / NETWORK.width).toFixed(1);
  const down = (100 * Math.min(y + 8, NETWORK.height * 0.7) / NETWORK.height).toFixed(1);
  form.style.left = `clamp(108px, ${across}%, calc(100% - 108px))`;
  form.style.top = `${down}%`;
}
