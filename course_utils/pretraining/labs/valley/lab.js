// The valley's view: the map, the cut along the next step, the loss curve, and all in a table.

import { addBanner } from "#kit/banner.js";
import { lineChart } from "#kit/chart.js";
import { html, setAttributes, setText, svg } from "#kit/dom.js";
import { addFigures, addNote, addPanel, addPanels } from "#kit/panel.js";
import { addFoldedTable, addHead, addRow } from "#kit/table.js";
import { showLab } from "#kit/view.js";
import { valleyMap } from "./map.js";

/** The figures above the panels; returns what takes a frame. */
function valleyFigures(root) {
  const tell = addFigures(root, ["step", "loss (nats)", "optimizer", ["verdict", "the ball"]]);
  return ({ facts }) => tell({ step: facts.step, "loss (nats)": facts.loss.toFixed(3),
                               optimizer: facts.optimizer, verdict: saying(facts.verdict) });
}

function saying(verdict) {
  return verdict.startsWith("too early") ? `(${verdict})` : verdict;
}

/** The loss along the line of the next step; returns { paint, end }. */
function nextCut(panel) {
  const dots = { ball: svg("circle", { class: "anatomy-ball", r: 6 }),
                 landing: svg("circle", { class: "anatomy-landing", r: 4.5 }) };
  const chart = lineChart(panel, {
    title: "Loss along the next step", x: "share of the next step", y: "loss (nats)", steps: 2,
    smallest: 0.1, height: 190,
    series: [{ x: "cut_shares", y: "cut_losses", look: "anatomy-train", read: "loss" }],
    marks: () => [{ at: 1, words: "lands here", look: "anatomy-earlier" }],
    extra(layer, { across, up }, { facts }) {
      if (!dots.ball.isConnected) layer.append(dots.landing, dots.ball);
      setAttributes(dots.ball, { cx: across(0), cy: up(facts.loss) });
      setAttributes(dots.landing, { cx: across(1), cy: up(facts.landing) });
    },
  });
  const note = addNote(panel);
  const paint = (frame) => {
    chart.paint(frame);
    const { loss, landing, stride } = frame.facts;
    setText(note, `The next step is ${sized(stride)} long and takes the loss from `
      + `${sized(loss)} to ${sized(landing)}.`);
  };
  return { paint, end: chart.end };
}

function sized(value) {
  if (value === null) return "beyond all bounds";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** The loss of this run and of the earlier ones, over the steps, on a log scale. */
function lossesChart(panel, most) {
  const ghosts = Array.from({ length: most }, (_, at) => (
    { x: `ghost${at}_steps`, y: `ghost${at}_losses`, look: `anatomy-ghost anatomy-ghost${at}` }));
  return lineChart(panel, {
    title: "Loss", x: "step", y: "loss (nats, log scale)", steps: 100, log: true, height: 190,
    series: [...ghosts, { x: "curve_steps", y: "curve_losses", look: "anatomy-trail", read: "loss" }],
  });
}

/** The runs as a table, for readers who cannot see them; returns what takes a frame. */
function runTable(root) {
  return addFoldedTable(root, "The runs and the ball as numbers", (table, { facts, arrays }) => {
    addHead(table, ["run", "steps", "loss", "the ball"]);
    const name = `now: ${facts.optimizer}, rate ${facts.learning_rate.toPrecision(3)}, `
      + `${facts.what_trains}`;
    addRow(table, name, [facts.step, facts.loss.toFixed(3), saying(facts.verdict)]);
    facts.ghosts.forEach((ghost, at) => addRow(
      table, `${at + 1}: ${ghost.recipe}`, [ghost.steps, ghost.loss.toFixed(3), ghost.verdict]));
    addHead(table, ["place", "across", "up"]);
    const place = (array) => [...array].map((value) => value.toFixed(2));
    addRow(table, "the ball", place(arrays.ball));
    addRow(table, "after the next step", place(arrays.next));
  });
}

function build(root, model) {
  const labels = model.get("labels");
  const figures = valleyFigures(root);
  const panels = addPanels(root);
  const map = addPanel(panels, "The loss seen from above: the bluer, the lower", "anatomy-wide");
  const side = addPanel(panels, "The next step seen from the side");
  const parts = [figures, valleyMap(map.panel, labels), nextCut(side.panel)];
  side.panel.append(html("h4", "anatomy-apart", "Loss over the steps"));
  parts.push(lossesChart(side.panel, labels.ghosts));
  const banner = addBanner(root);
  return { parts: [...parts, runTable(root)], banner };
}

function render(context) {
  const facts = (frame) => ({ step: frame.facts.step, rate: frame.facts.rate_used,
                              optimizer: frame.facts.optimizer, trains: frame.facts.what_trains,
                              verdict: frame.facts.verdict, ghosts: frame.facts.ghosts.length });
  return showLab(context, { name: "valley", build, facts });
}

export default { render };
