// The scale lab's chart: models over the years on a log axis, the fitted line, the reader's run.
// How sure a figure is shows in the mark's shape, not in its colour alone.

const CHART = { height: 330, left: 46, right: 12, top: 12, bottom: 34, mark: 5, letter: 6.2 };
const SHAPES = {
  measured: "M-4.5-4.5h9v9h-9z",
  reported: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z",
  estimated: "M0-5.5L5.5 4.5H-5.5z",
  rumoured: "M0-6L6 0L0 6L-6 0z",
};

/** The chart in a panel; returns { paint(frame), end }. series: see lab.py, `_labels`. */
function yearsChart(panel, series) {
  const picture = svg("svg", { role: "group" });
  const info = html("p", "anatomy-info");
  info.setAttribute("role", "status");
  const unit = html("h4");
  panel.append(unit, picture, legend(series), info);
  let newest = null;
  let width = 0;
  let chosen = null; // the model whose words are shown; it stays when the chart is drawn again
  const choose = (name) => {
    chosen = name;
    const point = series[newest.facts.series].points.find((one) => one[0] === name);
    info.textContent = point ? point[4] : "Point at a mark, or go through them with the arrow "
      + "keys, to read who says so.";
  };
  const redraw = () => {
    if (!newest || !width) return;
    const focused = picture.contains(document.activeElement);
    unit.textContent = series[newest.facts.series].unit;
    picture.replaceChildren();
    picture.setAttribute("viewBox", `0 0 ${width} ${CHART.height}`);
    drawYears(picture, width, series[newest.facts.series], newest, chosen, choose);
    if (focused) picture.querySelector('[tabindex="0"]')?.focus();
    choose(chosen);
  };
  const observer = new ResizeObserver(() => {
    const now = Math.max(240, Math.round(picture.getBoundingClientRect().width));
    if (now === width) return;
    width = now;
    redraw();
  });
  observer.observe(panel);
  return { paint(frame) { newest = frame; redraw(); }, end: () => observer.disconnect() };
}

function drawYears(picture, width, { points, named }, { facts, arrays }, chosen, choose) {
  const heights = [...points.map((one) => one[2]), ...arrays.line, facts.mine];
  const low = Math.floor(Math.min(...heights));
  const high = Math.ceil(Math.max(...heights) + 0.2);
  const first = Math.floor(Math.min(...points.map((one) => one[1])));
  const last = Math.ceil(Math.max(...points.map((one) => one[1])));
  const bottom = CHART.height - CHART.bottom;
  const x = (year) => CHART.left + (width - CHART.left - CHART.right) * (year - first)
    / (last - first);
  const y = (height) => bottom - (bottom - CHART.top) * (height - low) / (high - low);
  drawAxes(picture, { x, y, low, high, first, last, width, bottom });
  drawFit(picture, arrays, x, y);
  const mine = y(facts.mine);
  picture.append(svg("line", { class: "anatomy-mine", x1: CHART.left, x2: width - CHART.right,
                               y1: mine, y2: mine }));
  const ends = mine < bottom / 2 ? [CHART.left + 4, "start"] : [width - CHART.right, "end"];
  const taken = [labelAt(picture, "your run", ends[0], mine - 4, ends[1], "anatomy-mine-name"),
                 { left: CHART.left, right: width, top: mine - 1, bottom: mine + 1 }];
  const spots = points.map(([name, year, height, certainty, words], at) => ({
    name, certainty, words, x: x(year), y: y(height), fitted: arrays.fitted[at] > 0 }));
  drawMarks(picture, spots, chosen, choose);
  drawNames(picture, spots, named, taken, { left: CHART.left, right: width, bottom });
}

/** Names beside their marks, the newest first; one that finds no free place is left out. */
function drawNames(picture, spots, named, taken, area) {
  taken.push(...spots.map(({ x, y }) => ({ left: x - 4, right: x + 4, top: y - 4, bottom: y + 4 })));
  for (const { name, x, y } of spots.filter((one) => named.includes(one.name)).reverse()) {
    const places = [[x - 8, y + 4, "end"], [x + 8, y + 4, "start"], [x - 5, y - 7, "end"],
                    [x + 5, y - 7, "start"], [x - 5, y + 16, "end"], [x + 5, y + 16, "start"]];
    const free = places.find((place) => {
      const box = boxOf(name, ...place);
      return box.left > area.left && box.right < area.right && box.bottom < area.bottom
        && !taken.some((other) => overlap(box, other));
    });
    if (free) taken.push(labelAt(picture, name, ...free, "anatomy-tick"));
  }
}

function drawAxes(picture, { x, y, low, high, first, last, width, bottom }) {
  const every = Math.ceil((high - low) / 8);
  for (let power = low; power <= high; power += every) {
    picture.append(svg("line", { class: "anatomy-frame", x1: CHART.left, x2: width - CHART.right,
                                 y1: y(power), y2: y(power) }));
    const text = svg("text", { class: "anatomy-tick", x: CHART.left - 6, y: y(power) + 4,
                               "text-anchor": "end" }, "10");
    text.append(svg("tspan", { dy: -5, "font-size": 9 }, String(power)));
    picture.append(text);
  }
  const step = width < 420 ? 2 : 1;
  for (let year = first; year <= last; year += step) {
    picture.append(svg("text", { class: "anatomy-tick", x: x(year), y: bottom + 15,
                                 "text-anchor": "middle" }, String(year)));
  }
  picture.append(svg("text", { class: "anatomy-tick anatomy-soft", x: CHART.left,
                               y: CHART.height - 4 }, "year of publication"));
}

function drawFit(picture, { line_years: years, line, line_reach: reach }, x, y) {
  if (!years.length) return;
  const inside = (height) => Math.min(CHART.height - CHART.bottom, Math.max(CHART.top, y(height)));
  const at = (index, sign) => `${x(years[index]).toFixed(1)} `
    + inside(line[index] + sign * reach[index]).toFixed(1);
  const forth = [...years.keys()];
  const band = [...forth.map((one) => at(one, 1)), ...forth.reverse().map((one) => at(one, -1))];
  const middle = [...years.keys()].map((one) => at(one, 0));
  picture.append(svg("path", { class: "anatomy-band", d: `M${band.join("L")}z` }),
                 svg("path", { class: "anatomy-fit", d: `M${middle.join("L")}` }));
}

/** The marks: one stop of the Tab key for all, the arrow keys go from one to the next. */
function drawMarks(picture, spots, chosen, choose) {
  const stop = Math.max(0, spots.findIndex(({ name }) => name === chosen));
  const groups = spots.map(({ name, certainty, words, x, y, fitted }, at) => {
    const group = svg("g", { class: `anatomy-mark anatomy-${certainty}${fitted ? "" : " anatomy-dim"}`,
                             transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
                             tabindex: at === stop ? 0 : -1, role: "img", "aria-label": words,
                             "data-lm-suppress-shortcuts": "true" });
    group.append(svg("path", { d: SHAPES[certainty] }),
                 svg("circle", { class: "anatomy-reach", r: 10 }));
    group.addEventListener("mouseenter", () => choose(name));
    group.addEventListener("focus", () => choose(name));
    picture.append(group);
    return group;
  });
  const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
  groups.forEach((group, at) => group.addEventListener("keydown", (event) => {
    if (!(event.key in steps)) return;
    event.preventDefault();
    const next = groups[(at + steps[event.key] + groups.length) % groups.length];
    group.setAttribute("tabindex", -1);
    next.setAttribute("tabindex", 0);
    next.focus();
  }));
}

function boxOf(text, x, y, anchor) {
  const wide = text.length * CHART.letter;
  const left = anchor === "end" ? x - wide : x;
  return { left, right: left + wide, top: y - 11, bottom: y + 2 };
}

function overlap(one, other) {
  return one.left < other.right && other.left < one.right
    && one.top < other.bottom && other.top < one.bottom;
}

function labelAt(picture, text, x, y, anchor, className) {
  picture.append(svg("text", { class: `${className} anatomy-haloed`, x, y,
                               "text-anchor": anchor }, text));
  return boxOf(text, x, y, anchor);
}

/** What the marks mean, of those that there are. */
function legend(series) {
  const there = new Set(Object.values(series).flatMap(({ points }) => points.map((one) => one[3])));
  const list = html("div", "anatomy-legend");
  for (const [name, shape] of Object.entries(SHAPES).filter(([one]) => there.has(one))) {
    const row = html("span");
    const picture = svg("svg", { viewBox: "-8 -8 16 16", "aria-hidden": "true" });
    const group = svg("g", { class: `anatomy-mark anatomy-${name}` });
    group.append(svg("path", { d: shape }));
    picture.append(group);
    row.append(picture, name);
    list.append(row);
  }
  list.append(html("span", "anatomy-soft", "faint: not fitted"));
  return list;
}
