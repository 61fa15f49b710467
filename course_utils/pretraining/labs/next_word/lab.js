// The next-word lab's view: figures, panels, and its guesses for a sentence it has never seen.

import { addBanner } from "#kit/banner.js";
import { lineChart } from "#kit/chart.js";
import { html, setText } from "#kit/dom.js";
import { percent, signed } from "#kit/number.js";
import { addFigures, addNote, addPanel, addPanels } from "#kit/panel.js";
import { addFoldedTable, addHead, addRow } from "#kit/table.js";
import { showLab } from "#kit/view.js";
import { wordBars } from "./bars.js";
import { wordMap } from "./map.js";
import { wordNetwork } from "./network.js";

/** The figures above the panels; returns what takes a frame. */
function wordFigures(root) {
  const tell = addFigures(root, ["epoch", "loss (nats)", "right word", "converged at",
                                 "parameters"]);
  return ({ facts, arrays }) => tell({
    epoch: facts.step,
    "loss (nats)": facts.loss === null ? "not a number" : facts.loss.toFixed(3),
    "right word": percent(arrays.probabilities[facts.right], 1, "?"),
    "converged at": facts.converged_at ?? "not yet",
    parameters: facts.parameters,
  });
}

/** A curve over the epochs with its level of chance and the marks of convergence. */
function epochChart(panel, labels, what) {
  const marks = ({ facts }) => [
    { at: labels.often_said, words: `often named: ${labels.often_said}`, look: "anatomy-earlier" },
    { at: facts.converged_at, words: `converged: ${facts.converged_at}`, look: "anatomy-met" },
  ];
  const series = [{ x: "curve_steps", y: what.values, look: "anatomy-train", read: what.read }];
  return lineChart(panel, { ...what, x: "epoch", steps: 40, series, marks });
}

/** The right word's probability over the epochs. */
function rightChart(panel, labels) {
  return epochChart(panel, labels, {
    title: "Probability of the right word", y: "probability of the right word",
    values: "curve_right", read: "right word", fixed: 1, level: { at: labels.chance, words: "chance" },
    tick: (value) => percent(value, 0),
  });
}

/** The loss over the epochs. */
function lossChart(panel, labels) {
  return epochChart(panel, labels, {
    title: "Loss", y: "loss (nats per word)", values: "curve_losses", read: "loss", smallest: 2,
    level: { at: labels.chance_loss, words: `pure chance: ${labels.chance_loss.toFixed(2)}` },
    tick: (value, top) => value.toFixed(top < 10 ? 1 : 0),
  });
}

/** Its guesses in the reader's sentence; returns what takes a frame. */
function showAnswers(panel, labels) {
  const note = addNote(panel);
  const held = html("div", "anatomy-answers");
  const table = html("table");
  held.append(table);
  panel.append(held);
  return ({ facts }) => {
    table.replaceChildren();
    if (facts.answers.length) addHead(table, ["after", "its guess", "how sure", "in its text"]);
    for (const { words: pair, guess, sure, seen } of facts.answers) {
      const row = html("tr", seen ? "anatomy-seen" : "anatomy-never");
      row.append(...[pair, guess, "", seen ? "yes" : "never"].map((text) => html("td", "", text)));
      row.children[2].append(addTrack(sure, labels.chance),
                             html("span", "", percent(sure, 0, "?")));
      table.append(row);
    }
    setText(note, unbroken(facts.note));
  };
}

/** A small bar for a probability; a line marks chance. */
function addTrack(share, chance) {
  const track = html("div", "anatomy-track");
  const bar = html("div", "anatomy-filled");
  const mark = html("i");
  bar.style.width = `${100 * (share ?? 0)}%`;
  mark.style.left = `${100 * chance}%`;
  track.append(bar, mark);
  return track;
}

/** The dots and bars as a table, for readers who cannot see them; returns what takes a frame. */
function wordTable(root, labels) {
  return addFoldedTable(root, "The map and the bars as numbers", (table, { facts, arrays }) => {
    addHead(table, ["word", `after ${facts.context.join(" ")}`, "across", "up"]);
    labels.words.forEach((word, at) => addRow(table, at === facts.right ? `${word} (right)` : word, [
      percent(arrays.probabilities[at], 1, "?"),
      signed(arrays.map[2 * at]), signed(arrays.map[2 * at + 1]),
    ]));
  });
}

/** A sentence whose percentages stay on one line. */
function unbroken(words) {
  return words.replaceAll(" %", "\u00a0%");
}

/** The verdict on convergence, below the loss; returns what takes a frame. */
function showVerdict(panel) {
  const line = addNote(panel, "", "anatomy-note anatomy-verdict");
  return ({ facts }) => setText(line, unbroken(facts.verdict));
}

/** All panels; returns what take a frame. */
function showPanels(root, labels) {
  const panels = addPanels(root);
  const network = addPanel(panels, "Two words in, a guess out");
  const bars = addPanel(panels, "");
  const map = addPanel(panels, "Map of the words (their embeddings)");
  const loss = addPanel(panels, "Loss");
  const answers = addPanel(panels, "Your sentence: what does it say where it has never been?");
  const parts = [wordNetwork(network.panel, labels), wordBars(bars.panel, bars.heading, labels)];
  bars.panel.append(html("h4", "", "The right word (\u2713) over the epochs"));
  return [...parts, rightChart(bars.panel, labels), wordMap(map.panel, labels),
          lossChart(loss.panel, labels), showVerdict(loss.panel), showAnswers(answers.panel, labels)];
}

function build(root, model) {
  const labels = model.get("labels");
  const parts = [wordFigures(root), ...showPanels(root, labels)];
  const banner = addBanner(root);
  return { parts: [...parts, wordTable(root, labels)], banner };
}

function render(context) {
  const facts = (frame) => ({ step: frame.facts.step, rate: frame.facts.rate_used,
                              optimizer: frame.facts.optimizer, example: frame.facts.example });
  return showLab(context, { name: "next", build, facts });
}

export default { render };
