// The LSH lab's view: the S-curve over the reader's pairs, the clusters found, the copies missed.

import { addAxes } from "#kit/axes.js";
import { addList, html, setText, svg } from "#kit/dom.js";
import { addLegend, lineSample, markSample } from "#kit/legend.js";
import { grouped, percent } from "#kit/number.js";
import { addFigures, addNote, addPanel, addPanels } from "#kit/panel.js";
import { evenly, linePath } from "#kit/scale.js";
import { showStill } from "#kit/view.js";

const BINS = 20;
const PLACES = evenly(0, 1, 100);

/** Bars are logarithmic: one pair is a tenth of the height, a hundred thousand fill it. */
function barHeight(pairs) {
  return pairs > 0 ? Math.min(1, 0.1 + (0.9 * Math.log10(pairs)) / 5) : 0;
}

function boxSample(look) {
  return markSample(svg("rect", { x: -6, y: -6, width: 12, height: 12, class: look }));
}

/** The curve and the bars; returns { paint, end }. */
function showCurve({ panel }) {
  addLegend(panel, [[lineSample("anatomy-curve anatomy-first"), "chance that such a pair meets"],
                    [boxSample("anatomy-met"), "your pairs that met"],
                    [boxSample("anatomy-unmet"), "your pairs that never met"],
                    [lineSample("anatomy-upright anatomy-earlier"), "where copies begin"]]);
  const axes = addAxes(panel, { title: "The chance that a pair meets, and your own pairs",
                                x: "Jaccard similarity of a pair", y: "chance to meet" }, 270);
  addNote(panel, "Bars are logarithmic: the lowest is one pair, the whole height 100\u202f000.");
  let newest = null;
  const draw = () => { if (newest) drawPairs(axes, newest); };
  axes.resized(draw);
  return { paint(frame) { newest = frame; draw(); }, end: axes.end };
}

function drawPairs({ set, layer, describe }, { facts, arrays }) {
  const ticks = evenly(0, 1, 4);
  const { across, up } = set({
    x: [0, 1], y: [0, 1], xTicks: ticks.map((value) => [value, value.toFixed(2)]),
    yTicks: ticks.map((share) => [share, percent(share, 0)]),
  });
  const chances = PLACES.map((place) => 1 - (1 - place ** facts.rows) ** facts.bands);
  const bars = Array.from({ length: BINS }, (_, bin) => binBars(bin, arrays, across, up));
  const begin = across(facts.threshold);
  layer.replaceChildren(
    ...bars.flat(),
    svg("path", { d: linePath(PLACES, chances, across, up), class: "anatomy-curve anatomy-first" }),
    svg("line", { x1: begin, x2: begin, y1: up(0), y2: up(1),
                  class: "anatomy-upright anatomy-earlier" }));
  describe(() => `${grouped(facts.found)} of ${grouped(facts.copies)} pairs of copies meet in `
    + `${facts.bands} bands of ${facts.rows} rows; ${grouped(facts.compared)} pairs are compared.`);
}

/** The two bars of a bin, the pairs that met below those that did not; an empty one is left out. */
function binBars(bin, { found, lost }, across, up) {
  const whole = barHeight(found[bin] + lost[bin]);
  const filled = whole ? (whole * found[bin]) / (found[bin] + lost[bin]) : 0;
  const range = `${(bin / BINS).toFixed(2)} to ${((bin + 1) / BINS).toFixed(2)}`;
  const bar = (from, to, look, count, word) => {
    const box = svg("rect", { x: across(bin / BINS) + 1, width: across(1 / BINS) - across(0) - 2,
                              y: up(to), height: up(from) - up(to), class: look });
    box.append(svg("title", {}, `${grouped(count)} pairs of similarity ${range} ${word}`));
    return to > from ? [box] : [];
  };
  return [...bar(0, filled, "anatomy-met", found[bin], "met"),
          ...bar(filled, whole, "anatomy-unmet", lost[bin], "never met")];
}

/** An address without what every address has. */
function short(url) {
  return url.replace(/^https?:\/\//, "").replace(".littleweb.test", "");
}

function missedPair([similarity, first, second]) {
  const item = html("li", "anatomy-mistake");
  item.append(html("strong", "", "missed"),
              html("span", "anatomy-soft", ` (${similarity.toFixed(2)} alike)`),
              html("div", "", short(first)), html("div", "", short(second)));
  return item;
}

function clusterItem({ urls, size, lowest, highest }) {
  const item = html("li");
  const range = lowest === highest ? lowest.toFixed(2)
    : `${lowest.toFixed(2)} to ${highest.toFixed(2)}`;
  item.append(html("strong", "", `${size} documents`),
              html("span", "anatomy-soft", ` (${range} alike)`),
              ...urls.map((url) => html("div", "", short(url))));
  if (size > urls.length) {
    item.append(html("div", "anatomy-soft", `and ${grouped(size - urls.length)} more`));
  }
  return item;
}

/** The clusters; returns what takes a frame. */
function showClusters({ panel, heading }) {
  const list = addList(panel, "Clusters of copies");
  const more = (count, words) => {
    if (count > 0) list.append(html("li", "anatomy-soft", `and ${grouped(count)} more ${words}`));
  };
  return ({ facts }) => {
    setText(heading, `Clusters of copies: ${grouped(facts.clusters_in_all)}`);
    list.replaceChildren(...facts.missed_pairs.map(missedPair));
    more(facts.missed - facts.missed_pairs.length, "are missed");
    list.append(...facts.clusters.map(clusterItem));
    more(facts.clusters_in_all - facts.clusters.length, "clusters");
    if (!facts.clusters.length && !facts.missed) {
      list.append(html("li", "anatomy-soft", facts.documents < 2
        ? "There are fewer than two documents: nothing can be a copy."
        : "No two documents are so alike."));
    }
  };
}

function build(root) {
  const tell = addFigures(root, ["pairs of copies found", "missed", "pairs compared",
                                 "of all pairs", "places used"]);
  const figures = ({ facts }) => tell({
    "pairs of copies found": `${grouped(facts.found)} of ${grouped(facts.copies)}`,
    missed: grouped(facts.missed), "pairs compared": grouped(facts.compared),
    "of all pairs": grouped(facts.possible),
    "places used": `${facts.bands}\u2009\u00d7\u2009${facts.rows} = ${facts.bands * facts.rows}`,
  });
  const panels = addPanels(root);
  return { parts: [figures, showCurve(addPanel(panels, "What meets in a bucket")),
                   showClusters(addPanel(panels, ""))] };
}

function render(context) {
  const facts = ({ facts: { bands, rows, threshold, found, missed, compared, clusters_in_all } }) =>
    ({ bands, rows, threshold, found, missed, compared, clusters: clusters_in_all });
  return showStill(context, { name: "lsh", build, facts });
}

export default { render };
