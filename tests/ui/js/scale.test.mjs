// Arithmetic of charts: ends of axes, curves as paths of few points, the nearest value.

import assert from "node:assert/strict";
import test from "node:test";

import {
  axisEnd, decades, evenly, largest, linePath, linear, nearest, smallestOf,
} from "../../../course_utils/ui/js/scale.js";

const same = (value) => value;

function points(path) {
  return [...path.matchAll(/[ML](\S+) (\S+?)(?=[MLh]|$)/g)].map(([, x, y]) => [Number(x), Number(y)]);
}

test("an axis ends at one, two or five times a power of ten of the smallest", () => {
  const ends = [0.1, 1, 1.5, 2.1, 4.9, 5.1, 80, 101].map((value) => axisEnd(value, 1));
  assert.deepEqual(ends, [1, 1, 2, 5, 5, 10, 100, 200]);
  assert.equal(axisEnd(-3, 1), -5);
  assert.equal(axisEnd(0.7, 0.2), 1);
});

test("what is no number is neither the largest nor the smallest", () => {
  assert.equal(largest([1, NaN, 3, null], 0), 3);
  assert.equal(smallestOf([1, NaN, -3], 0), -3);
  assert.equal(largest([], 7), 7);
});

test("a log axis spans whole powers of ten, and what is not above zero does not count", () => {
  assert.deepEqual(decades([[0.6, 0.3], []]), [-1, 0]);
  assert.deepEqual(decades([[0.6, 0.004], [25]]), [-3, 2]);
  assert.deepEqual(decades([[0, -1, NaN, Infinity, 0.01, 100]]), [-2, 9]);
  assert.deepEqual(decades([]), [-1, 0]);
});

test("a range without width is no division by zero", () => {
  assert.equal(linear([0, 10], [0, 100])(5), 50);
  assert.ok(Number.isFinite(linear([3, 3], [0, 100])(3)));
  assert.deepEqual(evenly(0, 1, 4), [0, 0.25, 0.5, 0.75, 1]);
});

test("a short curve keeps all its points", () => {
  assert.equal(linePath([0, 10, 20], [1, 2, 3], same, same), "M0 1L10 2L20 3");
});

test("five thousand points become four a column, and no peak is lost", () => {
  const xs = Array.from({ length: 5000 }, (_, at) => at);
  const ys = xs.map((at) => Math.sin(at / 50));
  ys[1234] = 99;
  ys[4321] = -99;
  const across = linear([0, 5000], [0, 500]);
  const drawn = points(linePath(xs, ys, across, same));
  assert.ok(drawn.length <= 4 * 501, `${drawn.length} points`);
  const heights = drawn.map(([, y]) => y);
  assert.equal(Math.max(...heights), 99);
  assert.equal(Math.min(...heights), -99);
  assert.deepEqual(drawn[0], [0, 0]);
  assert.equal(drawn.at(-1)[0], 499.9);
  assert.ok(drawn.every(([x], at) => at === 0 || x >= drawn[at - 1][0]), "from left to right");
});

test("a value that is no number leaves a gap, and a point alone is a dash", () => {
  assert.equal(linePath([0, 1, 2, 3, 4], [1, NaN, 2, 3, Infinity], same, same), "M0 1h2M2 2L3 3");
  assert.equal(linePath([], [], same, same), "");
});

test("the nearest value is found, the earlier of two that are as near", () => {
  const steps = [1, 5, 10, 20];
  const found = [0, 1, 3, 4, 7.4, 16, 99].map((step) => nearest(steps, step));
  assert.deepEqual(found, [0, 0, 0, 1, 1, 3, 3]);
  assert.equal(nearest([], 3), -1);
});
