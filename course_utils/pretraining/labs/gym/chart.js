// A chart of curves over the steps, with a cross-hair that reads values by mouse and by keyboard.
// It stands between ui/js/lab.js and lab.js, and knows nothing of what the curves mean.

const EDGE = { left: 42, right: 12, top: 10, bottom: 38 }; // pixels around the curves
const TICKS = [0, 0.5, 1];

/** An end of an axis: one, two or five times a power of ten of the smallest, or more. */
function axisEnd(value, smallest) {
  let size = smallest;
  for (let turn = 0; size < value * 0.999; turn += 1) size *= turn % 3 === 1 ? 2.5 : 2;
  return size;
}

/** A number as short as it can be read. */
function brief(value) {
  if (!Number.isFinite(value)) return "not a number";
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

/** The largest number that is one; Math.max would stumble over those that are not. */
function largest(values, least) {
  return values.reduce((most, value) => (value > most ? value : most), least);
}

/**
 * One chart in its panel; returns what takes a frame.
 * series: [{ x, y, look, words, read }], names of arrays, a CSS class, a name, a text for a value.
 * top(facts): values above are drawn at the top. marks: whether moves of the rate are shown.
 * It is drawn in the page's own pixels, so that its text is as large in a narrow window.
 */
function drawChart(panels, { title, unit, series, smallest, top = () => Infinity, marks = false,
                             height = 170, wide = false }) {
  const panel = html("section", `anatomy-panel${wide ? " anatomy-wide" : ""}`);
  panel.append(html("h4", "", title), chartLegend(series));
  const picture = svg("svg", { role: "img", tabindex: 0, class: "anatomy-chart" });
  picture.style.height = `${height}px`;
  const words = svg("title", {}, title);
  const readout = html("output", "anatomy-readout anatomy-soft");
  picture.append(words);
  panel.append(picture, readout);
  panels.append(panel);
  const ticks = TICKS.map(() => chartTick(picture));
  const below = svg("text", { class: "anatomy-tick anatomy-soft", "text-anchor": "middle" },
                    `step (${unit})`);
  const lines = series.map(({ look }) => svg("path", { class: `anatomy-curve ${look}` }));
  const moves = svg("g");
  const hair = svg("line", { class: "anatomy-hair" });
  picture.append(below, ...lines, moves, hair);
  let scale = null;
  let newest = null;
  const hover = crossHair(picture, (share) => showHair(hair, readout, series, scale, share));
  const draw = (frame) => {
    newest = frame;
    const size = { width: picture.clientWidth || 320, height };
    scale = chartScale(series, frame.arrays, smallest, top(frame.facts), size);
    setTicks(ticks, below, scale);
    lines.forEach((line, at) => line.setAttribute("d", chartPath(series[at], scale)));
    if (marks) drawMoves(moves, scale);
    words.textContent = `${title}, ${frame.facts.step} steps`;
    hover.again();
  };
  new ResizeObserver(() => newest && draw(newest)).observe(picture); // ends with the element
  return draw;
}

function chartLegend(series) {
  const list = html("div", "anatomy-legend");
  for (const { look, words } of series) {
    if (!words) continue;
    const row = html("span", "anatomy-soft");
    const sample = svg("svg", { viewBox: "0 0 26 10", class: "anatomy-sample" });
    sample.append(svg("path", { d: "M1 5L25 5", class: `anatomy-curve ${look}` }));
    row.append(sample, words);
    list.append(row);
  }
  return list;
}

/** How steps and values become places; the axes grow, the panel does not. */
function chartScale(series, arrays, smallest, top, { width, height }) {
  const last = axisEnd(series.reduce((most, { x }) => largest(arrays[x], most), 50), 50);
  const most = series.reduce((found, { y }) => largest(arrays[y], found), smallest);
  const high = axisEnd(Math.min(most, top), smallest);
  const [right, bottom] = [width - EDGE.right, height - EDGE.bottom];
  return {
    arrays, last, high, right, bottom,
    across: (step) => EDGE.left + (right - EDGE.left) * step / last,
    up: (value) => bottom - (bottom - EDGE.top) * Math.min(value, high) / high,
    back: (x) => Math.max(0, (x - EDGE.left) / (right - EDGE.left)) * last,
  };
}

function chartPath({ x, y }, { arrays, across, up }) {
  let path = "";
  let pen = "M";
  arrays[y].forEach((value, at) => {
    if (!Number.isFinite(value)) {
      pen = "M";
      return;
    }
    path += `${pen}${across(arrays[x][at]).toFixed(1)} ${up(value).toFixed(1)}`;
    pen = "L";
  });
  return path;
}

function chartTick(picture) {
  const line = svg("line", { class: "anatomy-frame", x1: EDGE.left });
  const below = svg("text", { class: "anatomy-tick", "text-anchor": "middle" });
  const beside = svg("text", { class: "anatomy-tick", "text-anchor": "end" });
  picture.append(line, below, beside);
  return { line, below, beside };
}

function place(element, x, y) {
  element.setAttribute("x", x);
  element.setAttribute("y", y);
}

function setTicks(ticks, unit, { last, high, right, bottom, across, up }) {
  ticks.forEach(({ line, below, beside }, at) => {
    const y = up(TICKS[at] * high);
    for (const [name, value] of [["x2", right], ["y1", y], ["y2", y]]) line.setAttribute(name, value);
    below.textContent = String(Math.round(TICKS[at] * last));
    beside.textContent = brief(TICKS[at] * high);
    place(below, across(TICKS[at] * last) - (at === 2 ? 8 : 0), bottom + 17);
    place(beside, EDGE.left - 6, y + 4);
  });
  place(unit, (EDGE.left + right) / 2, bottom + 33);
}

/** A notch at the axis for each move of the learning rate. */
function drawMoves(group, { arrays, across, bottom }) {
  group.replaceChildren();
  arrays.mark_steps.forEach((step, at) => {
    const x = across(step);
    const notch = svg("path", { class: "anatomy-move",
                                d: `M${x - 5} ${bottom + 7}L${x + 5} ${bottom + 7}L${x} ${bottom - 3}Z` });
    notch.append(svg("title", {}, `learning rate ${brief(arrays.mark_rates[at])} from step ${step}`));
    group.append(svg("line", { class: "anatomy-moved", x1: x, x2: x, y1: EDGE.top, y2: bottom }),
                 notch);
  });
}

/** Where the reader points, in pixels from the left; arrow keys move it, Escape takes it away. */
function crossHair(picture, show) {
  let at = null;
  const again = () => show(at);
  const point = (event) => {
    at = event.clientX - picture.getBoundingClientRect().left;
    again();
  };
  const leave = () => { at = null; again(); };
  picture.addEventListener("pointermove", point);
  picture.addEventListener("pointerdown", point);
  picture.addEventListener("pointerleave", leave);
  picture.addEventListener("blur", leave);
  picture.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") leave();
    if (!move) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook would move to another cell
    const right = picture.clientWidth - EDGE.right;
    at = Math.min(right, Math.max(EDGE.left, (at ?? (move > 0 ? EDGE.left : right)) + 4 * move));
    again();
  });
  return { again };
}

/** Draw the hair and read the values nearest to it. */
function showHair(hair, readout, series, scale, x) {
  const on = scale !== null && x !== null && x >= EDGE.left - 8;
  hair.style.display = on ? "" : "none";
  if (!on) {
    readout.textContent = "Point at the curves, or use the arrow keys, to read values.";
    return;
  }
  const step = Math.min(scale.last, Math.round(scale.back(x)));
  const ends = { x1: scale.across(step), x2: scale.across(step), y1: EDGE.top, y2: scale.bottom };
  for (const [name, value] of Object.entries(ends)) hair.setAttribute(name, value.toFixed(1));
  const parts = series.filter(({ read }) => read).map(({ x: steps, y, read }) => {
    const at = nearest(scale.arrays[steps], step);
    return at < 0 ? "" : `${read} ${brief(scale.arrays[y][at])}`;
  });
  readout.textContent = `step ${step}: ${parts.filter(Boolean).join(", ") || "nothing yet"}`;
}

function nearest(steps, step) {
  let found = -1;
  steps.forEach((one, at) => {
    if (found < 0 || Math.abs(one - step) < Math.abs(steps[found] - step)) found = at;
  });
  return found;
}
