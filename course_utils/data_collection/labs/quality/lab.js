// The quality lab's view: precision and recall along one slider, and the pages that change sides.
// Before it stand the functions of ui/js/lab.js and static_lab.js.

const MISTAKES = ["good page lost", "junk let in"];

/** A legend row: a short piece of the line, and what it means. */
function addLegend(panel, entries) {
  const list = html("div", "anatomy-legend");
  for (const [name, words] of entries) {
    const row = html("span");
    const line = svg("svg", { viewBox: "0 0 30 10", "aria-hidden": "true" });
    line.append(svg("line", { x1: 1, x2: 29, y1: 5, y2: 5, class: name }));
    row.append(line, words);
    list.append(row);
  }
  panel.append(list);
}

/** The two curves; returns what takes a frame. */
function drawCurves({ panel, heading }) {
  const holder = html("div");
  panel.append(holder);
  addLegend(panel, [["anatomy-one", "precision: of what is dropped, so much is junk"],
                    ["anatomy-other", "recall: of the junk, so much is dropped"],
                    ["anatomy-now", "the slider"], ["anatomy-then", "compared with"]]);
  return ({ facts, arrays }) => {
    heading.textContent = `Precision and recall along \u201c${facts.dial}\u201d`;
    holder.replaceChildren();
    const digits = facts.high > 15 ? 0 : facts.high > 1 ? 1 : 2;
    const { plot, x, y } = addPlot(holder, {
      low: 0, high: facts.high, xWords: `the slider \u201c${facts.dial}\u201d`,
      yWords: "Precision and recall", xTick: (value) => value.toFixed(digits),
    });
    const upright = (at, name) => plot.append(svg("line", {
      x1: x(at), x2: x(at), y1: y(0), y2: y(1), class: name }));
    upright(facts.compared, "anatomy-then");
    upright(facts.value, "anatomy-now");
    for (const [values, name] of [["precision", "anatomy-one"], ["recall", "anatomy-other"]]) {
      const points = Array.from(arrays[values], (share, at) => [x(arrays.places[at]), y(share)]);
      plot.append(svg("path", { d: pathThrough(points), class: name }));
      const now = facts[values];
      if (now !== null) {
        const shape = values === "precision"
          ? svg("circle", { cx: x(facts.value), cy: y(now), r: 5, class: "anatomy-dot" })
          : svg("rect", { x: x(facts.value) - 4.5, y: y(now) - 4.5, width: 9, height: 9,
                          class: "anatomy-dot anatomy-square" });
        plot.append(shape);
      }
    }
  };
}

/** The pages that changed sides; returns what takes a frame. Texts are only ever set as text. */
function drawMoved({ panel, heading }) {
  const list = addList(panel, "Pages that changed sides");
  return ({ facts }) => {
    const total = facts.moved.length + facts.more;
    heading.textContent = `Pages that changed sides: ${grouped(total)}`;
    list.replaceChildren();
    for (const row of facts.moved) {
      const item = html("li", MISTAKES.includes(row.side) ? "anatomy-mistake" : "");
      const head = html("div");
      head.append(html("strong", "", row.side), html("span", "anatomy-soft", ` (${row.reason})`));
      const url = html("div", "anatomy-url", row.url.replace(/^https?:\/\//, ""));
      item.append(head, url, html("div", "anatomy-soft", `${row.words}\u2026`));
      list.append(item);
    }
    if (facts.more) list.append(html("li", "anatomy-soft", `and ${grouped(facts.more)} more`));
    if (!total) {
      list.append(html("li", "anatomy-soft",
                       "None: the thresholds do the same as those compared with."));
    }
  };
}

function render({ model, el }) {
  const root = html("div", "anatomy-lab anatomy-still anatomy-quality");
  el.append(root);
  const tell = addFigures(root, ["precision", "recall", "junk caught", "good pages lost",
                                 "pages counted"]);
  const panels = html("div", "anatomy-panels");
  root.append(panels);
  const parts = [drawCurves(addPanel(panels, "")), drawMoved(addPanel(panels, ""))];
  return follow(model, root, (frame) => {
    const { facts } = frame;
    tell({
      precision: percent(facts.precision), recall: percent(facts.recall),
      "junk caught": `${facts.caught} of ${facts.junk}`,
      "good pages lost": grouped(facts.lost), "pages counted": grouped(facts.pages),
    });
    for (const part of parts) part(frame);
    root.dataset.precision = facts.precision;
    root.dataset.recall = facts.recall;
    root.dataset.moved = facts.moved.length + facts.more;
    root.dataset.dial = facts.dial;
  });
}

export default { render };
