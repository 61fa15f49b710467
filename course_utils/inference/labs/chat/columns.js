// The same question to each stage's model: one column each, side by side or one below the other.

import { html, setText } from "#kit/dom.js";
import { addNote } from "#kit/panel.js";
import { howItEnded } from "./talk.js";
import { addReadout, showTokens } from "./tokens.js";

const ORIGIN = { own: "your own", starter: "the course's starter", "": "missing" };
const READS = { "base model": "reads your words alone and goes on with them" };

/** One column; returns what takes its facts. */
function addStage(row, tell, model) {
  const column = html("div", "anatomy-column");
  const [head, soft, text, mark, problem] = ["anatomy-who", "anatomy-soft", "anatomy-answer",
    "anatomy-mark anatomy-soft", "anatomy-problem"].map((name) => html("div", name));
  const use = html("button", "anatomy-small", "Use the starter");
  use.type = "button";
  column.append(head, soft, text, mark, problem, use);
  row.append(column);
  let stage = "";
  use.addEventListener("click", () => model.send({ type: "starter", stage }));
  const paintTokens = showTokens(text, tell, () => {});
  return (facts) => {
    stage = facts.stage;
    setText(head, stage);
    setText(soft, `${ORIGIN[facts.origin]}; ${READS[stage] ?? "reads them as a chat's message"}`);
    const cursor = facts.writing ? "\u258d" : "";
    paintTokens(facts.text + cursor, facts.lengths, facts.chances, `Answer of the ${stage}`);
    setText(mark, facts.writing || !facts.text ? "" : howItEnded(facts.finish));
    setText(problem, facts.problem);
    use.hidden = !facts.can_use_starter;
    column.setAttribute("aria-busy", String(facts.writing));
  };
}

/** The columns with the question above them; returns what takes a frame. */
export function showColumns(panel, model) {
  const asked = html("p", "anatomy-asked");
  const row = html("div", "anatomy-columns");
  panel.append(asked, row);
  const tell = addReadout(panel);
  const note = addNote(panel);
  const columns = [];
  return ({ facts }) => {
    setText(asked, facts.asked ? `Asked: ${facts.asked}`
      : "Write a question above and press \u201cAsk every stage\u201d. It is asked without what was "
        + "said before.");
    while (columns.length < facts.columns.length) columns.push(addStage(row, tell, model));
    facts.columns.forEach((one, index) => columns[index](one));
    setText(note, facts.columns_note);
  };
}
