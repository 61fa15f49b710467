// The attention lab's view: all heads small, the chosen one large, and one of its numbers made.

import { html, setText } from "#kit/dom.js";
import { addPanel, addPanels } from "#kit/panel.js";
import { showStill } from "#kit/view.js";
import { addHeads } from "./heads.js";
import { addLists, addMap } from "./look.js";
import { addPair } from "./pair.js";

/** What can be asked of a frame's head. */
function readHead(model, { facts, arrays }) {
  const { tokens } = facts;
  const size = tokens.length;
  const bytes = model.get("vectors");
  const numbers = new Float32Array(bytes.buffer.slice(bytes.byteOffset,
                                                      bytes.byteOffset + bytes.byteLength));
  const width = numbers.length / (2 * size);
  const causal = model.get("causal");
  const weights = causal ? arrays.masked : arrays.free;
  const rowOf = (numbers_, at) => numbers_.subarray(at * size, (at + 1) * size);
  return {
    ...facts, size, width, causal, weights,
    name: (at) => `token ${at} “${tokens[at]}”`,
    row: (from) => rowOf(weights, from),
    scores: (from) => rowOf(arrays.scores, from),
    query: (at) => numbers.subarray(at * width, (at + 1) * width),
    key: (at) => numbers.subarray((size + at) * width, (size + at + 1) * width),
    hidden: (from, to) => causal && to > from,
  };
}

/** The number of the largest of a row. */
function strongest(row) {
  return row.reduce((best, value, at) => (value > row[best] ? at : best), 0);
}

/** Which pair is looked at; `draw` is called whenever that changes. */
function follower(model, draw) {
  let head = null;
  let pair = null;
  const locked = () => model.get("locked").length === 2;
  const hold = (places) => {
    model.set("locked", places);
    model.save_changes();
  };
  const show = (from, to) => {
    const sure = to === null || head.hidden(from, to) ? strongest(head.row(from)) : to;
    pair = [from, sure];
    draw(head, pair, locked());
  };
  return {
    take(newest) {
      const other = head?.tokens.join("\n") !== newest.tokens.join("\n");
      const kept = other && head !== null ? [] : model.get("locked");
      head = newest;
      if (kept.length === 0 && locked()) hold([]);
      const inside = kept.every((at) => at < head.size);
      if (kept.length === 2 && inside) show(...kept);
      else if (other || pair === null) show(head.size - 1, null);
      else show(...pair);
    },
    point(from, to) { if (!locked()) show(from ?? pair[0], to); },
    lock(from, to) {
      show(from ?? pair[0], to);
      hold(pair);
      draw(head, pair, true);
    },
    release() {
      hold([]);
      draw(head, pair, false);
    },
  };
}

/** The switch of the mask; returns the function that ends it. */
function addMask(root, model, changed) {
  const label = html("label", "anatomy-mask");
  const box = html("input");
  box.type = "checkbox";
  box.checked = model.get("causal");
  label.append(box, " Causal mask: no token looks at later ones");
  root.append(label);
  box.addEventListener("change", () => {
    model.set("causal", box.checked);
    model.save_changes();
    changed();
  });
}

function build(root, model) {
  const notice = html("p", "anatomy-notice");
  notice.setAttribute("role", "status");
  const heads = addHeads(model);
  const words = html("p", "anatomy-words");
  const hint = html("p", "anatomy-soft anatomy-hint");
  root.append(notice);
  const panels = addPanels(root);
  const small = addPanel(panels, "All heads, mask on: rows look, columns are looked at");
  small.panel.append(heads.element);
  const map = addPanel(panels, "");
  addMask(map.panel, model, () => { if (newest) take(newest); });
  root.append(words, hint);
  const lower = addPanels(root);
  const lists = addPanel(lower, "Each token looks at");
  const made = addPanel(lower, "");
  let newest = null;
  const draw = (head, pair, locked) => {
    const [from, to] = pair;
    setText(words, `${head.name(from)} looks at ${head.name(to)}: `
      + head.row(from)[to].toFixed(2));
    setText(hint, locked ? "Held. Escape lets go; a click or Enter on another token holds that."
      : "Point at a token, or reach it with Tab and arrows; a click or Enter holds it.");
    root.dataset.pair = pair.join(" ");
    root.dataset.locked = locked;
    for (const part of parts) part.show(head, pair, locked);
  };
  const act = follower(model, draw);
  const parts = [addLists(lists.panel, act), addMap(map.panel, act),
                 addPair(made)];
  const take = (frame) => {
    newest = frame;
    const head = readHead(model, frame);
    setText(notice, head.notice);
    setText(map.heading, `Layer ${head.layer}, head ${head.head}`);
    for (const part of parts) part.take?.(head);
    act.take(head);
  };
  root.addEventListener("keydown", (event) => { if (event.key === "Escape") act.release(); });
  return { parts: [heads.paint, { paint: take, end: () => parts.forEach((part) => part.end?.()) }] };
}

function render(context) {
  return showStill(context, {
    name: "attention", build,
    facts: ({ facts }) => ({ layer: facts.layer, head: facts.head, tokens: facts.tokens.length }),
  });
}

export default { render };
