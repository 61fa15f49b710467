// A reply by its tokens: where each begins, how sure the model was of it, and the way to point at
// one with the mouse or with the arrow keys.

import { html, setText } from "#kit/dom.js";

const UNSURE = 0.5; // below it a token is marked
const KEYS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 };

/** A token with its spaces and line ends to be seen. */
export function visible(name) {
  return name.replaceAll(" ", "\u2423").replaceAll("\n", "\u23ce");
}

/** A text cut into the parts that came with each token; what has no length stands at the end. */
export function cutText(text, lengths) {
  const characters = Array.from(text); // as Python counts them, not as JavaScript does
  const parts = [];
  let start = 0;
  for (const length of lengths) {
    parts.push(characters.slice(start, start + length).join(""));
    start += length;
  }
  if (start < characters.length) parts.push(characters.slice(start).join(""));
  return parts;
}

/** A probability in words, never rounded to none or to all. */
export function probability(share) {
  if (share < 0.001) return "under 0.1 %";
  if (share > 0.999) return "over 99.9 %";
  const shown = 100 * share;
  return `${shown.toFixed(shown < 10 || shown > 99 ? 1 : 0)} %`;
}

/** One token in words, such as: token 3 of 8, "Paris": 97 %. */
export function inWords(part, share, number, count) {
  const what = part ? `\u201c${visible(part)}\u201d` : "a part of the next character";
  const sure = share === undefined ? "its probability was not kept" : probability(share);
  return `Token ${number + 1} of ${count}, ${what}: ${sure}`;
}

/** The token that a key leads to; the first or the last one at the ends, null for other keys. */
export function moved(key, at, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (!(key in KEYS)) return null;
  return Math.min(count - 1, Math.max(0, at + KEYS[key]));
}

/**
 * What shows a reply's tokens in an element and lets the reader point at them.
 * tell takes the words on the token pointed at, or "" where none is; look takes the number of one
 * that was clicked, or on which Enter was pressed. Returns what takes (text, lengths, chances, name).
 */
export function showTokens(element, tell, look) {
  let parts = [];
  let shares = [];
  let at = -1;
  const point = (number) => {
    element.children[at]?.classList.remove("anatomy-pointed");
    at = number;
    const there = at >= 0 && at < shares.length;
    if (there) element.children[at].classList.add("anatomy-pointed");
    tell(there ? inWords(parts[at], shares[at], at, shares.length) : "");
  };
  const numberOf = ({ target }) => Array.prototype.indexOf.call(element.children, target);
  element.addEventListener("mouseover", (event) => {
    const number = numberOf(event);
    if (number >= 0 && number < shares.length) point(number);
  });
  element.addEventListener("mouseleave", () => point(-1));
  element.addEventListener("focus", () => { if (shares.length) point(Math.max(0, at)); });
  element.addEventListener("blur", () => point(-1));
  element.addEventListener("click", (event) => {
    const number = numberOf(event);
    if (number >= 0 && number < shares.length) look(number);
  });
  element.addEventListener("keydown", (event) => {
    const number = moved(event.key, at, shares.length);
    if (event.key === "Enter" && at >= 0) look(at);
    else if (number === null || !shares.length) return;
    else point(number);
    event.preventDefault();
    event.stopPropagation();
  });
  return (text, lengths, chances, name) => {
    shares = chances;
    const wanted = cutText(text, lengths);
    let same = 0; // what stands there already stays, so that nothing pointed at is lost
    while (same < wanted.length && parts[same] === wanted[same] && same in element.children) same += 1;
    while (element.children.length > same) element.lastElementChild.remove();
    for (let number = same; number < wanted.length; number += 1) {
      element.append(html("span", "anatomy-token", wanted[number]));
    }
    parts = wanted;
    parts.forEach((_, number) => {
      const unsure = number < shares.length && shares[number] < UNSURE;
      element.children[number].classList.toggle("anatomy-unsure", unsure);
    });
    if (shares.length) {
      element.tabIndex = 0;
      element.setAttribute("role", "group");
      element.setAttribute("aria-label", `${name}; arrow keys go from token to token`);
    } else {
      for (const attribute of ["tabindex", "role", "aria-label"]) element.removeAttribute(attribute);
    }
  };
}

/** A line below texts that tells the token pointed at; returns what takes its words. */
export function addReadout(panel) {
  const hint = "Point at a token of a reply, or focus the reply and press the arrow keys: its "
    + "probability stands here. Dots mark tokens below 50 %.";
  const line = html("p", "anatomy-readout anatomy-soft", hint);
  line.setAttribute("role", "status");
  panel.append(line);
  return (words) => setText(line, words || hint);
}
