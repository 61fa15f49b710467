// How one weight comes about: query times key, number by number, the score, and its softmax row.

import { html, scrollable, setText, svg } from "#kit/dom.js";
import { addFigure } from "#kit/figure.js";
import { signed } from "#kit/number.js";
import { addHead, addRow } from "#kit/table.js";

const [WIDTH, HEIGHT, GAP] = [320, 46, 10];

/** Bars of a vector around their own zero, those below it hollow. */
function drawBars(layer, values, top, unit) {
  const most = Math.max(...values.map(Math.abs), 1e-9);
  const middle = top + HEIGHT / 2;
  layer.append(svg("line", { x1: 0, x2: WIDTH, y1: middle, y2: middle, class: "anatomy-grid" }));
  values.forEach((value, at) => {
    const height = (Math.abs(value) / most) * (HEIGHT / 2 - 1);
    layer.append(svg("rect", {
      x: at * unit + 1, width: Math.max(1, unit - 2), height, y: value < 0 ? middle : middle - height,
      class: value < 0 ? "anatomy-bar anatomy-below" : "anatomy-bar",
    }));
  });
}

/** Three rows of bars, each with its name; returns { show, end }. */
function addVectors(panel) {
  const rows = ["query", "key", "product"].map(() => {
    const words = html("p", "anatomy-soft anatomy-rowname");
    panel.append(words);
    const made = addFigure(panel, "", { viewBox: `0 0 ${WIDTH} ${HEIGHT + GAP}`,
                                       preserveAspectRatio: "none" });
    return { words, ...made };
  });
  const show = (head, [from, to]) => {
    const query = [...head.query(from)];
    const key = [...head.key(to)];
    const product = query.map((value, at) => value * key[at]);
    const names = [`query of ${head.name(from)}`, `key of ${head.name(to)}`,
                   "their products, number by number"];
    [query, key, product].forEach((values, at) => {
      const { words, figure, picture, describe } = rows[at];
      setText(words, names[at]);
      figure.setAttribute("aria-label", ["query", "key", "products"][at]);
      picture.replaceChildren();
      drawBars(picture, values, GAP / 2, WIDTH / head.width);
      describe(() => `${names[at]}: ${values.map(signed).join(", ")}`);
    });
    return product.reduce((sum, value) => sum + value, 0);
  };
  return { show, end: () => rows.forEach((row) => row.end()) };
}

/** The rows of the softmax: score, its power of e, weight. */
function fillSoftmax(table, head, [from, to]) {
  const [scores, row] = [head.scores(from), head.row(from)];
  const seen = [...scores].map((score, at) => (head.hidden(from, at) ? -Infinity : score));
  const most = Math.max(...seen);
  const powers = seen.map((score) => Math.exp(score - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  table.replaceChildren();
  addHead(table, ["looks at", "score", "e^(score − largest)", "weight"]);
  head.tokens.forEach((token, at) => {
    const masked = head.hidden(from, at);
    const cells = [signed(scores[at]), masked ? "masked" : powers[at].toFixed(3), row[at].toFixed(2)];
    const line = addRow(table, `${at} ${token}`, cells);
    line.classList.toggle("anatomy-here", at === to);
  });
  const chosen = table.rows[to + 1]; // below the head
  const holder = table.parentElement;
  holder.scrollTop = chosen.offsetTop - holder.clientHeight / 2;
  return { power: powers[to], sum };
}

/** The panel; returns { show, end }. */
export function addPair({ panel, heading }) {
  const vectors = addVectors(panel);
  const score = html("p", "anatomy-score");
  const holder = html("div", "anatomy-scroll anatomy-softmax");
  scrollable(holder, "softmax of the row");
  const table = html("table");
  holder.append(table);
  panel.append(score, holder);
  const show = (head, pair) => {
    const [from, to] = pair;
    setText(heading, `How ${head.row(from)[to].toFixed(2)} comes about`);
    const total = vectors.show(head, pair);
    const { power, sum } = fillSoftmax(table, head, pair);
    setText(score, `The products add up to ${signed(total)}; over √${head.width} that is the score `
      + `${signed(head.scores(from)[to])}. Softmax: ${power.toFixed(3)} / ${sum.toFixed(3)} = `
      + `${head.row(from)[to].toFixed(2)}.`);
  };
  return { show, end: vectors.end };
}
