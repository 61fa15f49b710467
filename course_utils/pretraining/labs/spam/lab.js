// The spam lab's view: the network, the loss curve, the answer for one e-mail, and all in a table.
// The functions that it shares with other labs come before it, from ui/js/lab.js; the network's
// drawing, card, editor and timeline come after it, from the files beside it.

const CURVE = { width: 480, height: 290, left: 46, right: 14, top: 14, bottom: 40 };
const LAYERS = [{ weights: "hidden_weights", bias: "hidden_bias" },
                { weights: "output_weights", bias: "output_bias" }];

/** The network, its timeline and editor, its card in a panel beside; returns { paint, end }. */
function drawNetwork(panel, beside, labels, model) {
  const title = html("h4");
  const frame = html("div", "anatomy-network");
  panel.append(title);
  let newest = null;
  const repaint = () => { if (newest) paint(newest); };
  const time = timeline(panel, labels.classes, repaint);
  panel.append(frame);
  const network = networkView(frame, [
    { names: labels.inputs, x: 104, radius: 18, slope: "slope_inputs", beside: true },
    { names: labels.hidden, x: 232, radius: 18, slope: "slope_sums" },
    { names: labels.classes, x: 344, radius: 21, slope: "slope_logits" },
  ], LAYERS, "The network: three inputs, four hidden neurons, two classes");
  const editor = weightEditor(model, frame);
  const card = neuronCard(
    beside, [...network.neurons, ...network.links],
    (item, now) => (item.kind === "neuron" ? describeNeuron(item, now) : describeLink(item, now)),
    (link) => { if (newest) editor.open(link, newest.arrays[link.array][link.place]); },
  );
  const paint = (now) => {
    newest = now;
    setText(title, `Network: ${time.title()}`);
    time.paint(now);
    network.paint(now, time.scene());
    card.paint(now);
  };
  return { paint, end: () => { editor.end(); card.end(); } };
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
function drawFigures(root, { inputs, hidden, classes }) {
  const list = html("div", "anatomy-figures");
  root.append(list);
  const rows = {};
  for (const name of ["step", "loss (nats)", "accuracy", "parameters"]) {
    const sum = `${inputs.length}\u00d7${hidden.length} + ${hidden.length} + `
      + `${hidden.length}\u00d7${classes.length} + ${classes.length} = `;
    const row = html("span", "anatomy-soft", `${name} ${name === "parameters" ? sum : ""}`);
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
function drawAnswer(panel, { classes }) {
  const row = html("div", "anatomy-answer");
  const words = html("output");
  const right = html("span", "anatomy-soft");
  const track = html("div", "anatomy-track");
  const bar = html("div");
  track.append(bar);
  row.append(words, track, right);
  panel.append(row);
  return ({ facts, arrays }) => {
    const spam = arrays.probabilities[1];
    words.textContent = `this e-mail: ${(100 * spam).toFixed(0)} % spam`;
    bar.style.width = `${100 * spam}%`;
    right.textContent = `by the rule: ${classes[facts.truth]}`;
  };
}

/** All parameters as a table, for readers who cannot see or hover; returns what takes a frame. */
function drawTable(root, labels) {
  const fold = html("details");
  fold.append(html("summary", "", "All 26 parameters as numbers"));
  const table = html("table");
  fold.append(table);
  root.append(fold);
  const parts = [["hidden", labels.inputs, labels.hidden],
                 ["output", labels.hidden, labels.classes]];
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
  const parts = [drawFigures(root, labels)];
  const panels = html("div", "anatomy-panels");
  const network = html("section", "anatomy-panel");
  const curve = html("section", "anatomy-panel");
  panels.append(network, curve);
  root.append(panels);
  const drawing = drawNetwork(network, curve, labels, model);
  curve.append(html("h4", "anatomy-apart", "Loss"));
  parts.push(drawing.paint, drawAnswer(network, labels), drawCurve(curve));
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
    drawing.end,
    connect(model, draw),
    showBanner(model, (text) => { banner.textContent = text; }),
    mirrorText(model, "status", (text) => { root.dataset.status = text; }),
  ];
  return () => ends.forEach((end) => end());
}

export default { render };
