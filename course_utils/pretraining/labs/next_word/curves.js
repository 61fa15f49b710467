// The next-word lab's bars, one a word, and its two curves over the epochs.

const BARS = { width: 400, row: 24, left: 64, right: 52, top: 8, below: 22 };
const CURVE = { width: 400, height: 216, left: 52, right: 14, top: 12, bottom: 38 };

/** The probability of every word; a dashed line marks chance. Returns what takes a frame. */
function drawBars(panel, heading, labels) {
  const bottom = BARS.top + BARS.row * labels.words.length;
  const height = bottom + BARS.below;
  const picture = svg("svg", { viewBox: `0 0 ${BARS.width} ${height}`, role: "img" });
  const title = svg("title");
  picture.append(title);
  panel.append(picture);
  const span = BARS.width - BARS.left - BARS.right;
  const rows = labels.words.map((word, index) => {
    const y = BARS.top + BARS.row * (index + 0.5);
    const name = svg("text", { class: "anatomy-word", x: BARS.left - 6, y: y + 4,
                               "text-anchor": "end" });
    const bar = svg("rect", { class: "anatomy-bar", x: BARS.left, y: y - 8, height: 16 });
    const value = svg("text", { class: "anatomy-value", y: y + 4 });
    picture.append(bar, name, value);
    return { name, bar, value };
  });
  const x = BARS.left + span * labels.chance;
  picture.append(svg("line", { class: "anatomy-chance", x1: x, x2: x, y1: BARS.top, y2: bottom }));
  picture.append(svg("text", { class: "anatomy-tick", x, y: bottom + 15, "text-anchor": "middle" },
                     `chance: ${percent(labels.chance)}`));
  return ({ facts, arrays }) => {
    heading.textContent = `After \u201c${facts.context.join(" ")}\u201d`;
    rows.forEach(({ name, bar, value }, at) => {
      const share = arrays.probabilities[at];
      const length = Number.isFinite(share) ? span * share : 0;
      markRight(name, labels.words[at], at === facts.right);
      bar.classList.toggle("anatomy-right", at === facts.right);
      bar.setAttribute("width", length.toFixed(1));
      value.setAttribute("x", (BARS.left + length + 6).toFixed(1));
      value.textContent = percent(share);
    });
    title.textContent = `Probability of each word after ${facts.context.join(" ")}; right is `
      + `${labels.words[facts.right]} with ${percent(arrays.probabilities[facts.right])}`;
  };
}

/**
 * One curve over the epochs; returns what takes a frame. The axes grow, the panel does not.
 * `look`: values (the array's name), words, top (fixed, or a function of the values), level and
 * levelWords (a dashed line), digits (of the axis).
 */
function drawCurve(panel, labels, look) {
  const picture = svg("svg", { viewBox: `0 0 ${CURVE.width} ${CURVE.height}`, role: "img" });
  picture.append(svg("title", {}, look.words));
  panel.append(picture);
  const bottom = CURVE.height - CURVE.bottom;
  const right = CURVE.width - CURVE.right;
  const ticks = [0, 0.5, 1].map((share) => addTicks(picture, share, bottom, right));
  picture.append(svg("text", { class: "anatomy-name anatomy-soft", y: CURVE.height - 5,
                               x: (CURVE.left + right) / 2, "text-anchor": "middle" }, "epoch"));
  const level = svg("line", { class: "anatomy-chance", x1: CURVE.left, x2: right });
  const levelName = svg("text", { class: "anatomy-tick anatomy-halo", x: right - 2,
                                  "text-anchor": "end" }, look.levelWords);
  const said = addMark(picture, "anatomy-said", 88, bottom);
  const met = addMark(picture, "anatomy-met", 64, bottom);
  const line = svg("path", { class: "anatomy-curve" });
  picture.append(level, line, levelName, said.text, met.text);
  return ({ facts, arrays }) => {
    const epochs = arrays.curve_steps;
    const values = arrays[look.values];
    const last = niceAbove(Math.max(40, facts.step), 40);
    const top = look.top(values);
    const across = (epoch) => CURVE.left + (right - CURVE.left) * epoch / last;
    const up = (value) => bottom - (bottom - CURVE.top) * Math.min(value, top) / top;
    ticks.forEach(({ share, below, beside }) => {
      below.textContent = String(Math.round(share * last));
      beside.textContent = look.tick(share * top, top);
    });
    level.setAttribute("y1", up(look.level));
    level.setAttribute("y2", up(look.level));
    levelName.setAttribute("y", up(look.level) - 4);
    setMark(said, across(labels.often_said), right, `often named: ${labels.often_said}`);
    setMark(met, facts.converged_at === null ? null : across(facts.converged_at), right,
            `converged: ${facts.converged_at}`);
    const points = [...epochs].map((epoch, at) =>
      `${at ? "L" : "M"}${across(epoch).toFixed(1)} ${up(values[at]).toFixed(1)}`);
    line.setAttribute("d", points.length > 1 ? points.join("") : `${points[0]}h2`);
  };
}

function addMark(picture, name, below, bottom) {
  const line = svg("line", { class: `anatomy-mark ${name}`, y1: CURVE.top, y2: bottom });
  const text = svg("text", { class: "anatomy-tick anatomy-halo", y: CURVE.top + below });
  picture.append(line);
  return { line, text };
}

/** Put a mark and its words at a place across, or nowhere. */
function setMark({ line, text }, x, right, words) {
  line.style.display = text.style.display = x === null ? "none" : "";
  if (x === null) return;
  const turned = x > CURVE.left + 0.55 * (right - CURVE.left);
  line.setAttribute("x1", x);
  line.setAttribute("x2", x);
  text.setAttribute("x", turned ? x - 5 : x + 5);
  text.setAttribute("text-anchor", turned ? "end" : "start");
  text.textContent = words;
}

function addTicks(picture, share, bottom, right) {
  const x = CURVE.left + share * (right - CURVE.left);
  const y = bottom - share * (bottom - CURVE.top);
  picture.append(svg("line", { class: "anatomy-frame", x1: CURVE.left, x2: right, y1: y, y2: y }));
  const below = svg("text", { class: "anatomy-tick", x, y: bottom + 16,
                              "text-anchor": share === 1 ? "end" : "middle" });
  const beside = svg("text", { class: "anatomy-tick", x: CURVE.left - 6, y: y + 4,
                               "text-anchor": "end" });
  picture.append(below, beside);
  return { share, below, beside };
}

/** The next end of an axis: one, two or five times a power of ten of the smallest, or more. */
function niceAbove(value, smallest) {
  let size = smallest;
  for (let turn = 0; size < value * 0.999; turn += 1) size *= turn % 3 === 1 ? 2.5 : 2;
  return size;
}
