// The leash lab's view: what practice does over the steps, and two replies of the start and of now.

import { addBanner } from "#kit/banner.js";
import { lineChart } from "#kit/chart.js";
import { html, scrollable, setText } from "#kit/dom.js";
import { fixed, signed } from "#kit/number.js";
import { addFigures, addPanel, addPanels } from "#kit/panel.js";
import { showLab } from "#kit/view.js";

const EARNED = [
  { name: "proxy", title: "Proxy reward", y: "reward model's score", look: "anatomy-second",
    low: "auto" },
  { name: "true", title: "True reward", y: "judge's reward, 0 to 1", look: "anatomy-first" },
];
const POLICY = [
  { name: "kl", title: "Distance from start", y: "KL (nats per reply)", look: "anatomy-third" },
  { name: "entropy", title: "Entropy", y: "nats per token", look: "anatomy-third" },
  { name: "length", title: "Length of replies", y: "tokens per reply", look: "anatomy-third" },
];
const TIMES = [
  { words: "At the start", name: "first_replies" },
  { words: "Now", name: "replies" },
];

function addChart(panels, { name, title, y, look, low }) {
  const { panel } = addPanel(panels, title);
  const series = [{ x: "steps", y: name, look, read: title.toLowerCase() }];
  return lineChart(panel, { title, x: "step", y, series, steps: 20, low, height: 170 });
}

/** Two groups of charts, what is earned and what becomes of the policy, side by side if they fit. */
function addCharts(root) {
  const groups = html("div", "anatomy-charts");
  root.append(groups);
  return [EARNED, POLICY].flatMap((charts) => {
    const panels = addPanels(groups);
    return charts.map((chart) => addChart(panels, chart));
  });
}

/** The figures above the drawing; returns what takes a frame. */
function leashFigures(root) {
  const tell = addFigures(root, ["step", "proxy reward", "true reward", "KL (nats)",
                                 "entropy (nats)", "reply length", "leash used", "rate used"]);
  return ({ facts, arrays }) => {
    const newest = (name) => arrays[name].at(-1);
    const plain = (name, decimals) => fixed(newest(name), decimals);
    const used = facts.step > 0;
    tell({ step: facts.step, "proxy reward": used ? signed(newest("proxy")) : "\u2013",
           "true reward": plain("true", 2), "KL (nats)": plain("kl", 2),
           "entropy (nats)": plain("entropy", 2), "reply length": plain("length", 1),
           "leash used": fixed(used ? facts.kl_used : null, 2),
           "rate used": used ? facts.rate_used.toPrecision(2) : "\u2013" });
  };
}

/** A prompt, and below it what is said to it at each of the times; returns what takes texts. */
function addExchange(list, number) {
  const row = html("section", "anatomy-exchange");
  const asked = html("div", "anatomy-asked");
  scrollable(asked, `Prompt ${number}`);
  const both = html("div", "anatomy-both");
  row.append(asked, both);
  list.append(row);
  const said = TIMES.map(({ words }) => {
    const place = html("div", "anatomy-reply");
    const text = html("div", "anatomy-said");
    scrollable(text, `Reply ${number}, ${words.toLowerCase()}`);
    place.append(html("div", "anatomy-soft", words), text);
    both.append(place);
    return text;
  });
  return (prompt, replies) => {
    setText(asked, `You: ${prompt}`);
    replies.forEach((reply, at) => setText(said[at], reply || "(an empty reply)"));
  };
}

/** Two prompts with their replies of the start and of now; returns what takes a frame. */
function showReplies(root) {
  const list = html("div", "anatomy-replies");
  root.append(list);
  const rows = [];
  return ({ facts }) => {
    while (rows.length < facts.asked.length) rows.push(addExchange(list, rows.length + 1));
    rows.forEach((tell, at) => tell(facts.asked[at], TIMES.map(({ name }) => facts[name][at])));
  };
}

function build(root) {
  const figures = leashFigures(root);
  const parts = [figures, ...addCharts(root), showReplies(root)];
  return { parts, banner: addBanner(root) };
}

function render(context) {
  const facts = ({ facts: { step, kl_used: kl, rate_used: rate } }) => ({ step, kl, rate });
  return showLab(context, { name: "leash", build, facts });
}

export default { render };
