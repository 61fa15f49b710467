// The chat lab's view: the conversation with its text field, and the next token's candidates.

import { addBanner } from "#kit/banner.js";
import { html, scrollable, setText } from "#kit/dom.js";
import { mirror } from "#kit/frame.js";
import { addFigures, addNote, addPanel, addPanels } from "#kit/panel.js";
import { showLab } from "#kit/view.js";

const ROWS = 8;
const WHO = { user: "You", assistant: "Model" };

/** A token with its spaces and line ends to be seen. */
function visible(name) {
  return name.replaceAll(" ", "\u2423").replaceAll("\n", "\u23ce");
}

/** The conversation's list; returns what takes a frame. Texts are only ever set as text. */
function showConversation(panel) {
  const log = html("div", "anatomy-log");
  scrollable(log, "The conversation");
  log.setAttribute("role", "log");
  panel.append(log);
  const rows = [];
  const addRow = () => {
    const row = html("div");
    const who = html("span", "anatomy-who");
    const text = html("span", "anatomy-said");
    row.append(who, text);
    log.append(row);
    rows.push({ row, who, text });
  };
  return ({ facts }) => {
    const pending = facts.writing
      ? [["user", facts.question], ["assistant", `${facts.reply}\u258d`]] : [];
    const turns = [...facts.turns, ...pending];
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    while (rows.length < turns.length) addRow();
    while (rows.length > turns.length) rows.pop().row.remove();
    turns.forEach(([role, said], index) => {
      const { row, who, text } = rows[index];
      if (text.textContent === said && row.dataset.role === role) return;
      row.dataset.role = role;
      row.className = role === "user" ? "anatomy-turn anatomy-yours" : "anatomy-turn";
      who.textContent = WHO[role] ?? role;
      text.textContent = said;
    });
    log.setAttribute("aria-busy", String(facts.writing));
    if (atEnd) log.scrollTop = log.scrollHeight;
  };
}

/** The text field with its button; returns { paint, end }. */
function showField(panel, model) {
  const form = html("div", "anatomy-field"); // not a form: JupyterLab swallows its Enter
  form.setAttribute("data-lm-suppress-shortcuts", "true"); // letters are for the field, not Jupyter
  const label = html("label");
  const input = html("input");
  const send = html("button", "", "Send");
  Object.assign(input, { type: "text", maxLength: 2000, autocomplete: "off",
                         title: "What you say to the model; Enter sends it" });
  Object.assign(send, { type: "button", title: "Send the message to the model" });
  label.append(html("span", "", "Your message"), input);
  form.append(label, send);
  panel.append(form);
  let sent = "";
  let refused = null;
  const say = () => {
    if (!input.value.trim() || send.disabled) return;
    sent = input.value;
    model.send({ type: "say", text: sent });
    input.value = "";
  };
  send.addEventListener("click", say);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    say();
  });
  const paint = ({ facts }) => {
    const more = refused !== null && facts.refused > refused;
    if (more && !input.value) input.value = sent; // so that it can be shortened
    refused = facts.refused;
  };
  const end = mirror(model, "status", (status) => { send.disabled = status === "playing"; });
  return { paint, end };
}

/** The bars of the candidates; returns what takes a frame. Eight rows from the beginning. */
function showCandidates(panel) {
  const caption = html("p", "anatomy-caption anatomy-soft");
  const list = html("div", "anatomy-bars");
  panel.append(caption, list);
  const rows = Array.from({ length: ROWS }, () => {
    const row = html("div", "anatomy-bar");
    const [name, share, mark] = ["anatomy-name", "anatomy-share", "anatomy-mark"]
      .map((one) => html("span", one));
    const track = html("span", "anatomy-track");
    const fill = html("span", "anatomy-fill anatomy-filled");
    const plain = html("span", "anatomy-plain");
    plain.title = "The model's own probability, at temperature 1";
    track.append(fill, plain);
    row.append(name, track, share, mark);
    list.append(row);
    return { row, name, fill, plain, share, mark };
  });
  addNote(panel, "The thin line in a bar is the model's own probability, at temperature 1 and "
    + "top-p 1.");
  return ({ facts, arrays }) => {
    setText(caption, describe(facts));
    rows.forEach(({ row, name, fill, plain, share, mark }, index) => {
      const there = index < facts.names.length;
      row.classList.toggle("anatomy-absent", !there);
      if (!there) return;
      const percent = 100 * arrays.chances[index];
      setText(name, visible(facts.names[index]));
      name.title = name.textContent;
      fill.style.width = `${percent}%`;
      plain.style.left = `${100 * arrays.plain[index]}%`;
      setText(share, `${percent.toFixed(percent && percent < 10 ? 1 : 0)} %`);
      setText(mark, index === facts.chosen ? "\u25c2 chosen" : "");
    });
  };
}

/** Which token the bars stand for, in words. */
function describe(facts) {
  if (!facts.names.length) return "Send a message: the bars show what each token was chosen from.";
  const after = facts.before ? `after \u201c\u2026${facts.before}\u201d` : "at the reply's beginning";
  return facts.writing ? `The token ${after}`
    : `Where the model hesitated most in its last reply: ${after}. Move the sliders.`;
}

function build(root, model) {
  const tell = addFigures(root, ["tokens in the reply", "temperature", "top-p",
                                 ["turns left out", "old turns left out"]]);
  const figures = ({ facts }) => tell({
    "tokens in the reply": facts.tokens, temperature: facts.temperature.toFixed(2),
    "top-p": facts.top_p.toFixed(2), "turns left out": facts.left_out,
  });
  const panels = addPanels(root);
  const talk = addPanel(panels, "Conversation").panel;
  const conversation = showConversation(talk);
  const field = showField(talk, model);
  const candidates = showCandidates(addPanel(panels, "Candidates for one token").panel);
  return { parts: [figures, conversation, field, candidates], banner: addBanner(root) };
}

function render(context) {
  const facts = ({ facts: { turns, tokens, writing, temperature } }) =>
    ({ turns: turns.length, tokens, writing, temperature });
  return showLab(context, { name: "chat", build, facts, note: (frame) => frame.facts.note });
}

export default { render };
