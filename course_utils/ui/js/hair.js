// A cross-hair over a chart: values are read where the mouse points, or with the arrow keys.

import { html, setAttributes, setText, svg } from "#kit/dom.js";

const HINT = "Point at the curves, or use the arrow keys, to read values.";
const STEP_PIXELS = 4;

/**
 * A hair over a picture and the line that says what it reads; returns { paint(scale) }.
 * read(x): the words for a value of the axis across. To a keyboard it is a slider, so what it
 * reads is said when a key moves it, and not whenever a frame comes.
 */
export function addHair(panel, picture, title, read) {
  const hair = svg("line", { class: "anatomy-hair" });
  const readout = html("p", "anatomy-readout anatomy-soft", HINT);
  picture.append(hair);
  panel.append(readout);
  setAttributes(picture, { tabindex: "0", role: "slider", "aria-label": `${title}: read values`,
                           "aria-valuemin": "0", "aria-valuemax": "1", "aria-valuenow": "0",
                           "aria-valuetext": HINT, "data-lm-suppress-shortcuts": "true" });
  let scale = null;
  let pixels = null; // from the left; null where nothing is read
  const paint = () => {
    const isOn = scale !== null && pixels !== null && pixels >= scale.left - 8;
    hair.style.display = isOn ? "" : "none";
    if (!isOn) {
      setText(readout, HINT);
      return;
    }
    const value = Math.min(scale.last, Math.max(0, Math.round(scale.back(pixels))));
    const x = scale.across(value);
    setAttributes(hair, { x1: x, x2: x, y1: scale.top, y2: scale.bottom });
    setText(readout, read(value));
  };
  const move = (to) => { pixels = to; paint(); };
  const point = (event) => move(event.clientX - picture.getBoundingClientRect().left);
  picture.addEventListener("pointermove", point);
  picture.addEventListener("pointerdown", point);
  picture.addEventListener("pointerleave", () => move(null));
  picture.addEventListener("blur", () => move(null));
  picture.addEventListener("keydown", (event) => {
    if (event.key === "Escape") move(null);
    const turn = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!turn || scale === null) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook would move to another cell
    const from = pixels ?? (turn > 0 ? scale.left : scale.right);
    move(Math.min(scale.right, Math.max(scale.left, from + STEP_PIXELS * turn)));
    setAttributes(picture, { "aria-valuemax": String(scale.last), "aria-valuetext": readout.textContent,
                             "aria-valuenow": String(Math.round(scale.back(pixels))) });
  });
  return { paint(newest) { scale = newest; paint(); } };
}
