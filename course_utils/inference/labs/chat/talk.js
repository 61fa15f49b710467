// The conversation, turn by turn, with the replies that can be chosen and what waits.

import { html, scrollable, setText } from "#kit/dom.js";
import { addReadout, showTokens } from "./tokens.js";

const WHO = { system: "Instruction", user: "You", assistant: "Model" };
const CUT = "\u2702 cut here: the reply's length or the model's context was used up";
const STOPPED = "\u25a0 stopped here";

/** How a reply ended, where it did not end by itself. */
export function howItEnded(finish) {
  if (finish === "length") return CUT;
  return finish === null ? STOPPED : "";
}

/** The rows of a conversation: what it holds, what is being written, and what waits. */
export function rowsOf(facts) {
  const rows = [];
  const none = { lengths: [], chances: [], mark: "", number: null, of: 1, chosen: 0 };
  if (facts.system) rows.push({ ...none, role: "system", text: facts.system });
  const last = facts.exchanges.length - 1;
  facts.exchanges.forEach((one, index) => {
    const unread = 2 * one.number < facts.left_out;
    rows.push({ ...none, role: "user", text: one.user, number: one.number, unread });
    const choice = index === last && !facts.question ? { of: one.of, chosen: one.chosen } : {};
    rows.push({ ...none, role: "assistant", text: one.text, lengths: one.lengths,
                chances: one.chances, mark: howItEnded(one.finish), unread,
                newest: index === last, ...choice });
  });
  if (facts.question) {
    rows.push({ ...none, role: "user", text: facts.question });
    rows.push({ ...none, role: "assistant", text: `${facts.reply}\u258d`, lengths: facts.reply_lengths,
                chances: facts.reply_chances });
  }
  for (const text of facts.waiting) {
    rows.push({ ...none, role: "user", text, mark: "waits until the reply above has ended" });
  }
  return rows;
}

/** A button of a row. */
function addButton(row, words, title) {
  const button = html("button", "anatomy-small", words);
  Object.assign(button, { type: "button", title, hidden: true });
  button.setAttribute("aria-label", title);
  row.append(button);
  return button;
}

/** The place of one turn; returns { row, paint }. */
function addTurn(log, tell, model, edit) {
  const row = html("div");
  const [head, text, mark] = [html("div", "anatomy-head"), html("div", "anatomy-said"),
                              html("div", "anatomy-mark anatomy-soft")];
  const who = html("span", "anatomy-who");
  const aside = html("span", "anatomy-aside anatomy-soft");
  head.append(who, aside);
  const change = addButton(head, "Edit", "Say something else here");
  const before = addButton(head, "\u2039", "The reply before this one");
  const which = html("span", "anatomy-which");
  head.append(which);
  const after = addButton(head, "\u203a", "The reply after this one");
  row.append(head, text, mark);
  log.append(row);
  let shown = {};
  const paintTokens = showTokens(text, tell, (number) => {
    if (shown.newest) model.send({ type: "look", number });
  });
  const choose = (step) => model.send({ type: "choose", number: shown.chosen + step });
  before.addEventListener("click", () => choose(-1));
  after.addEventListener("click", () => choose(1));
  change.addEventListener("click", () => edit(shown.number, shown.text));
  let key = "";
  const paint = (turn) => {
    const now = JSON.stringify(turn);
    if (now === key) return;
    key = now;
    shown = turn;
    const mine = turn.role === "user";
    row.className = `anatomy-turn${mine ? " anatomy-yours" : ""}${turn.unread ? " anatomy-unread" : ""}`;
    row.dataset.role = turn.role;
    setText(who, WHO[turn.role]);
    setText(aside, turn.unread ? "no longer read" : "");
    if (turn.role === "assistant") paintTokens(turn.text, turn.lengths, turn.chances, "Reply");
    else paintTokens(turn.text, [], [], WHO[turn.role]);
    setText(mark, turn.mark);
    change.hidden = turn.number === null;
    change.setAttribute("aria-label", `Edit message ${turn.number + 1}`);
    const several = turn.of > 1;
    before.hidden = after.hidden = which.hidden = !several;
    before.disabled = turn.chosen === 0;
    after.disabled = turn.chosen === turn.of - 1;
    setText(which, several ? `reply ${turn.chosen + 1} of ${turn.of}` : "");
  };
  return { row, paint };
}

/** The conversation's list; returns what takes a frame. Texts are only ever set as text. */
export function showConversation(panel, model, edit) {
  const log = html("div", "anatomy-log");
  scrollable(log, "The conversation");
  log.setAttribute("role", "log");
  panel.append(log);
  const tell = addReadout(panel);
  const rows = [];
  return ({ facts }) => {
    const turns = rowsOf(facts);
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    const more = turns.length > rows.length;
    while (rows.length < turns.length) rows.push(addTurn(log, tell, model, edit));
    while (rows.length > turns.length) rows.pop().row.remove();
    turns.forEach((turn, index) => rows[index].paint(turn));
    log.setAttribute("aria-busy", String(facts.writing));
    if (atEnd || more) log.scrollTop = log.scrollHeight;
  };
}
