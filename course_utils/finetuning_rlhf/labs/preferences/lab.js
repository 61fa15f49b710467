// The preference lab's view: a prompt, two replies side by side, buttons and keys, what was said.

import { addList, html, scrollable, setText } from "#kit/dom.js";
import { addNote, addPanel, addPanels } from "#kit/panel.js";
import { addHead, addRow } from "#kit/table.js";
import { showStill } from "#kit/view.js";

const LATE_MS = 500;
const LATE = "Writing it down\u2026 If this stays, the kernel is busy with a cell, or it was restarted: "
  + "then run the lab's cell again. Every label that was counted is in the file.";
const EMPTY = "(an empty reply)";
const WHO = { system: "Instruction", user: "You", assistant: "Model" };
const ACTIONS = [ // what is sent, words, key
  ["left", "\u2190 Left is better", "ArrowLeft"],
  ["both_good", "Both good (g)", "g"],
  ["both_bad", "Both bad (b)", "b"],
  ["right", "Right is better \u2192", "ArrowRight"],
  ["undo", "Take back (u)", "u"],
];
const SAID = { left: "left is better", right: "right is better", both_good: "both good",
               both_bad: "both bad" };

/** How far the reader is; returns what takes a frame. */
function addProgress(root) {
  const status = html("p", "anatomy-status");
  status.setAttribute("role", "status");
  const bar = html("progress");
  bar.setAttribute("aria-label", "labelled pairs");
  root.append(status, bar);
  return ({ facts: { at, total, labelled } }) => {
    bar.max = total;
    bar.value = labelled;
    setText(status, at < total ? `Pair ${at + 1} of ${total}: which reply is better?`
      : `All ${total} pairs have a label.`);
  };
}

/** The conversation and both replies; returns what takes a frame. */
function addReplies(root, model) {
  const asked = html("div", "anatomy-asked");
  scrollable(asked, "What was asked");
  const turns = html("div");
  asked.append(turns);
  root.append(asked);
  const panels = addPanels(root);
  const [left, right] = ["Left", "Right"].map((name) => {
    const reply = html("div", "anatomy-reply");
    scrollable(reply, `${name} reply`);
    addPanel(panels, name).panel.append(reply);
    return reply;
  });
  let shown = null;
  return ({ facts: { at, total } }) => {
    const texts = model.get("texts");
    const key = JSON.stringify([at, texts.turns, texts.left, texts.right]);
    if (key === shown) return; // the place in a long reply stays
    shown = key;
    turns.replaceChildren(...texts.turns.map(([role, said]) => {
      return html("p", "anatomy-turn", `${WHO[role] ?? role}: ${said}`);
    }));
    asked.scrollTop = 0; // its end: the style reverses it
    const none = at < total ? EMPTY : "";
    for (const [element, said] of [[left, texts.left], [right, texts.right]]) {
      setText(element, said.trim() ? said : none);
      element.scrollTop = 0;
    }
  };
}

/** The buttons and their keys; returns { paint, end }. A key that is held down counts once. */
function addActions(root, model) {
  const row = html("div", "anatomy-choices");
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", "Which reply is better?");
  const notice = html("p", "anatomy-notice");
  notice.setAttribute("role", "status");
  root.append(row);
  addNote(root, "Keys, once the focus is in here: \u2190 and \u2192 for the better side, g both good, "
    + "b both bad, u takes the last one back.", "anatomy-hint");
  root.append(notice);
  let newest = null;
  let late = 0;
  const act = (what) => {
    if (newest === null) return;
    const { at, total, labelled } = newest;
    if (what === "undo" ? labelled === 0 : at === total) return;
    model.send(what === "undo" ? { type: "undo", labelled } : { type: "choose", at, choice: what });
    clearTimeout(late);
    late = setTimeout(() => setText(notice, LATE), LATE_MS);
  };
  const buttons = ACTIONS.map(([what, words, key]) => {
    const button = html("button", "", words);
    button.type = "button";
    button.setAttribute("aria-keyshortcuts", key);
    button.addEventListener("click", () => act(what));
    row.append(button);
    return button;
  });
  root.setAttribute("data-lm-suppress-shortcuts", "true"); // letters are for the lab, not Jupyter
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const found = ACTIONS.find(([, , key]) => key === pressed);
    if (!found) return;
    event.preventDefault();
    if (!event.repeat) act(found[0]);
  });
  const paint = ({ facts }) => {
    newest = facts;
    clearTimeout(late);
    setText(notice, facts.notice);
    buttons.forEach((button, number) => {
      const idle = ACTIONS[number][0] === "undo" ? facts.labelled === 0 : facts.at === facts.total;
      button.setAttribute("aria-disabled", idle); // it keeps the focus
    });
  };
  return { paint, end: () => clearTimeout(late) };
}

/** How far labels agree; returns what takes a frame. */
function addAgreement(panels, model) {
  const { panel } = addPanel(panels, "How you label");
  const note = addNote(panel);
  const rows = html("div", "anatomy-rows"); // as high before there are rows
  const table = html("table");
  rows.append(table);
  panel.append(rows);
  const warning = addNote(panel, "", "anatomy-warning");
  warning.setAttribute("role", "status");
  return () => {
    const { agreement, missing, warning: words } = model.get("texts");
    setText(warning, words);
    setText(note, missing ? `After ${missing} more labels you see here how often you said the same as `
      + "the script, and the same as yourself: some pairs come twice, with their sides swapped."
      : "\u201cPerhaps\u201d: where the share may lie, with so few labels. Kappa: agreement beyond chance, "
      + "1 for always, 0 for as often as two who do not look.");
    table.replaceChildren();
    if (agreement.length) addHead(table, ["", "labels", "perhaps", "kappa"]);
    for (const [name, ...texts] of agreement) addRow(table, name, texts);
  };
}

/** A reply of a labelled pair, with who called it the better one. */
function reviewed(side, { [side]: said, choice, script, slip }) {
  const line = html("span", "anatomy-said", `${side}: ${said.trim() ? said : EMPTY}`);
  if (choice === side) line.append(html("span", "anatomy-tag", "you"));
  if (script !== side) return line;
  line.append(slip ? html("span", "anatomy-tag anatomy-slip", "script: a slip, it meant the other")
    : html("span", "anatomy-tag", "script"));
  return line;
}

/** The newest labels with what the script says, folded up: it would sway the reader. */
function addReviews(root, model) {
  const fold = html("details");
  fold.append(html("summary", "", "What the script says of your last pairs (label first: it sways you)"));
  const list = addList(fold, "Your last labels and the script's");
  root.append(fold);
  return () => {
    const { reviews } = model.get("texts");
    list.replaceChildren(...reviews.map((one) => {
      const entry = html("li", "", "");
      const words = `you: ${SAID[one.choice]}; the script: ${SAID[one.script]}`;
      entry.append(html("strong", "", one.prompt), reviewed("left", one), reviewed("right", one),
                   html("span", "anatomy-soft", words));
      return entry;
    }));
  };
}

function build(root, model) {
  const progress = addProgress(root);
  const pair = addReplies(root, model);
  const actions = addActions(root, model);
  const agreement = addAgreement(addPanels(root), model);
  return { parts: [progress, pair, actions, agreement, addReviews(root, model)] };
}

function render(context) {
  const facts = ({ facts: { at, total, labelled } }) => ({ at, total, labelled });
  return showStill(context, { name: "preferences", build, facts });
}

export default { render };
