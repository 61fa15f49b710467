// The chat lab's arithmetic: a reply cut into its tokens, probabilities in words, the rows shown.

import assert from "node:assert/strict";
import test from "node:test";

import { howItEnded, rowsOf } from "../../../course_utils/inference/labs/chat/talk.js";
import { cutText, inWords, moved, probability, visible } from "../../../course_utils/inference/labs/chat/tokens.js";

/** What a frame says of an empty conversation, with some of it changed. */
function facts(changed) {
  return { exchanges: [], system: "", question: "", reply: "", reply_lengths: [],
           reply_chances: [], waiting: [], left_out: 0, ...changed };
}

const EXCHANGE = { number: 0, user: "Hi", text: "Hello.", lengths: [5, 1], chances: [0.9, 1],
                   finish: "stop", chosen: 1, of: 2 };

test("the parts of a text are its tokens, whatever JavaScript takes for a character", () => {
  assert.deepEqual(cutText("The fox", [3, 4]), ["The", " fox"]);
  assert.deepEqual(cutText("\u{1f98a} é", [0, 1, 2]), ["", "\u{1f98a}", " é"]);
  assert.deepEqual(cutText("Hi\u258d", [2]), ["Hi", "\u258d"]);
  assert.deepEqual(cutText("", []), []);
});

test("a probability is never rounded to none or to all", () => {
  const said = [0, 0.0004, 0.004, 0.052, 0.5, 0.984, 0.9951, 0.9996, 1].map(probability);
  assert.deepEqual(said, ["under 0.1 %", "under 0.1 %", "0.4 %", "5.2 %", "50 %", "98 %", "99.5 %",
                          "over 99.9 %", "over 99.9 %"]);
});

test("a token in words says which it is, what it is and how sure the model was", () => {
  assert.equal(inWords(" Paris", 0.97, 5, 8), "Token 6 of 8, \u201c\u2423Paris\u201d: 97 %");
  assert.match(inWords("", 0.5, 0, 2), /part of the next character: 50 %/);
  assert.match(inWords("a", undefined, 0, 1), /was not kept/);
  assert.equal(visible("a b\n"), "a\u2423b\u23ce");
});

test("arrow keys stay within the reply and other keys are left alone", () => {
  assert.equal(moved("ArrowRight", -1, 3), 0);
  assert.equal(moved("ArrowRight", 2, 3), 2);
  assert.equal(moved("ArrowLeft", 0, 3), 0);
  assert.deepEqual([moved("Home", 2, 3), moved("End", 0, 3)], [0, 2]);
  assert.deepEqual([moved("Tab", 1, 3), moved("a", 1, 3)], [null, null]);
});

test("a kept reply can be chosen again, and the turns that are no longer read are marked", () => {
  const old = { ...EXCHANGE, of: 1, chosen: 0 };
  const rows = rowsOf(facts({ exchanges: [old, { ...EXCHANGE, number: 1 }], left_out: 2 }));
  assert.deepEqual(rows.map(({ unread }) => unread), [true, true, false, false]);
  assert.deepEqual(rows.map(({ of }) => of), [1, 1, 1, 2]);
  assert.deepEqual(rows.map(({ number }) => number), [0, null, 1, null]);
});

test("while a reply is written it stands at the end, and earlier ones cannot be chosen", () => {
  const rows = rowsOf(facts({ exchanges: [EXCHANGE], system: "Be brief.", question: "Who?",
                              reply: "I", reply_lengths: [1], reply_chances: [0.4],
                              waiting: ["Bye"] }));
  assert.deepEqual(rows.map(({ role }) => role),
                   ["system", "user", "assistant", "user", "assistant", "user"]);
  assert.deepEqual(rows.map(({ of }) => of), [1, 1, 1, 1, 1, 1]);
  assert.equal(rows[4].text, "I\u258d");
  assert.match(rows[5].mark, /waits/);
});

test("a reply says how it ended only where it did not end by itself", () => {
  assert.equal(howItEnded("stop"), "");
  assert.match(howItEnded("length"), /cut here/);
  assert.match(howItEnded(null), /stopped here/);
});
