// The sampling lab's arithmetic: formulas that end at the probability, lines of code, rows of a tree.

import assert from "node:assert/strict";
import test from "node:test";

import { barLength, codeOf, cutAt, derive }
  from "../../../course_utils/inference/labs/sampling/formula.js";
import { largestPlaces, pathTo, levelsOf }
  from "../../../course_utils/inference/labs/sampling/layout.js";

const STAGES = [["logits", null, 4], ["repetition penalty", 2, 4], ["temperature", 0.5, 4],
                ["top-k", 3, 3], ["top-p", null, 3], ["min-p", null, 3]];
const MINUS = "\u2212";

test("a way from the score to the probability, by hand", () => {
  // Scores 4, 2, 1, 0; the first stands in the text: 4 / 2 = 2. Heat 0.5: 0, 0, -2, (-4 is cut).
  const facts = { stages: STAGES, best: 2, total: 2 + Math.exp(-2) };
  const first = derive({ scores: [4, 2, 0, 0, 0, 0], again: true }, facts);
  assert.deepEqual(first, [
    ["score", "of the model", "+4.00"],
    ["penalty", "+4.00 \u00f7 2", "+2.00"],
    ["temperature", `(+2.00 ${MINUS} +2.00) \u00f7 0.5`, "+0.00"],
    ["power", "e^+0.00", "1.000"],
    ["probability", "1.000 \u00f7 2.135 (the sum over all kept)", "46.8\u00a0%"],
  ]);
  const third = derive({ scores: [1, 1, -2, -2, -2, -2], again: false }, facts);
  assert.deepEqual(third.map(([what]) => what), ["score", "temperature", "power", "probability"]);
  assert.equal(third.at(-1)[2], "6.3\u00a0%");
});

test("what is cut says by which step, and a forbidden token that it is", () => {
  const facts = { stages: STAGES, best: 2, total: 2.135 };
  const cut = derive({ scores: [0, 0, -4, -Infinity, -Infinity, -Infinity], again: false }, facts);
  assert.deepEqual(cut.at(-1), ["cut", "by top-k 3", "0\u00a0%"]);
  const never = derive({ scores: Array(6).fill(-Infinity), again: true }, facts);
  assert.deepEqual(never, [["score", "forbidden", "0\u00a0%"]]);
  assert.equal(cutAt([1, 1, 1, -Infinity, -Infinity]), 3);
  assert.equal(cutAt([1, 1]), -1);
});

test("at temperature 0 one score takes all", () => {
  const stages = [STAGES[0], ["repetition penalty", null, 4], ["temperature", 0, 1], ...STAGES.slice(3)];
  const facts = { stages, best: 2, total: 1 };
  const wins = derive({ scores: [2, 2, 0, 0, 0, 0], again: true }, facts);
  const lost = derive({ scores: [1, 1, ...Array(4).fill(-Infinity)], again: false }, facts);
  assert.equal(wins.at(-1)[2], "100\u00a0%");
  assert.equal(lost.at(-1)[2], "0\u00a0%");
});

test("each step has its line of code, and one that is off says so", () => {
  assert.equal(codeOf("logits", null), "z = model(ids)[-1]");
  assert.equal(codeOf("top-p", null), "off");
  assert.equal(codeOf("temperature", 0.8), "z = (z - max(z)) / 0.8");
  assert.equal(codeOf("temperature", 0), "z[not the largest] = -inf");
  assert.equal(codeOf("min-p", 0.05), "z[p < 0.05 * max(p)] = -inf");
});

test("a raw score's bar begins at the lowest of all, a probability's at zero", () => {
  assert.equal(barLength(0, 0.9, 5, -5, 15), 0.5);
  assert.equal(barLength(0, 0, -Infinity, -5, 15), 0);
  assert.equal(barLength(3, 0.9, 5, -5, 15), 0.9);
});

test("a text goes on in its row, and each branch begins one, in its order and one level in", () => {
  //    0 - 1 - 2 - 5        and from 1 also 3 - 4, from 3 also 6
  const parents = [-1, 0, 1, 1, 3, 2, 3];
  assert.deepEqual(levelsOf(parents), [
    { level: 0, nodes: [0, 1] }, { level: 1, nodes: [2, 5] }, { level: 1, nodes: [3] },
    { level: 2, nodes: [4] }, { level: 2, nodes: [6] },
  ]);
  assert.deepEqual(levelsOf([-1]), [{ level: 0, nodes: [0] }]);
  assert.deepEqual(pathTo(parents, 4), [0, 1, 3, 4]);
  assert.deepEqual(parents.map((_, node) => node).toString(),
                   levelsOf(parents).flatMap(({ nodes }) => nodes).toSorted().toString());
});

test("the largest places come first, the earlier of two alike before the later", () => {
  assert.deepEqual(largestPlaces([0.1, 0.5, 0.2, 0.5], 3), [1, 3, 2]);
  assert.deepEqual(largestPlaces(new Float32Array([1]), 4), [0]);
});
