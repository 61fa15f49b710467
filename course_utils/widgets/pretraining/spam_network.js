// The spam lab's view: the network with all its weights, the loss curve, the answer for one e-mail.
// The functions that it shares with other labs come before it, from base/lab.js.

const PLACES = { inputs: { x: 118, radius: 17 }, hidden: { x: 262, radius: 17 },
                 classes: { x: 396, radius: 20 } };
const NETWORK = { width: 480, height: 290 };
const CURVE = { width: 480, height: 290, left: 46, right: 14, top: 14, bottom: 40 };

/** Where the neurons of one column stand. */
function column(names, { x, radius }) {
  const gap = (NETWORK.height - 60) / names.length;
  return names.map((name, index) => ({ name, x, radius, y: 12 + gap * (index + 0.5) }));
}

/** The network's drawing; returns what takes a frame. */
function drawNetwork(panel, labels) {
  const picture = svg("svg", { viewBox: `0 0 ${NETWORK.width} ${NETWORK.height}`, role: "img" });
  picture.append(svg("title", {}, "The network: three inputs, four hidden neurons, two answers"));
  panel.append(picture);
  const columns = [column(labels.inputs, PLACES.inputs), column(labels.hidden, PLACES.hidden),
                   column(labels.classes, PLACES.classes)];
  const layers = [["hidden_weights", columns[0], columns[1]],
                  ["output_weights", columns[1], columns[2]]];
  const weights = layers.map(([name, from, to]) => ({
    name,
    lines: from.flatMap((start) => to.map((end) => addWeight(picture, start, end))),
  }));
  const values = columns.map((neurons, at) => neurons.map((one) => addNeuron(picture, one, at)));
  addLegend(picture);
  return ({ arrays }) => {
    const all = weights.flatMap(({ name }) => [...arrays[name]]);
    const largest = Math.max(1, ...all.map(Math.abs));
    for (const { name, lines } of weights) {
      lines.forEach((line, index) => setWeight(line, arrays[name][index], largest));
    }
    ["inputs", "hidden", "probabilities"].forEach((name, at) => {
      values[at].forEach((text, index) => { text.textContent = arrays[name][index].toFixed(2); });
    });
  };
}

function addWeight(picture, start, end) {
  const line = svg("line", { class: "anatomy-weight", x1: start.x, y1: start.y, x2: end.x,
                             y2: end.y });
  const title = svg("title");
  line.append(title);
  picture.append(line);
  return { line, title, name: `${start.name} \u2192 ${end.name}` };
}

function setWeight({ line, title, name }, value, largest) {
  line.classList.toggle("anatomy-below", value < 0);
  line.style.strokeWidth = `${0.6 + 7 * Math.abs(value) / largest}px`;
  title.textContent = `weight ${name}: ${signed(value)}`;
}

function addNeuron(picture, { name, x, y, radius }, at) {
  picture.append(svg("circle", { class: "anatomy-neuron", cx: x, cy: y, r: radius }));
  const value = svg("text", { class: "anatomy-value", x, y: y + 4, "text-anchor": "middle" });
  picture.append(value);
  if (at === 1) {
    picture.append(svg("text", { class: "anatomy-name anatomy-soft", x, y: y - radius - 4,
                                 "text-anchor": "middle" }, name));
    return value;
  }
  const words = name.split(" ");
  const side = at === 0 ? { x: x - radius - 6, "text-anchor": "end" } : { x: x + radius + 6 };
  words.forEach((word, row) => {
    const height = y + 4 + 15 * (row - (words.length - 1) / 2);
    picture.append(svg("text", { class: "anatomy-name", y: height, ...side }, word));
  });
  return value;
}

function addLegend(picture) {
  const y = NETWORK.height - 12;
  const rows = [["", 60, "positive weight"], ["anatomy-below", 205, "negative weight"]];
  for (const [extra, x, words] of rows) {
    picture.append(svg("line", { class: `anatomy-weight ${extra}`, x1: x, x2: x + 30, y1: y - 4,
                                 y2: y - 4, "stroke-width": 5 }));
    picture.append(svg("text", { class: "anatomy-tick", x: x + 36, y }, words));
  }
  picture.append(svg("text", { class: "anatomy-tick", x: 350, y }, "wider is stronger"));
}

/** The loss curve; returns what takes a frame. The axes grow, the panel does not. */
function drawCurve(panel) {
  const picture = svg("svg", { viewBox: `0 0 ${CURVE.width} ${CURVE.height}`, role: "img" });
  picture.append(svg("title", {}, "The loss after each step"));
  panel.append(picture);
  const bottom = CURVE.height - CURVE.bottom;
  const right = CURVE.width - CURVE.right;
  const ticks = [0, 0.5, 1].map((share) => addTicks(picture, share, bottom, right));
  picture.append(svg("text", { class: "anatomy-name anatomy-soft", y: CURVE.height - 6,
                               x: (CURVE.left + right) / 2, "text-anchor": "middle" }, "step"));
  const line = svg("path", { class: "anatomy-curve" });
  picture.append(line);
  return ({ facts, arrays }) => {
    const steps = arrays.curve_steps;
    const losses = arrays.curve_losses;
    const last = niceAbove(Math.max(100, facts.step), 100);
    const top = niceAbove(losses.reduce((most, loss) => Math.max(most, loss), 0.8), 0.2);
    ticks.forEach(({ share, below, beside }) => {
      below.textContent = String(Math.round(share * last));
      beside.textContent = (share * top).toFixed(top < 10 ? 1 : 0);
    });
    const point = (step, at) => {
      const x = CURVE.left + (right - CURVE.left) * step / last;
      const y = bottom - (bottom - CURVE.top) * losses[at] / top;
      return `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    };
    line.setAttribute("d", [...steps].map(point).join(""));
  };
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

/** The figures above the drawing; returns what takes a frame. */
function drawFigures(root) {
  const list = html("div", "anatomy-figures");
  root.append(list);
  const rows = {};
  for (const name of ["step", "loss (nats)", "accuracy", "parameters"]) {
    const row = html("span", "anatomy-soft", `${name} `);
    rows[name] = html("strong");
    row.append(rows[name]);
    list.append(row);
  }
  return ({ facts }) => {
    rows.step.textContent = facts.step;
    rows["loss (nats)"].textContent = facts.loss.toFixed(3);
    rows.accuracy.textContent = `${(100 * facts.accuracy).toFixed(1)} %`;
    rows.parameters.textContent = facts.parameters;
  };
}

/** The answer for the reader's e-mail; returns what takes a frame. */
function drawAnswer(panel) {
  const row = html("div", "anatomy-answer");
  const words = html("output");
  const track = html("div", "anatomy-track");
  const bar = html("div");
  track.append(bar);
  row.append(words, track);
  panel.append(row);
  return ({ arrays }) => {
    const spam = arrays.probabilities[1];
    words.textContent = `this e-mail: ${(100 * spam).toFixed(0)} % spam`;
    bar.style.width = `${100 * spam}%`;
  };
}

/** All parameters as a table, for readers who cannot see or hover; returns what takes a frame. */
function drawTable(root, labels) {
  const fold = html("details");
  fold.append(html("summary", "", "All 26 parameters as numbers"));
  const table = html("table");
  fold.append(table);
  root.append(fold);
  const parts = [["hidden", labels.inputs, labels.hidden], ["output", labels.hidden, labels.classes]];
  return ({ arrays }) => {
    if (!fold.open && table.childElementCount) return;
    table.replaceChildren();
    for (const [part, from, to] of parts) {
      addRow(table, "th", "from \\ to", to);
      from.forEach((name, row) => {
        const start = row * to.length;
        addRow(table, "td", name, [...arrays[`${part}_weights`]].slice(start, start + to.length)
          .map(signed));
      });
      addRow(table, "td", "bias", [...arrays[`${part}_bias`]].map(signed));
    }
  };
}

function addRow(table, tag, head, cells) {
  const row = html("tr");
  row.append(html("th", "", head), ...cells.map((cell) => html(tag, "", cell)));
  table.append(row);
}

function render({ model, el }) {
  const root = html("div", "anatomy-lab anatomy-spam");
  el.append(root);
  const labels = model.get("labels");
  const parts = [drawFigures(root)];
  const panels = html("div", "anatomy-panels");
  const network = html("section", "anatomy-panel");
  const curve = html("section", "anatomy-panel");
  network.append(html("h4", "", "Network"));
  curve.append(html("h4", "", "Loss"));
  panels.append(network, curve);
  root.append(panels);
  parts.push(drawNetwork(network, labels), drawAnswer(network), drawCurve(curve));
  const banner = html("p", "anatomy-banner");
  banner.setAttribute("role", "status");
  root.append(banner);
  parts.push(drawTable(root, labels));
  const draw = (frame) => {
    for (const part of parts) part(frame);
    root.dataset.step = frame.facts.step;
    root.dataset.rate = frame.facts.rate_used;
    root.dataset.drawn = Number(root.dataset.drawn ?? 0) + 1;
  };
  const ends = [
    connect(model, draw),
    mirrorText(model, "banner", (text) => { banner.textContent = text; }),
    mirrorText(model, "status", (text) => { root.dataset.status = text; }),
  ];
  return () => ends.forEach((end) => end());
}

export default { render };
