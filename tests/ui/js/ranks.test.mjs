// What a curve over the rank shows at a stop of the slider, in words.

import assert from "node:assert/strict";
import test from "node:test";

import { rankWords } from "../../../course_utils/finetuning_rlhf/labs/rank/ranks.js";

const labels = { ranks: [0, 1, 2, 4, 8], trained: [3, 8] };
const points = { places: [2.6, 4], values: [0.5, 0.25] };
const loss = { name: "loss", values: [5, 4, 3, 2, 1], unit: "", points };

test("a stop is named by its rank, and its value by what it is", () => {
  assert.equal(rankWords(2, labels, loss), "rank 2: loss 3");
  assert.equal(rankWords(1, labels, { name: "kept", values: [0, 7.625], unit: "\u00a0%", points: null }),
               "rank 1: kept 7.63\u00a0%");
});

test("what LoRA has reached is read at the stop that is nearest to its rank", () => {
  assert.equal(rankWords(4, labels, loss), "rank 8: loss 1, LoRA of rank 8 0.25");
  assert.equal(rankWords(3, labels, loss), "rank 4: loss 2, LoRA of rank 3 0.5");
});
