// The mix lab's view: two bars a source, and the statistics of what the model would read.

import { addBanner, say } from "#kit/banner.js";
import { html, setText } from "#kit/dom.js";
import { grouped, percent } from "#kit/number.js";
import { addFigures, addNote, addPanel, addPanels } from "#kit/panel.js";
import { addHead, addRow } from "#kit/table.js";
import { showStill } from "#kit/view.js";

/** A number of readings: more decimals where it is small. */
function readings(times) {
  if (times === 0) return "0";
  if (times >= 100) return grouped(times);
  return times.toFixed(times >= 10 ? 0 : times >= 1 ? 1 : 2);
}

/** The bars; returns what takes a frame. */
function showBars({ panel }) {
  const list = html("div", "anatomy-sources");
  panel.append(list);
  addNote(panel, "Striped: share of the text. Filled: share of training.");
  let rows = [];
  const make = (names) => {
    list.replaceChildren();
    rows = names.map((name) => {
      const row = html("div", "anatomy-source");
      const [label, track, words] = ["anatomy-name", "anatomy-track", "anatomy-reads"]
        .map((one) => html("div", one));
      const [text, share] = ["anatomy-text", "anatomy-share anatomy-filled"].map((one) => html("span", one));
      label.textContent = name;
      track.append(text, share);
      row.append(label, track, words);
      list.append(row);
      return { text, share, words };
    });
  };
  return ({ facts, arrays }) => {
    if (rows.length !== facts.names.length) make(facts.names);
    rows.forEach(({ text, share, words }, at) => {
      text.style.width = `${100 * arrays.text[at]}%`;
      share.style.width = `${100 * arrays.shares[at]}%`;
      setText(words, `${percent(arrays.shares[at])}, `
        + `${(arrays.tokens[at] / 1e6).toFixed(2)}\u00a0M tokens, `
        + `${grouped(facts.documents[at])} pages read ${readings(arrays.times[at])}\u00d7`);
    });
  };
}

/** The statistics; returns what takes a frame. */
function showStatistics({ panel }) {
  const table = html("table");
  panel.append(table);
  return ({ facts }) => {
    table.replaceChildren();
    addHead(table, ["", "this mix", "usual mix"]);
    for (const [words, now, usual] of facts.rows) {
      addRow(table, words, [now, usual]).className = now === usual ? "" : "anatomy-changed";
    }
  };
}

/** The chosen mix in words. */
function chosenWords(chosen) {
  if (!chosen) return "Chosen: none; the usual mix stays.";
  const parts = Object.entries(chosen).map(([name, share]) => `${name} ${percent(share)}`);
  return `Chosen: ${parts.join(", ")}. Run the next cell to hand it over.`;
}

function build(root) {
  const tell = addFigures(root, ["training steps", "tokens read"]);
  const figures = ({ facts }) => tell({
    "training steps": grouped(facts.steps),
    "tokens read": `${(facts.tokens / 1e6).toFixed(2)}\u00a0M`,
  });
  const panels = addPanels(root);
  const bars = showBars(addPanel(panels, "Each source in the text and in training"));
  const statistics = showStatistics(addPanel(panels, "What the model reads"));
  const note = addBanner(root);
  const chosen = html("p", "anatomy-chosen");
  chosen.setAttribute("role", "status");
  root.append(chosen);
  const words = ({ facts }) => {
    say(note, facts.note);
    say(chosen, chosenWords(facts.chosen));
  };
  return { parts: [figures, bars, statistics, words] };
}

function dataOf({ facts, arrays }) {
  const shares = facts.names.map((_, at) => [`share${at}`, arrays.shares[at].toFixed(4)]);
  const chosen = facts.chosen ? JSON.stringify(facts.chosen) : "";
  return { ...Object.fromEntries(shares), chosen, steps: facts.steps };
}

function render(context) {
  return showStill(context, { name: "mix", build, facts: dataOf });
}

export default { render };
