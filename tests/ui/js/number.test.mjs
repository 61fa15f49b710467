// Numbers as texts, of every size and of none.

import assert from "node:assert/strict";
import test from "node:test";

import { brief, fine, fixed, grouped, percent, signed } from "../../../course_utils/ui/js/number.js";

test("a sign is always there, and minus is a real minus", () => {
  assert.deepEqual([1, -0.5, 0].map(signed), ["+1.00", "\u22120.50", "+0.00"]);
  assert.equal(signed(NaN), "not a number");
});

test("a gradient keeps its digits however small it is", () => {
  assert.deepEqual([0, 0.5, -0.00002, NaN].map(fine),
                   ["+0", "+0.500", "\u22122e\u22125", "not a number"]);
});

test("a number is as short as it can be read", () => {
  assert.deepEqual([0, 12.3456, 1234567, 0.00001234, -2.5, NaN].map(brief),
                   ["0", "12.3", "1230000", "1.2e\u22125", "\u22122.5", "not a number"]);
});

test("a share is a percentage, or another text where there is none", () => {
  assert.deepEqual([percent(0.5), percent(0.123, 0), percent(null), percent(NaN, 0, "?")],
                   ["50.0\u00a0%", "12\u00a0%", "none", "?"]);
});

test("groups of three, and dashes for what is not known yet", () => {
  assert.deepEqual([999, 1000, 1234567].map(grouped), ["999", "1\u202f000", "1\u202f234\u202f567"]);
  assert.deepEqual([fixed(1.005, 1), fixed(null, 2), fixed(undefined, 2)], ["1.0", "\u2013", "\u2013"]);
});
