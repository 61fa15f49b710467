// The extraction lab's view: three strips of the page's words, and its source with marks.

import { html, scrollable, setText, svg } from "#kit/dom.js";
import { addLegend } from "#kit/legend.js";
import { grouped, percent } from "#kit/number.js";
import { addFigures, addNote, addPanel, addPanels } from "#kit/panel.js";
import { showStill } from "#kit/view.js";

const KINDS = {
  kept: "kept", dropped: "dropped", extra: "kept by mistake", missed: "dropped by mistake",
};

/** One strip: a bar wherever words were kept, paler where only some of them were. */
function strip(shares, words) {
  const picture = svg("svg", { viewBox: `0 0 ${shares.length || 1} 1`, role: "img",
                               preserveAspectRatio: "none", "aria-label": words });
  for (let at = 0; at < shares.length;) {
    let end = at + 1;
    while (end < shares.length && shares[end] === shares[at]) end += 1;
    if (shares[at] > 0) {
      picture.append(svg("rect", { x: at, y: 0, width: end - at, height: 1,
                                   "fill-opacity": shares[at] }));
    }
    at = end;
  }
  return picture;
}

/** The strips; returns what takes a frame. */
function showStrips({ panel }) {
  const list = html("div", "anatomy-strips");
  panel.append(list);
  addNote(panel, "Each strip is the page from its first word (left) to its last; coloured where "
    + "words are kept.");
  return ({ facts, arrays }) => {
    list.replaceChildren();
    facts.strips.forEach((name, at) => {
      const row = html("div", "anatomy-strip");
      const score = facts.f1[name];
      const shares = arrays[`strip${at}`];
      const mean = shares.reduce((sum, share) => sum + share, 0) / (shares.length || 1);
      row.append(html("span", "anatomy-name", name),
                 strip(shares, `${name}: about ${percent(mean, 0)} of the words`),
                 html("strong", "", score === null || score === undefined ? ""
                   : `F1 ${score.toFixed(3)}`));
      list.append(row);
    });
  };
}

/** The marked source; returns what takes a frame. */
function showSource({ panel, heading }) {
  const legend = addLegend(panel, []);
  const source = html("pre", "anatomy-source");
  scrollable(source, "The page's HTML");
  panel.append(source);
  let shown = "";
  return ({ facts }) => {
    setText(heading, `The page's HTML, extracted ${facts.way === "by hand" ? "" : "by "}${facts.way}`);
    legend.replaceChildren(...Object.keys(KINDS)
      .filter((kind) => facts.known || kind === "kept" || kind === "dropped")
      .map((kind) => html("span", `anatomy-${kind}`, KINDS[kind])));
    source.replaceChildren(...facts.pieces.map(([kind, text]) => {
      const piece = html("span", `anatomy-${kind}`, text);
      if (KINDS[kind] && kind !== "kept" && kind !== "dropped") piece.title = KINDS[kind];
      return piece;
    }));
    if (facts.url !== shown) source.scrollTop = 0;
    shown = facts.url;
  };
}

function build(root) {
  const tell = addFigures(root, ["words on the page", "kept", "F1"]);
  const figures = ({ facts }) => {
    const score = facts.f1[facts.way];
    tell({ "words on the page": grouped(facts.words) + (facts.cut ? " (the first)" : ""),
           kept: `${grouped(facts.kept)} (${percent(facts.kept / (facts.words || 1), 0)})`,
           F1: score === null ? "not known" : score.toFixed(3) });
  };
  const panels = addPanels(root);
  return { parts: [figures, showStrips(addPanel(panels, "What each way keeps")),
                   showSource(addPanel(panels, ""))] };
}

function render(context) {
  const facts = ({ facts: { url, way, kept } }) => ({ url, way, kept });
  return showStill(context, { name: "extraction", build, facts });
}

export default { render };
