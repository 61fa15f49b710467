// The valley's lines of equal loss: closed rings around what is lower.

import assert from "node:assert/strict";
import test from "node:test";

import { ringsBelow } from "../../../course_utils/pretraining/labs/valley/contours.js";

const same = (column, row) => [column, row];
const rings = (path) => path.split("Z").filter(Boolean);

test("a hole in the middle gets one ring, halfway to its higher neighbours", () => {
  const { path, corners } = ringsBelow([1, 1, 1, 1, 0, 1, 1, 1, 1], [3, 3], 0.5, same);
  assert.equal(rings(path).length, 1);
  const around = corners.map(String).toSorted();
  assert.deepEqual(around, ["0.5,1", "1,0.5", "1,1.5", "1.5,1"]);
});

test("a grid that is all lower is ringed along its edge, and one that is all higher not at all", () => {
  const { corners } = ringsBelow([0, 0, 0, 0], [2, 2], 0.5, same);
  const reached = [0, 1].map((part) => corners.map((corner) => corner[part]));
  assert.deepEqual(reached.map((one) => [Math.min(...one), Math.max(...one)]), [[0, 1], [0, 1]]);
  assert.equal(ringsBelow([1, 1, 1, 1], [2, 2], 0.5, same).path, "");
});

test("two hollows that touch at a corner stay two", () => {
  assert.equal(rings(ringsBelow([0, 1, 1, 0], [2, 2], 0.5, same).path).length, 2);
});

test("a bowl's ring lies where the bowl has the level", () => {
  const size = 41;
  const values = Array.from({ length: size * size }, (_, at) =>
    Math.hypot(at % size - 20, Math.floor(at / size) - 20));
  const { corners } = ringsBelow(values, [size, size], 10.3, same);
  assert.ok(corners.length > 60);
  for (const [x, y] of corners) assert.ok(Math.abs(Math.hypot(x - 20, y - 20) - 10.3) < 0.05);
});
