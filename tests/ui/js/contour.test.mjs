// Contours: the area above a level and its border, and the marks and logits of square maps.

import assert from "node:assert/strict";
import test from "node:test";

import { contour } from "../../../course_utils/ui/js/contour.js";
import { logit, markPath } from "../../../course_utils/ui/js/field.js";

/** The area of a polygon, by the shoelace formula. */
function areaOf(points) {
  const twice = points.reduce((sum, [x, y], at) => {
    const [x2, y2] = points[(at + 1) % points.length];
    return sum + x * y2 - x2 * y;
  }, 0);
  return Math.abs(twice) / 2;
}

function grid(size, height) {
  return Array.from({ length: size * size }, (_, at) => height(at % size, Math.floor(at / size)));
}

const total = (areas) => areas.reduce((sum, area) => sum + areaOf(area), 0);

test("a slope across is cut by a straight line upwards, at its exact place", () => {
  const { areas, lines } = contour(grid(5, (x) => x - 1.25), 5, 0);
  assert.equal(total(areas), (4 - 1.25) * 4);
  assert.ok(lines.length === 4 && lines.flat().every(([x]) => x === 1.25));
});

test("a slanted plane has the area that geometry says", () => {
  const { areas, lines } = contour(grid(9, (x, y) => x + y - 3), 9, 0);
  assert.ok(Math.abs(total(areas) - (64 - 4.5)) < 1e-9);
  assert.ok(lines.flat().every(([x, y]) => Math.abs(x + y - 3) < 1e-9));
});

test("what is above everywhere is a row of whole cells without a border, what is below nothing", () => {
  const above = contour(grid(4, () => 1), 4, 0);
  assert.equal(above.areas.length, 3);
  assert.deepEqual([total(above.areas), above.lines.length], [9, 0]);
  assert.deepEqual(contour(grid(4, () => -1), 4, 0), { areas: [], lines: [] });
});

test("a saddle has two pieces of border in its one cell", () => {
  assert.equal(contour([1, -1, -1, 1], 2, 0).lines.length, 2);
});

test("the logit is finite at both ends and 0 at one half", () => {
  assert.equal(logit(0.5), 0);
  assert.ok(Number.isFinite(logit(0)) && Math.abs(logit(0) + logit(1)) < 1e-6);
  assert.ok(Math.abs(1 / (1 + Math.exp(-logit(0.9))) - 0.9) < 1e-12);
});

test("every mark is a closed path of its own around its place", () => {
  const paths = ["dot", "triangle", "diamond"].map((shape) => markPath(shape, [10, 20], 4));
  assert.equal(new Set(paths).size, 3);
  assert.ok(paths.every((path) => /^M.*Z$/.test(path) && !path.includes("NaN")));
});
