// The steps of the sampler to choose from, the candidates' bars after one of them, and a formula.

import { html, setText } from "#kit/dom.js";
import { mirror } from "#kit/frame.js";
import { grouped, percent, signed } from "#kit/number.js";
import { addNote } from "#kit/panel.js";
import { makeRoving } from "#kit/roving.js";
import { addRow } from "#kit/table.js";
import { barLength, codeOf, cutAt, derive } from "./formula.js";

const MOST = 14;

/** The steps as radio buttons, each with its line of code; returns { paint, end }. */
export function addSteps(panel, model, changed) {
  const form = html("form", "anatomy-steps");
  form.addEventListener("submit", (event) => event.preventDefault());
  panel.append(form);
  addNote(panel, "After each step p = e^z / sum(e^z). Choose a step: the bars show what it leaves. "
    + "The order is that of transformers.");
  const rows = Array.from({ length: 6 }, (_, at) => {
    const row = html("label", "anatomy-step");
    const input = html("input");
    Object.assign(input, { type: "radio", name: "step" }); // of its own form
    const [name, code, kept] = ["anatomy-stepname", "anatomy-code", "anatomy-kept"]
      .map((look) => html(look === "anatomy-code" ? "code" : "span", look));
    row.append(input, name, code, kept);
    form.append(row);
    input.addEventListener("change", () => {
      if (!input.checked) return;
      model.set("stage", at);
      model.save_changes();
    });
    return { row, input, name, code, kept };
  });
  const paint = ({ facts }) => {
    facts.stages.forEach(([step, setting, count], at) => {
      const { row, name, code, kept } = rows[at];
      const idle = at > 0 && setting === null;
      setText(name, `${at + 1} ${step}`);
      setText(code, codeOf(step, setting));
      setText(kept, idle ? "" : `${grouped(count)} kept`);
      row.classList.toggle("anatomy-idle", idle);
    });
  };
  const end = mirror(model, "stage", (stage) => {
    rows.forEach(({ input }, at) => { input.checked = at === stage; });
    changed();
  });
  return { paint, end };
}

/** What is known of a frame's candidates, one after the other. */
function candidatesOf({ facts, arrays }) {
  const count = facts.names.length;
  const column = (numbers, at) => facts.stages.map((_, stage) => numbers[stage * count + at]);
  return facts.names.map((name, at) => ({
    name, id: facts.ids[at], again: facts.again[at], next: facts.next[at],
    shares: column(arrays.shares, at), scores: column(arrays.scores, at),
  }));
}

/** A candidate's row; returns its parts. */
function addCandidate(list) {
  const row = html("button", "anatomy-bar");
  row.type = "button";
  const [name, track, share, score, mark] = ["name", "track", "share", "score", "mark"]
    .map((look) => html("span", `anatomy-${look}`));
  const fill = html("span", "anatomy-fill anatomy-filled");
  const plain = html("span", "anatomy-plain");
  track.append(fill, plain);
  row.append(name, track, share, score, mark);
  list.append(row);
  return { row, name, fill, plain, share, score, mark };
}

/** Draw a candidate after a step; what is cut keeps the bar that it had, in grey. */
function paintBar(parts, candidate, stage, { lowest, highest }) {
  const { row, name, fill, plain, share, score, mark } = parts;
  const cut = cutAt(candidate.scores.slice(0, stage + 1));
  const at = cut > 0 ? cut - 1 : stage;
  const length = barLength(stage, candidate.shares[at], candidate.scores[0], lowest, highest);
  const words = cut >= 0 ? "cut" : percent(candidate.shares[stage]);
  const value = cut >= 0 ? "\u2212\u221e" : signed(candidate.scores[stage]);
  row.classList.toggle("anatomy-cut", cut >= 0);
  setText(name, candidate.name);
  fill.style.width = `${100 * length}%`;
  plain.style.left = `${100 * candidate.shares[0]}%`;
  plain.hidden = stage === 0;
  setText(share, stage === 0 ? "" : words);
  setText(score, value);
  setText(mark, candidate.next >= 0 ? "\u21b3" : "");
  row.title = `Go on with \u201c${candidate.name}\u201d`;
  row.setAttribute("aria-label", `\u201c${candidate.name}\u201d, score ${value}`
    + `${stage === 0 ? "" : `, ${words}`}${candidate.next >= 0 ? ", has been written" : ""}`);
}

/** The bars with the formula below; returns { paint, end }. A click forces a token. */
export function addBars({ panel, heading }, model) {
  const caption = html("p", "anatomy-soft anatomy-caption");
  const list = html("div", "anatomy-bars");
  const take = makeRoving(list, "Candidates: Enter goes on with one");
  const rest = html("p", "anatomy-soft anatomy-rest");
  const named = html("p", "anatomy-named");
  const formula = html("div", "anatomy-formula");
  const table = html("table");
  formula.append(table);
  panel.append(caption, list, rest, named, formula);
  const rows = Array.from({ length: MOST }, () => addCandidate(list));
  let frame = null;
  let pointed = 0;
  const explain = (at) => {
    pointed = at;
    if (frame === null) return;
    const candidate = candidatesOf(frame)[at];
    rows.forEach(({ row }, here) => row.classList.toggle("anatomy-here", here === at));
    setText(named, `How \u201c${candidate.name}\u201d gets its probability`);
    table.replaceChildren();
    for (const [what, arithmetic, result] of derive(candidate, frame.facts)) {
      addRow(table, what, [arithmetic, result]);
    }
  };
  rows.forEach(({ row }, at) => {
    row.addEventListener("pointerenter", () => explain(at));
    row.addEventListener("focus", () => explain(at));
    row.addEventListener("click", () => {
      const { ids, here } = frame.facts;
      model.send({ type: "force", what: ids[at], here });
    });
  });
  const paint = (newest) => {
    frame = newest;
    const { facts, arrays } = newest;
    const stage = model.get("stage");
    const candidates = candidatesOf(newest);
    const last = candidates.length - 1;
    const ends = { lowest: facts.lowest, highest: candidates[0].scores[0] };
    rows.forEach((parts, at) => {
      parts.row.hidden = at > last;
      if (at <= last) paintBar(parts, candidates[at], stage, ends);
    });
    take(rows.slice(0, last + 1).map(({ row }) => row), Math.min(pointed, last));
    setText(heading, `4 The next token after step ${stage + 1}, ${facts.stages[stage][0]}`);
    setText(caption, stage === 0 ? `Raw scores, from the lowest of all, ${signed(facts.lowest)}: `
      + "no probabilities yet." : "The thin line is the model\u2019s own probability. "
      + "\u21b3: written already.");
    const others = model.get("labels").vocabulary - last - 1;
    setText(rest, `${grouped(others)} further tokens ${stage === 0 ? "have lower scores"
      : `share ${percent(Math.max(0, arrays.rest[stage]))}`}.`);
    explain(Math.min(pointed, last));
  };
  return { paint };
}
