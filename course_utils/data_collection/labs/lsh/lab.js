// The LSH lab's view: the S-curve over the reader's pairs, the clusters found, the copies missed.
// Before it stand the functions of ui/js/lab.js and static_lab.js.

const BINS = 20;

/** Bars are logarithmic: one pair is a tenth of the height, a hundred thousand fill it. */
function barHeight(pairs) {
  return pairs > 0 ? Math.min(1, 0.1 + (0.9 * Math.log10(pairs)) / 5) : 0;
}

/** The curve and the bars; returns what takes a frame. */
function drawCurve({ panel }) {
  const holder = html("div");
  panel.append(holder);
  const legend = html("p", "anatomy-soft anatomy-note",
    "Line: the chance that a pair of that similarity meets. Bars: your own pairs (logarithmic); "
    + "filled ones met, outlined ones never did. Dashed: where copies begin.");
  panel.append(legend);
  return ({ facts, arrays }) => {
    holder.replaceChildren();
    const { plot, x, y } = addPlot(holder, {
      low: 0, high: 1, xWords: "Jaccard similarity of a pair", yWords: "Chance to meet",
      xTick: (value) => value.toFixed(2),
    });
    const width = x(1 / BINS) - x(0) - 2;
    for (let bin = 0; bin < BINS; bin += 1) {
      const [found, lost] = [arrays.found[bin], arrays.lost[bin]];
      const whole = barHeight(found + lost);
      const filled = found + lost ? (whole * found) / (found + lost) : 0;
      const bar = (from, to, name, count, word) => {
        if (to <= from) return;
        const box = svg("rect", { x: x(bin / BINS) + 1, width, y: y(to), class: name,
                                  height: y(from) - y(to) });
        const range = `${(bin / BINS).toFixed(2)} to ${((bin + 1) / BINS).toFixed(2)}`;
        box.append(svg("title", {}, `${grouped(count)} pairs of similarity ${range} ${word}`));
        plot.append(box);
      };
      bar(0, filled, "anatomy-met", found, "met");
      bar(filled, whole, "anatomy-unmet", lost, "never met");
    }
    const curve = Array.from({ length: 101 }, (_, at) => {
      const chance = 1 - (1 - (at / 100) ** facts.rows) ** facts.bands;
      return [x(at / 100), y(chance)];
    });
    plot.append(svg("path", { d: pathThrough(curve), class: "anatomy-one" }));
    plot.append(svg("line", { x1: x(facts.threshold), x2: x(facts.threshold), y1: y(0),
                              y2: y(1), class: "anatomy-then" }));
  };
}

/** An address without what every address has. */
function short(url) {
  return url.replace(/^https?:\/\//, "").replace(".littleweb.test", "");
}

/** The clusters; returns what takes a frame. Texts are only ever set as text. */
function drawClusters({ panel, heading }) {
  const list = addList(panel, "Clusters of copies");
  return ({ facts }) => {
    heading.textContent = `Clusters of copies: ${grouped(facts.clusters_in_all)}`;
    list.replaceChildren();
    for (const [how, one, other] of facts.missed_pairs) {
      const item = html("li", "anatomy-mistake");
      item.append(html("strong", "", "missed"),
                  html("span", "anatomy-soft", ` (${how.toFixed(2)} alike)`),
                  html("div", "", short(one)), html("div", "", short(other)));
      list.append(item);
    }
    const left = facts.missed - facts.missed_pairs.length;
    if (left > 0) list.append(html("li", "anatomy-soft", `and ${grouped(left)} more are missed`));
    for (const { urls, size, lowest, highest } of facts.clusters) {
      const item = html("li");
      const how = lowest === highest ? lowest.toFixed(2)
        : `${lowest.toFixed(2)} to ${highest.toFixed(2)}`;
      item.append(html("strong", "", `${size} documents`),
                  html("span", "anatomy-soft", ` (${how} alike)`));
      for (const url of urls) item.append(html("div", "", short(url)));
      if (size > urls.length) {
        item.append(html("div", "anatomy-soft", `and ${grouped(size - urls.length)} more`));
      }
      list.append(item);
    }
    const rest = facts.clusters_in_all - facts.clusters.length;
    if (rest > 0) list.append(html("li", "anatomy-soft", `and ${grouped(rest)} more clusters`));
    if (!facts.clusters.length && !facts.missed) {
      list.append(html("li", "anatomy-soft", facts.documents < 2
        ? "There are fewer than two documents: nothing can be a copy."
        : "No two documents are so alike."));
    }
  };
}

function render({ model, el }) {
  const root = html("div", "anatomy-lab anatomy-still anatomy-lsh");
  el.append(root);
  const tell = addFigures(root, ["pairs of copies found", "missed", "pairs compared",
                                 "of all pairs", "places used"]);
  const panels = html("div", "anatomy-panels");
  root.append(panels);
  const parts = [drawCurve(addPanel(panels, "What meets in a bucket")),
                 drawClusters(addPanel(panels, ""))];
  return follow(model, root, (frame) => {
    const { facts } = frame;
    tell({
      "pairs of copies found": `${grouped(facts.found)} of ${grouped(facts.copies)}`,
      missed: grouped(facts.missed), "pairs compared": grouped(facts.compared),
      "of all pairs": grouped(facts.possible),
      "places used": `${facts.bands}\u2009\u00d7\u2009${facts.rows} = ${facts.bands * facts.rows}`,
    });
    for (const part of parts) part(frame);
    for (const name of ["bands", "rows", "threshold", "found", "missed", "compared"]) {
      root.dataset[name] = facts[name];
    }
    root.dataset.clusters = facts.clusters_in_all;
  });
}

export default { render };
