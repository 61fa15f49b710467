// The leash lab's view: proxy reward, true reward and KL over the steps, and two newest replies.

import { addBanner } from "#kit/banner.js";
import { lineChart } from "#kit/chart.js";
import { html, scrollable, setText } from "#kit/dom.js";
import { fixed, signed } from "#kit/number.js";
import { addFigures, addPanel, addPanels } from "#kit/panel.js";
import { showLab } from "#kit/view.js";

const CHARTS = [
  { name: "proxy", title: "Proxy reward", y: "reward model's score", look: "anatomy-second",
    low: "auto" },
  { name: "true", title: "True reward", y: "judge's reward, 0 to 1", look: "anatomy-first" },
  { name: "kl", title: "Distance from the start", y: "KL (nats per reply)", look: "anatomy-third" },
];

function addChart(panels, { name, title, y, look, low }) {
  const { panel } = addPanel(panels, title);
  const series = [{ x: "steps", y: name, look, read: title.toLowerCase() }];
  return lineChart(panel, { title, x: "step", y, series, steps: 20, low });
}

/** The figures above the drawing; returns what takes a frame. */
function leashFigures(root) {
  const tell = addFigures(root, ["step", "proxy reward", "true reward", "KL (nats)", "leash used"]);
  return ({ facts, arrays }) => {
    const newest = (name) => (arrays[name].length ? signed(arrays[name].at(-1)) : "\u2013");
    tell({ step: facts.step, "proxy reward": newest("proxy"), "true reward": newest("true"),
           "KL (nats)": newest("kl"), "leash used": fixed(facts.step ? facts.kl_used : null, 2) });
  };
}

/** Two prompts with their newest replies; returns what takes a frame. */
function showReplies(root) {
  const list = html("div", "anatomy-replies");
  root.append(list);
  const rows = [];
  return ({ facts }) => {
    while (rows.length < facts.asked.length) {
      const row = html("div", "anatomy-exchange");
      const asked = html("div", "anatomy-asked");
      const said = html("div", "anatomy-said");
      scrollable(row, `Prompt ${rows.length + 1} and the newest reply`);
      row.append(asked, said);
      list.append(row);
      rows.push({ asked, said });
    }
    rows.forEach(({ asked, said }, index) => {
      setText(asked, `You: ${facts.asked[index]}`);
      setText(said, `Model: ${facts.replies[index]}`);
    });
  };
}

function build(root) {
  const figures = leashFigures(root);
  const panels = addPanels(root);
  const parts = [figures, ...CHARTS.map((chart) => addChart(panels, chart)), showReplies(root)];
  return { parts, banner: addBanner(root) };
}

function render(context) {
  const facts = (frame) => ({ step: frame.facts.step, kl: frame.facts.kl_used });
  return showLab(context, { name: "leash", build, facts });
}

export default { render };
