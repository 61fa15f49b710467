// The Training Gym's view: status line, figures, three charts, heads, a sample of text, what was kept.

import { addBanner, say } from "#kit/banner.js";
import { lineChart } from "#kit/chart.js";
import { html, scrollable, setText, svg } from "#kit/dom.js";
import { brief, fixed, grouped, percent } from "#kit/number.js";
import { addFigures, addNote, addPanel, addPanels } from "#kit/panel.js";
import { showLab } from "#kit/view.js";
import { showHeads } from "./heads.js";

const VALIDATION = { look: "anatomy-validation", words: "validation (red, dashed)",
                     read: "validation" };
const CHARTS = [
  {
    title: "Loss", y: "loss (nats per token)", smallest: 0.5, height: 244, look: "anatomy-wide",
    top: ({ facts }) => 2 * facts.guessing, extra: drawMoves,
    series: [
      { x: "previous_steps", y: "previous_smooth", look: "anatomy-previous", words: "the run before",
        read: "the run before" },
      { x: "steps", y: "losses", look: "anatomy-faint" },
      { x: "steps", y: "smooth", look: "anatomy-train", words: "training", read: "training" },
      { x: "validation_steps", y: "validation_losses", ...VALIDATION },
    ],
  },
  {
    title: "Next token right", y: "share of guesses", smallest: 0.1,
    series: [
      { x: "steps", y: "accuracy", look: "anatomy-train", words: "training", read: "training" },
      { x: "validation_steps", y: "validation_accuracy", ...VALIDATION },
    ],
  },
  {
    title: "Gradient", y: "norm before it is clipped at 1", smallest: 0.5, top: 50,
    series: [{ x: "steps", y: "norms", look: "anatomy-norm", words: "gradient norm",
               read: "gradient norm" }],
  },
];

/** A notch at the axis for each move of the learning rate. */
function drawMoves(group, { across, top, bottom }, { arrays }) {
  group.replaceChildren(...[...arrays.mark_steps].flatMap((step, at) => {
    const x = across(step);
    const notch = svg("path", { class: "anatomy-move", d:
      `M${x - 5} ${bottom + 7}L${x + 5} ${bottom + 7}L${x} ${bottom - 3}Z` });
    notch.append(svg("title", {}, `learning rate ${brief(arrays.mark_rates[at])} from step ${step}`));
    return [svg("line", { class: "anatomy-moved", x1: x, x2: x, y1: top, y2: bottom }), notch];
  }));
}

function showStatus(root) {
  const line = html("p", "anatomy-state");
  const word = html("strong");
  const words = html("span", "anatomy-soft");
  line.append(word, words);
  root.append(line);
  return ({ facts }) => {
    setText(word, facts.status);
    setText(words, ` ${facts.meaning}`);
  };
}

/** The figures above the charts; returns what takes a frame. */
function gymFigures(root) {
  const tell = addFigures(root, ["step", "training loss", "validation loss", "next token right",
                                 "tokens/s", "gradient norm", "rate used", "parameters", "seed"]);
  return ({ facts }) => tell({
    step: facts.step,
    "training loss": fixed(facts.loss, 3),
    "validation loss": fixed(facts.validation_loss, 3),
    "next token right": percent(facts.accuracy, 1, "\u2013"),
    "tokens/s": facts.speed === null ? "\u2013" : Math.round(facts.speed).toLocaleString("en"),
    "gradient norm": fixed(facts.norm, 2),
    "rate used": facts.rate_used === null ? "\u2013" : brief(facts.rate_used),
    parameters: grouped(facts.parameters),
    seed: facts.seed,
  });
}

function shapeWords({ layers, width, heads, context, device }) {
  return `${layers} ${layers === 1 ? "layer" : "layers"}, width ${width}, ${heads} `
    + `${heads === 1 ? "head" : "heads"}, context ${context}, on ${device}`;
}

/** The model's size, the one that waits, the sample and the note; returns what takes a frame. */
function showWords(root) {
  const shape = addNote(root, "", "anatomy-shape");
  const box = html("section", "anatomy-sampled");
  const head = html("h4");
  const text = html("div", "anatomy-text");
  scrollable(text, "A sample of what the model writes");
  box.append(head, text);
  root.append(box);
  const note = html("p", "anatomy-note");
  note.setAttribute("role", "status");
  root.append(note);
  return ({ facts }) => {
    const [now, then] = [shapeWords(facts.shape), shapeWords(facts.wanted)];
    setText(shape, `The model: ${now}.${now === then ? "" : ` After a reset: ${then}.`}`);
    setText(head, `What it writes, one token a step, from step ${facts.sample_step} on`);
    setText(text, facts.sample || "nothing yet");
    say(note, facts.note);
  };
}

function build(root, model) {
  const above = [showStatus(root), gymFigures(root)];
  const banner = addBanner(root);
  const panels = addPanels(root);
  const charts = CHARTS.map((chart) => {
    const { panel } = addPanel(panels, chart.title, chart.look);
    return lineChart(panel, { x: "step", height: 194, hair: true, ...chart });
  });
  return { parts: [...above, ...charts, showHeads(root, model), showWords(root)], banner };
}

function render(context) {
  const facts = (frame) => ({ step: frame.facts.step, rate: frame.facts.rate_used ?? "",
                              state: frame.facts.status });
  return showLab(context, { name: "gym", build, facts });
}

export default { render };
