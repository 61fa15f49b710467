// The quality lab's view: precision and recall along one slider, and the pages that change sides.

import { addAxes } from "#kit/axes.js";
import { addList, html, setText, svg } from "#kit/dom.js";
import { addLegend, lineSample } from "#kit/legend.js";
import { grouped, percent } from "#kit/number.js";
import { addFigures, addPanel, addPanels } from "#kit/panel.js";
import { evenly, linePath } from "#kit/scale.js";
import { showStill } from "#kit/view.js";

const MISTAKES = ["good page lost", "junk let in"];
const CURVES = { precision: "anatomy-first", recall: "anatomy-second" };
const LEGEND = [["anatomy-curve anatomy-first", "precision: of what is dropped, so much is junk"],
                ["anatomy-curve anatomy-second", "recall: of the junk, so much is dropped"],
                ["anatomy-upright", "the slider"],
                ["anatomy-upright anatomy-earlier", "compared with"]];

/** The two curves; returns { paint, end }. */
function showCurves({ panel, heading }) {
  addLegend(panel, LEGEND.map(([look, words]) => [lineSample(look), words]));
  const axes = addAxes(panel, { title: "Precision and recall along a slider", y: "share of pages",
                                x: "" }, 270);
  let newest = null;
  const draw = () => { if (newest) drawCurves(axes, newest); };
  axes.resized(draw);
  const paint = (frame) => {
    newest = frame;
    setText(heading, `Precision and recall along \u201c${frame.facts.dial}\u201d`);
    draw();
  };
  return { paint, end: axes.end };
}

function drawCurves({ set, layer, describe }, { facts, arrays }) {
  const digits = facts.high > 15 ? 0 : facts.high > 1 ? 1 : 2;
  const { across, up } = set({
    x: [0, facts.high], y: [0, 1], xTitle: `bound of the rule \u201c${facts.dial}\u201d`,
    xTicks: evenly(0, facts.high, 4).map((value) => [value, value.toFixed(digits)]),
    yTicks: evenly(0, 1, 4).map((share) => [share, percent(share, 0)]),
  });
  const upright = (at, look) => svg("line", { x1: across(at), x2: across(at), y1: up(0), y2: up(1),
                                              class: `anatomy-upright ${look}` });
  const curves = Object.entries(CURVES).map(([values, look]) =>
    svg("path", { d: linePath(arrays.places, arrays[values], across, up),
                  class: `anatomy-curve ${look}` }));
  layer.replaceChildren(upright(facts.compared, "anatomy-earlier"), upright(facts.value, ""),
                        ...curves, ...marks(facts, across(facts.value), up));
  describe(() => `With \u201c${facts.dial}\u201d at ${facts.value}: precision ${percent(facts.precision)}, `
    + `recall ${percent(facts.recall)}.`);
}

/** A dot for precision and a square for recall, at the slider's place. */
function marks({ precision, recall }, x, up) {
  const shapes = [];
  if (precision !== null) {
    shapes.push(svg("circle", { cx: x, cy: up(precision), r: 5, class: "anatomy-dot" }));
  }
  if (recall !== null) {
    shapes.push(svg("rect", { x: x - 4.5, y: up(recall) - 4.5, width: 9, height: 9,
                              class: "anatomy-dot anatomy-square" }));
  }
  return shapes;
}

/** The pages that changed sides; returns what takes a frame. */
function showMoved({ panel, heading }) {
  const list = addList(panel, "Pages that changed sides");
  return ({ facts }) => {
    const total = facts.moved.length + facts.more;
    setText(heading, `Pages that changed sides: ${grouped(total)}`);
    list.replaceChildren(...facts.moved.map(movedPage));
    if (facts.more) list.append(html("li", "anatomy-soft", `and ${grouped(facts.more)} more`));
    if (!total) {
      list.append(html("li", "anatomy-soft",
                       "None: the thresholds do the same as those compared with."));
    }
  };
}

function movedPage({ side, reason, url, words }) {
  const item = html("li", MISTAKES.includes(side) ? "anatomy-mistake" : "");
  const head = html("div");
  head.append(html("strong", "", side), html("span", "anatomy-soft", ` (${reason})`));
  item.append(head, html("div", "", url.replace(/^https?:\/\//, "")),
              html("div", "anatomy-soft", `${words}\u2026`));
  return item;
}

function build(root) {
  const tell = addFigures(root, ["precision", "recall", "junk caught", "good pages lost",
                                 "pages counted"]);
  const figures = ({ facts }) => tell({
    precision: percent(facts.precision), recall: percent(facts.recall),
    "junk caught": `${facts.caught} of ${facts.junk}`,
    "good pages lost": grouped(facts.lost), "pages counted": grouped(facts.pages),
  });
  const panels = addPanels(root);
  return { parts: [figures, showCurves(addPanel(panels, "")), showMoved(addPanel(panels, ""))] };
}

function render(context) {
  const facts = (frame) => ({
    precision: frame.facts.precision, recall: frame.facts.recall, dial: frame.facts.dial,
    moved: frame.facts.moved.length + frame.facts.more,
  });
  return showStill(context, { name: "quality", build, facts });
}

export default { render };
