// Maps of heads: how much ink a weight is, and what a picture says in words.

import assert from "node:assert/strict";
import test from "node:test";

import { gaze } from "../../../course_utils/pretraining/labs/gym/heads.js";
import { inkOf } from "../../../course_utils/ui/js/heads.js";

test("ink is the root of the weight, and what is no number is none", () => {
  assert.deepEqual([...inkOf([0, 0.25, 1, NaN])], [0, 128, 255, 0]);
});

test("a picture's words are the means of the rows in which the three places differ", () => {
  const rows = [[1, 0, 0, 0], [0.9, 0.1, 0, 0], [0.2, 0.5, 0.3, 0], [0.4, 0, 0.5, 0.1]];
  assert.equal(gaze(rows.flat(), 4),
               ": looks at itself 20\u00a0%, the token before 50\u00a0%, the first 30\u00a0%");
  assert.equal(gaze([1, 0, 0.5, 0.5], 2), "");
});
