// Keys in a group of buttons: where each goes, and that the ends hold.

import assert from "node:assert/strict";
import test from "node:test";

import { reached } from "../../../course_utils/ui/js/roving.js";

test("arrows go to a neighbour, Home and End to the ends, other keys nowhere", () => {
  assert.equal(reached("ArrowDown", 1, 5), 2);
  assert.equal(reached("ArrowRight", 1, 5), 2);
  assert.equal(reached("ArrowUp", 1, 5), 0);
  assert.equal(reached("Home", 3, 5), 0);
  assert.equal(reached("End", 3, 5), 4);
  assert.ok(Number.isNaN(reached("Enter", 3, 5)));
});

test("beyond the ends there is nothing, nor in an empty group", () => {
  assert.ok(Number.isNaN(reached("ArrowUp", 0, 5)));
  assert.ok(Number.isNaN(reached("ArrowDown", 4, 5)));
  assert.ok(Number.isNaN(reached("Home", -1, 0)));
  assert.ok(Number.isNaN(reached("End", -1, 0)));
});
