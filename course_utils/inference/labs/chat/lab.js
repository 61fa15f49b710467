// The chat lab's view: the conversation with its text field, and the next token's candidates.

import { addBanner } from "#kit/banner.js";
import { html, setText } from "#kit/dom.js";
import { addFigures, addNote, addPanel, addPanels } from "#kit/panel.js";
import { showLab } from "#kit/view.js";
import { showColumns } from "./columns.js";
import { showField } from "./field.js";
import { showConversation } from "./talk.js";
import { visible } from "./tokens.js";

const ROWS = 8;

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
  if (facts.pointed) return `The token that you chose, ${after}. Move the sliders.`;
  return facts.question ? `The token ${after}`
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
  const talk = addPanel(panels, "Conversation", "anatomy-talk").panel;
  const stages = model.get("labels").stages;
  let field = null;
  const conversation = showConversation(talk, model, (number, text) => field.edit(number, text));
  field = showField(talk, model, stages);
  const candidates = showCandidates(addPanel(panels, "Candidates for one token").panel);
  const parts = [figures, conversation, field, candidates];
  if (stages) {
    const wide = addPanel(addPanels(root), "The same question to each stage", "anatomy-wide").panel;
    parts.push(showColumns(wide, model));
  }
  return { parts, banner: addBanner(root) };
}

function render(context) {
  const facts = ({ facts: { turns, tokens, writing, temperature, can_undo: undo, columns } }) =>
    ({ turns, tokens, writing, temperature, undo,
       answered: columns.filter(({ text, writing: busy }) => text && !busy).length });
  return showLab(context, { name: "chat", build, facts, note: (frame) => frame.facts.note });
}

export default { render };
