// The next-word lab's bars: the probability of every word, one below the other.

import { setAttributes, setText, svg } from "#kit/dom.js";
import { addDrawing } from "#kit/figure.js";
import { percent } from "#kit/number.js";

const BARS = { width: 400, row: 24, left: 64, right: 76, top: 8, below: 22 };

/** A word, with a tick and bold letters if it is the right one. */
export function markRight(text, word, right) {
  setText(text, right ? `${word} \u2713` : word);
  text.classList.toggle("anatomy-right", right);
}

/** The bars of all words; a dashed line marks chance. Returns { paint, end }. */
export function wordBars(panel, heading, labels) {
  const bottom = BARS.top + BARS.row * labels.words.length;
  const size = { width: BARS.width, height: bottom + BARS.below };
  const { picture, describe, end } = addDrawing(panel, "Probability of each next word", size);
  const span = BARS.width - BARS.left - BARS.right;
  const rows = labels.words.map((_, index) => addBar(picture, BARS.top + BARS.row * (index + 0.5)));
  const x = BARS.left + span * labels.chance;
  picture.append(svg("line", { class: "anatomy-level", x1: x, x2: x, y1: BARS.top, y2: bottom }),
                 svg("text", { x, y: bottom + 15, "text-anchor": "middle" },
                     `chance: ${percent(labels.chance, 0)}`));
  const paint = ({ facts, arrays }) => {
    setText(heading, `After \u201c${facts.context.join(" ")}\u201d`);
    rows.forEach(({ name, bar, value }, at) => {
      const share = arrays.probabilities[at];
      const length = Number.isFinite(share) ? span * share : 0;
      markRight(name, labels.words[at], at === facts.right);
      bar.classList.toggle("anatomy-right", at === facts.right);
      setAttributes(bar, { width: length });
      setAttributes(value, { x: BARS.left + length + 6 });
      setText(value, percent(share, 0, "?"));
    });
    describe(() => `After ${facts.context.join(" ")}: ${labels.words.map((word, at) =>
      `${word} ${percent(arrays.probabilities[at], 0, "?")}`).join(", ")}; right is `
      + `${labels.words[facts.right]}.`);
  };
  return { paint, end };
}

function addBar(picture, y) {
  const name = svg("text", { class: "anatomy-word", x: BARS.left - 6, y: y + 4,
                             "text-anchor": "end" });
  const bar = svg("rect", { class: "anatomy-bar", x: BARS.left, y: y - 8, height: 16 });
  const value = svg("text", { class: "anatomy-value", y: y + 4 });
  picture.append(bar, name, value);
  return { name, bar, value };
}
