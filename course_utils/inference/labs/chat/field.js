// The field in which one writes to the model: a message, one in place of an earlier one, a question
// to every stage.

import { html, setText } from "#kit/dom.js";

const UNHEARD_MS = 3000; // then a message that no kernel took comes back into the field
const CAPTION = "Your message";

/** The words above the field while a message is edited: a warning of what goes. */
export function warning(number, turns) {
  const gone = turns - 2 * number - 1;
  return `Instead of your message ${number + 1}. Sending it drops the ${gone} `
    + `turn${gone === 1 ? "" : "s"} after it; Undo brings them back`;
}

/** A labelled text field; returns its parts. */
function addInput(form) {
  const [label, caption, input] = [html("label"), html("span", "", CAPTION), html("input")];
  Object.assign(input, { type: "text", maxLength: 2000, autocomplete: "off",
                         title: "What you say to the model; Enter sends it" });
  label.append(caption, input);
  form.append(label);
  return { caption, input };
}

/** A button of the form. */
function addAction(form, words, title, act) {
  const button = html("button", "", words);
  Object.assign(button, { type: "button", title });
  button.addEventListener("click", act);
  form.append(button);
  return button;
}

/** What takes Enter and Escape in the field, which JupyterLab would take for its own. */
function onKeys(input, say, leave) {
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    say();
  });
}

/** The text field with its buttons; returns { paint, edit }, a part of the view. */
export function showField(panel, model, stages) {
  const form = html("div", "anatomy-field"); // not a form: JupyterLab swallows its Enter
  form.setAttribute("data-lm-suppress-shortcuts", "true"); // letters are for the field, not Jupyter
  const { caption, input } = addInput(form);
  const state = { sent: "", heard: 0, refused: null, turns: 0, editing: null };
  const send = (message) => {
    const text = input.value;
    if (!text.trim()) return;
    model.send({ ...message, text });
    const before = state.heard;
    state.sent = text;
    finish();
    // A kernel that is gone hears nothing, and what was typed is not lost.
    setTimeout(() => { if (state.heard === before && !input.value) input.value = text; }, UNHEARD_MS);
  };
  const say = () => send(state.editing === null ? { type: "say" }
    : { type: "edit", number: state.editing });
  addAction(form, "Send", "Send the message to the model", say);
  if (stages) {
    addAction(form, "Ask every stage", "Ask this of each stage's model, side by side",
              () => send({ type: "stages" }));
  }
  const cancel = addAction(form, "Cancel", "Leave the message as it was", () => finish());
  cancel.hidden = true;
  onKeys(input, say, () => { if (state.editing !== null) finish(); });
  panel.append(form);
  function finish() {
    input.value = "";
    state.editing = null;
    setText(caption, CAPTION);
    cancel.hidden = true;
  }
  const edit = (number, text) => {
    state.editing = number;
    setText(caption, warning(number, state.turns));
    cancel.hidden = false;
    input.value = text;
    input.focus();
  };
  const paint = ({ facts }) => {
    const more = state.refused !== null && facts.refused > state.refused;
    const { heard, refused, turns } = facts;
    // A message that the kernel took with it comes back, once.
    if (state.refused === null && facts.unanswered && !input.value) input.value = facts.unanswered;
    if (more && !input.value) input.value = state.sent; // so that it can be shortened
    else if (heard > state.heard && !more && input.value === state.sent) input.value = "";
    Object.assign(state, { heard, refused, turns });
    if (state.editing !== null && 2 * state.editing >= turns) finish();
  };
  return { paint, edit };
}
