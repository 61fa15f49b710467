// Frames as Python packs them, and what is said at most once a second.

import assert from "node:assert/strict";
import test from "node:test";

import { unpack } from "../../../course_utils/ui/js/frame.js";
import { slowly } from "../../../course_utils/ui/js/slowly.js";

/** A block of the layout of ui/frames.py. */
function pack(facts, arrays) {
  const parts = {};
  let start = 0;
  for (const [name, values] of Object.entries(arrays)) {
    parts[name] = [start, values.length];
    start += values.length;
  }
  let header = JSON.stringify({ facts, parts });
  header += " ".repeat((4 - (Buffer.byteLength(header) % 4)) % 4);
  const head = Buffer.from(header);
  const block = Buffer.alloc(4 + head.length + 4 * start);
  block.writeUInt32LE(head.length, 0);
  head.copy(block, 4);
  Object.values(arrays).flat().forEach((value, at) => block.writeFloatLE(value, 4 + head.length + 4 * at));
  return block;
}

test("facts and arrays come out as they went in, also in the middle of a buffer", () => {
  const block = pack({ step: 3, word: "caf\u00e9" }, { losses: [1.5, 2.5], empty: [], rates: [0.25] });
  const padded = new Uint8Array(block.length + 7);
  padded.set(block, 7);
  for (const view of [block, new DataView(padded.buffer, 7, block.length)]) {
    const { facts, arrays } = unpack(view);
    assert.deepEqual(facts, { step: 3, word: "caf\u00e9" });
    assert.deepEqual([...arrays.losses], [1.5, 2.5]);
    assert.deepEqual([arrays.empty.length, arrays.rates[0]], [0, 0.25]);
  }
});

test("eighteen texts a second are said once at once, and the last of them in the end", (t) => {
  let now = 5000;
  let alarm = null; // { at, call } of the one timer
  t.mock.method(performance, "now", () => now);
  t.mock.method(globalThis, "setTimeout", (call, wait) => {
    alarm = { at: now + wait, call };
    return alarm;
  });
  t.mock.method(globalThis, "clearTimeout", (one) => { if (one === alarm) alarm = null; });
  const pass = (milliseconds) => {
    now += milliseconds;
    if (alarm === null || now < alarm.at) return;
    const { call } = alarm;
    alarm = null;
    call();
  };
  const said = [];
  const slow = slowly((text) => said.push(text));
  for (let number = 0; number < 18; number += 1) {
    slow.run(number);
    pass(55);
  }
  assert.deepEqual(said, [0]);
  pass(55);
  assert.deepEqual(said, [0, 17]);
  slow.run(18);
  slow.end();
  pass(5000);
  assert.deepEqual(said, [0, 17]);
});
