// Where each head of the gym's model looks in one sentence: small pictures, renewed once a second.

import { html, setText } from "#kit/dom.js";
import { follow } from "#kit/frame.js";
import { fillHeads, inkOf, paintInk } from "#kit/heads.js";
import { percent } from "#kit/number.js";

const PLACES = [["itself", (row) => row], ["the token before", (row) => row - 1],
                ["the first", () => 0]];

/** What a head's picture shows, in words: three means over the rows in which the three differ. */
export function gaze(weights, size) {
  if (size < 3) return "";
  const means = PLACES.map(([name, column]) => {
    let sum = 0;
    for (let row = 2; row < size; row += 1) sum += weights[row * size + column(row)];
    return `${name} ${percent(sum / (size - 2), 0)}`;
  });
  return `: looks at ${means.join(", ")}`;
}

/**
 * The pictures in a fold. They follow the frames that are kept, which alone bring heads: among the
 * others, of which the newest wins, one would be lost. Returns a part of the view.
 */
export function showHeads(root, model) {
  const fold = html("details", "anatomy-looking");
  fold.open = true;
  const words = html("p", "anatomy-soft");
  const grid = html("div");
  fold.append(html("summary", "", "Where its heads look"), words, grid);
  root.append(fold);
  let [canvases, shape] = [[], ""];
  const name = (cell, canvas) => canvas.setAttribute("role", "img");
  const draw = ({ facts, arrays }) => {
    const seen = facts.heads;
    if (!seen) return;
    if (shape !== `${seen.layers} ${seen.heads}`) {
      shape = `${seen.layers} ${seen.heads}`;
      canvases = fillHeads(grid, seen, name);
    }
    const size = seen.tokens;
    canvases.forEach((canvas, at) => {
      const weights = arrays.weights.subarray(at * size * size, (at + 1) * size * size);
      const [layer, head] = [Math.floor(at / seen.heads), at % seen.heads];
      paintInk(canvas, inkOf(weights), size);
      canvas.title = `layer ${layer}, head ${head}${gaze(weights, size)}`;
      canvas.setAttribute("aria-label", canvas.title);
    });
    root.dataset.looked = seen.step;
    setText(words, `${seen.words}: rows look, columns are looked at, more ink is more weight. `
      + "A stripe below the diagonal is a head that looks at the token before; a strong left edge, "
      + "one that looks at the first.");
  };
  return { paint() {}, end: follow(model, draw) };
}
