// The text so far, tinted by how likely each token was; where its last token looks; and the tree.

import { html, scrollable, setText } from "#kit/dom.js";
import { mirror } from "#kit/frame.js";
import { percent } from "#kit/number.js";
import { addNote } from "#kit/panel.js";
import { makeRoving } from "#kit/roving.js";
import { largestPlaces, pathTo, levelsOf } from "./layout.js";

const PROMPT = "prompt";

/** A token of the tree as a button that goes there. */
function addChip(go) {
  const chip = html("button", "anatomy-chip");
  chip.type = "button";
  chip.append(html("bdi"));
  chip.addEventListener("click", () => go(Number(chip.dataset.node)));
  return chip;
}

/** Write a node's token and its share into a chip. */
function fillChip(chip, number, [, name, share, forced], isHere) {
  const words = number === 0 ? PROMPT : name;
  const how = forced ? "forced" : "drawn";
  const said = number === 0 ? "The prompt: go back to it"
    : `\u201c${name}\u201d, ${percent(share)}, ${how}: go on from here`;
  chip.dataset.node = number;
  setText(chip.firstChild, words);
  chip.title = said;
  chip.setAttribute("aria-label", said);
  if (isHere) chip.setAttribute("aria-current", "true");
  else chip.removeAttribute("aria-current");
  chip.classList.toggle("anatomy-forced", forced);
  chip.style.setProperty("--anatomy-share", `${(100 * share).toFixed(1)}%`);
  chip.style.setProperty("--anatomy-doubt", `${(45 * (1 - share)).toFixed(0)}%`);
}

/** Rewrite something without taking the focus from what stands in it. */
function keepingFocus(holder, write) {
  const held = document.activeElement;
  write();
  if (held !== document.activeElement && holder.contains(held)) held.focus({ preventScroll: true });
}

/** As many elements as wanted at an element's end, made or taken away. */
function fitted(elements, count, parent, make) {
  while (elements.length < count) parent.append(elements[elements.push(make()) - 1]);
  while (elements.length > count) elements.pop().remove();
  return elements;
}

/** The text so far; returns { paint }. */
export function addText({ panel }, go) {
  const prompt = html("p", "anatomy-prompt");
  const text = html("div", "anatomy-text");
  const take = makeRoving(text, "The text so far: Enter goes back to a token");
  const words = addNote(panel);
  panel.insertBefore(prompt, words);
  panel.insertBefore(text, words);
  const chips = [];
  const paint = ({ facts }) => {
    setText(prompt, facts.prompt.join(" "));
    const path = pathTo(facts.nodes.map(([parent]) => parent), facts.here);
    fitted(chips, path.length, text, () => addChip(go));
    path.forEach((node, at) => fillChip(chips[at], node, facts.nodes[node], node === facts.here));
    take(chips, chips.length - 1);
    const shares = path.slice(1).map((node) => facts.nodes[node][2]);
    const least = path[1 + largestPlaces(shares.map((share) => -share), 1)[0]];
    setText(words, shares.length === 0 ? "Nothing is written yet. Draw a token, or click one at 4."
      : `${shares.length} tokens; the least likely: \u201c${facts.nodes[least][1]}\u201d, `
      + `${percent(facts.nodes[least][2])}. The bar below a token is the model\u2019s own probability `
      + "of it; the more orange, the less likely.");
  };
  return { paint };
}

/** Where the text's last token looks; returns { paint, end }. */
export function addAttention({ panel }, model, changed) {
  const { layers } = model.get("labels");
  const label = html("label", "anatomy-layers", "Layer ");
  const select = html("select");
  for (let layer = -1; layer < layers; layer += 1) {
    const option = html("option", "", layer < 0 ? "all, their mean" : String(layer));
    option.value = layer;
    select.append(option);
  }
  label.append(select);
  select.addEventListener("change", () => {
    model.set("layer", Number(select.value));
    model.save_changes();
  });
  const text = html("p", "anatomy-looks");
  panel.append(label, text);
  const words = addNote(panel);
  const spans = [];
  const paint = ({ facts, arrays }) => {
    const path = pathTo(facts.nodes.map(([parent]) => parent), facts.here);
    const tokens = [...facts.prompt, ...path.slice(1).map((node) => facts.nodes[node][1])];
    const start = (model.get("layer") + 1) * tokens.length;
    const weights = arrays.attention.subarray(start, start + tokens.length);
    fitted(spans, tokens.length, text, () => html("bdi", "anatomy-look"));
    spans.forEach((span, at) => {
      setText(span, tokens[at]);
      span.title = percent(weights[at]);
      span.style.setProperty("--anatomy-look", `${(80 * Math.sqrt(weights[at])).toFixed(0)}%`);
    });
    const most = largestPlaces(weights, 4)
      .map((at) => `\u201c${tokens[at]}\u201d ${percent(weights[at], 0)}`);
    setText(words, `\u201c${tokens.at(-1)}\u201d looks most at ${most.join(", ")}: the mean of the heads. `
      + "From what it gathers there, the scores are made.");
  };
  const end = mirror(model, "layer", (layer) => {
    select.value = layer;
    changed();
  });
  return { paint, end };
}

/** All texts as a tree; returns { paint }. */
export function addTree({ panel }, go) {
  const holder = html("div", "anatomy-scroll anatomy-tree");
  scrollable(holder, "All texts");
  const group = html("div");
  const take = makeRoving(group, "All texts so far: Enter goes on from a token");
  holder.append(group);
  panel.append(holder);
  const chips = [];
  const paint = ({ facts }) => {
    const parents = facts.nodes.map(([parent]) => parent);
    const current = new Set(pathTo(parents, facts.here));
    fitted(chips, facts.nodes.length, group, () => addChip(go));
    facts.nodes.forEach((node, at) => fillChip(chips[at], at, node, at === facts.here));
    chips.forEach((chip, at) => chip.classList.toggle("anatomy-onpath", current.has(at)));
    const rows = levelsOf(parents);
    keepingFocus(holder, () => group.replaceChildren(...rows.map(({ level, nodes }) => {
      const row = html("div", "anatomy-branch");
      row.style.setProperty("--anatomy-level", level);
      row.append(...nodes.map((node) => chips[node]));
      return row;
    })));
    const order = rows.flatMap(({ nodes }) => nodes);
    take(order.map((node) => chips[node]), order.indexOf(facts.here));
  };
  return { paint };
}
