// The spam lab's view: the network, the loss curve, the answer for one e-mail, and all in a table.

import { addBanner } from "#kit/banner.js";
import { lineChart } from "#kit/chart.js";
import { html, setText } from "#kit/dom.js";
import { percent, signed } from "#kit/number.js";
import { addFigures, addPanel, addPanels } from "#kit/panel.js";
import { addFoldedTable, addHead, addRow } from "#kit/table.js";
import { showLab } from "#kit/view.js";
import { calledSpam, decisionMaps } from "./maps.js";
import { networkView } from "./network_view.js";
import { describeLink, describeNeuron, neuronCard } from "./neuron_card.js";
import { timeline } from "./timeline.js";
import { weightEditor } from "./weight_editor.js";

const LAYERS = [{ weights: "hidden_weights", bias: "hidden_bias" },
                { weights: "output_weights", bias: "output_bias" }];

/** The network, its timeline and editor, its card in a panel beside; returns { paint, end }. */
function showNetwork({ panel, heading }, beside, labels, model) {
  const frame = html("div", "anatomy-network");
  let newest = null;
  const paint = (now) => {
    newest = now;
    setText(heading, `Network: ${time.title()}`);
    time.paint(now);
    network.paint(now, time.scene());
    card.paint(now);
  };
  const time = timeline(panel, labels.classes, () => { if (newest) paint(newest); });
  panel.append(frame);
  const network = networkView(frame, [
    { names: labels.inputs, x: 112, radius: 18, slope: "slope_inputs", beside: true },
    { names: labels.hidden, x: 232, radius: 18, slope: "slope_sums" },
    { names: labels.classes, x: 344, radius: 21, slope: "slope_logits" },
  ], LAYERS, "The network: three inputs, four hidden neurons, two classes");
  const editor = weightEditor(model, frame);
  const card = neuronCard(
    beside, [...network.neurons, ...network.links],
    (item, now) => (item.kind === "neuron" ? describeNeuron(item, now) : describeLink(item, now)),
    (link) => { if (newest) editor.open(link, newest.arrays[link.array][link.place]); },
  );
  return { paint, end: () => [network, editor, card].forEach((part) => part.end()) };
}

/** The figures above the drawing; returns what takes a frame. */
function spamFigures(root, { inputs, hidden, classes }) {
  const sum = `parameters ${inputs.length}\u00d7${hidden.length} + ${hidden.length} + `
    + `${hidden.length}\u00d7${classes.length} + ${classes.length} =`;
  const tell = addFigures(root, ["step", "loss (nats)", "accuracy", ["parameters", sum]]);
  return ({ facts }) => tell({ step: facts.step, "loss (nats)": facts.loss.toFixed(3),
                               accuracy: percent(facts.accuracy), parameters: facts.parameters });
}

/** The answer for the reader's e-mail; returns what takes a frame. */
function showAnswer(panel, { classes }) {
  const row = html("div", "anatomy-answer");
  const words = html("strong");
  const right = html("span", "anatomy-soft");
  const track = html("div", "anatomy-track");
  const bar = html("div", "anatomy-filled");
  track.append(bar);
  row.append(words, track, right);
  panel.append(row);
  return ({ facts, arrays }) => {
    const spam = arrays.probabilities[1];
    setText(words, `this e-mail: ${percent(spam, 0)} spam`);
    bar.style.width = `${100 * spam}%`;
    setText(right, `by the rule: ${classes[facts.truth]}`);
  };
}

/** All parameters as a table, for readers who cannot see or hover; returns what takes a frame. */
function parameterTable(root, labels) {
  const layers = [["hidden", labels.inputs, labels.hidden],
                  ["output", labels.hidden, labels.classes]];
  return addFoldedTable(root, "All 26 parameters as numbers", (table, { facts, arrays }) => {
    for (const [part, from, to] of layers) {
      addHead(table, ["from \\ to", ...to]);
      const numbers = (array) => [...array].map(signed);
      from.forEach((name, row) => {
        const start = row * to.length;
        addRow(table, name, numbers(arrays[`${part}_weights`].slice(start, start + to.length)));
      });
      addRow(table, "bias", numbers(arrays[`${part}_bias`]));
    }
    addHead(table, ["sender", "called spam"]);
    for (const { sender } of labels.maps) addRow(table, sender, [calledSpam(facts, sender)]);
  });
}

function build(root, model) {
  const labels = model.get("labels");
  const figures = spamFigures(root, labels);
  const panels = addPanels(root);
  const network = addPanel(panels, "");
  const card = addPanel(panels, "What the network computes");
  const drawing = showNetwork(network, card.panel, labels, model);
  const answer = showAnswer(network.panel, labels);
  card.panel.append(html("h4", "anatomy-apart", "Loss"));
  const loss = lineChart(card.panel, {
    title: "Loss", x: "step", y: "loss (nats per e-mail)", steps: 100, smallest: 0.2, height: 200,
    series: [{ x: "curve_steps", y: "curve_losses", look: "anatomy-train", read: "loss" }],
  });
  const maps = decisionMaps(card.panel, labels);
  const banner = addBanner(root);
  const table = parameterTable(root, labels);
  return { parts: [figures, drawing, answer, loss, ...maps, table], banner };
}

function render(context) {
  const facts = (frame) => ({ step: frame.facts.step, rate: frame.facts.rate_used });
  return showLab(context, { name: "spam", build, facts });
}

export default { render };
