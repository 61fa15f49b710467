// The card under the network: what the hovered, focused or pinned neuron or weight holds now.
// It is written again with every frame, so its numbers move while training runs.

import { html, scrollable, setText } from "#kit/dom.js";
import { fine, signed } from "#kit/number.js";

/**
 * Let the reader point at neurons and weights; returns { paint(frame), end }.
 *
 * describe(item, frame): the card's rows, [name, text] each; the first is its heading.
 * onEdit(link): a weight was clicked, or Enter pressed on it.
 */
export function neuronCard(panel, items, describe, onEdit) {
  const card = html("div", "anatomy-card");
  scrollable(card, "What the chosen neuron or weight holds now");
  panel.append(card);
  const chosen = { hovered: null, focused: null, pinned: null };
  let newest = null;
  const write = () => {
    const item = chosen.pinned ?? chosen.hovered ?? chosen.focused;
    card.dataset.about = item ? item.name : "";
    card.dataset.pinned = chosen.pinned ? "yes" : "no";
    for (const { group, kind } of items) {
      group.classList.toggle("anatomy-chosen", item?.group === group);
      if (kind === "neuron") group.setAttribute("aria-pressed", chosen.pinned?.group === group);
    }
    if (newest) fillCard(card, item ? describe(item, newest) : HINT, chosen.pinned !== null);
  };
  const choose = (how, item) => { chosen[how] = item; write(); };
  const pin = (item) => choose("pinned", chosen.pinned === item ? null : item);
  for (const item of items) {
    const { group, kind } = item;
    const act = () => {
      group.focus({ preventScroll: true });
      if (kind === "neuron") pin(item);
      else onEdit(item);
    };
    group.addEventListener("pointerenter", () => choose("hovered", item));
    group.addEventListener("pointerleave", () => choose("hovered", null));
    group.addEventListener("focus", () => choose("focused", item));
    group.addEventListener("blur", () => choose("focused", null));
    group.addEventListener("click", act);
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      act();
    });
  }
  const letGo = (event) => {
    const isTyping = event.target.closest?.(".anatomy-editor");
    if (event.key === "Escape" && chosen.pinned && !isTyping) choose("pinned", null);
  };
  document.addEventListener("keydown", letGo, true); // wherever the focus went since the click
  return {
    paint(frame) { newest = frame; write(); },
    end: () => document.removeEventListener("keydown", letGo, true),
  };
}

const HINT = [
  ["Look closer", "at a neuron or a line"],
  ["neuron", "point at one to read its sum; a click (or Enter) pins it, Escape lets it go"],
  ["weight", "point at a line to read it; a click (or Enter) lets you change it"],
];

/** Write the card's rows; elements are made once and then only change their texts. */
function fillCard(card, rows, isPinned) {
  while (card.childElementCount < 2 * rows.length) {
    card.append(html("span", "anatomy-card-name"), html("span", "anatomy-card-text"));
  }
  while (card.childElementCount > 2 * rows.length) card.lastElementChild.remove();
  rows.forEach(([name, text], index) => {
    const note = isPinned ? "pinned, Escape lets it go" : text;
    setText(card.children[2 * index], index === 0 ? `${name}: ${note}` : name);
    setText(card.children[2 * index + 1], index === 0 ? "" : text);
  });
}

/** What a neuron of the spam network computes for the reader's e-mail, in the numbers of now. */
export function describeNeuron({ column, index, name }, { facts, arrays }) {
  if (column === 0) {
    return [[name, "an input"], ["value", `${arrays.inputs[index].toFixed(2)}, from your slider`],
            ["gradient", perUnit(arrays.slope_inputs[index], "it")],
            ["last change", "none: training moves weights, never inputs"]];
  }
  const [part, before, sums, after] = column === 1
    ? ["hidden", "inputs", "sums", "hidden"] : ["output", "hidden", "logits", "probabilities"];
  const width = arrays[`${part}_bias`].length;
  const incoming = (array) => [...arrays[array]].filter((_, at) => at % width === index);
  const terms = incoming(`${part}_weights`).map(
    (weight, at) => `(${signed(weight)} \u00d7 ${arrays[before][at].toFixed(2)})`);
  const sum = signed(arrays[sums][index]);
  const bias = signed(arrays[`${part}_bias`][index]);
  const bend = column === 1 ? facts.activation : "softmax of all scores";
  const moved = incoming(`change_${part}_weights`).map(fine).join(" ");
  return [
    [name, column === 1 ? "a hidden neuron" : "a class"],
    ["\u03a3 wx + b", `${terms.join(" + ")} + bias ${bias} = ${sum}`],
    ["activation", `${bend}: ${sum} \u2192 ${arrays[after][index].toFixed(3)}`],
    ["gradient", perUnit(arrays[`slope_${sums}`][index], "the sum")],
    ["last change", `${fine(arrays[`moved_${after}`][index])}, as its weights moved by ${moved} `
      + `and its bias by ${fine(arrays[`change_${part}_bias`][index])}`],
  ];
}

function perUnit(slope, what) {
  return `${fine(slope)}: change of this e-mail's loss per unit of ${what}`;
}

/** What one weight or bias is, where its gradients point, and how it moved last. */
export function describeLink({ name, array, place, isBias }, { facts, arrays }) {
  const value = (prefix) => arrays[prefix + array][place];
  const gradient = fine(value("gradient_"));
  return [
    [name, isBias ? "added to the sum" : "multiplies what comes in"],
    ["value", `${signed(value(""))} (click or Enter to change it)`],
    ["gradient", `${gradient} over all ${facts.emails} e-mails: the next step moves it by `
      + `\u2212${facts.learning_rate.toPrecision(3)} \u00d7 (${gradient})`],
    ["this e-mail", `${fine(value("email_gradient_"))} for this e-mail alone`],
    ["last change", fine(value("change_"))],
  ];
}
