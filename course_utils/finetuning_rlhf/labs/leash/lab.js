// The leash lab's view: proxy reward, true reward and KL over the steps, and two newest replies.
// The functions that it shares with other labs come before it, from ui/js/lab.js.

const CURVE = { width: 330, height: 210, left: 44, right: 10, top: 12, bottom: 38 };
const CURVES = [
  { name: "proxy", title: "Proxy reward", unit: "what the reward model sees", floor: null },
  { name: "true", title: "True reward", unit: "what the judge knows", floor: 0 },
  { name: "kl", title: "Distance", unit: "KL, nats a reply", floor: 0 },
];

/** An end of an axis: one, two or five times a power of ten, at least as far as the value. */
function roundEnd(value, smallest) {
  let size = smallest;
  for (let turn = 0; size < Math.abs(value) * 0.999; turn += 1) size *= turn % 3 === 1 ? 2.5 : 2;
  return value < 0 ? -size : size;
}

/** One curve in its panel; returns what takes a frame. The axes grow, the panel does not. */
function drawCurve(panels, { name, title, unit, floor }) {
  const panel = html("section", "anatomy-panel");
  panel.append(html("h4", "", title));
  const picture = svg("svg", { viewBox: `0 0 ${CURVE.width} ${CURVE.height}`, role: "img" });
  const words = svg("title", {}, `${title} after each step`);
  picture.append(words);
  panel.append(picture);
  panels.append(panel);
  const bottom = CURVE.height - CURVE.bottom;
  const right = CURVE.width - CURVE.right;
  const ticks = [0, 0.5, 1].map((share) => addTicks(picture, share, bottom, right));
  picture.append(svg("text", { class: "anatomy-name anatomy-soft", y: CURVE.height - 6,
                               x: (CURVE.left + right) / 2, "text-anchor": "middle" },
                     `step (${unit})`));
  const line = svg("path", { class: `anatomy-curve anatomy-${name}` });
  const dot = svg("circle", { class: `anatomy-dot anatomy-${name}`, r: 3 });
  picture.append(line, dot);
  return ({ facts, arrays }) => {
    const values = arrays[name];
    const last = roundEnd(Math.max(20, facts.step), 20);
    const most = values.reduce((one, other) => Math.max(one, other), 0);
    const least = values.reduce((one, other) => Math.min(one, other), 0);
    const high = roundEnd(most, 1);
    const low = floor === null ? Math.min(-1, roundEnd(least, 1)) : Math.min(floor, least);
    ticks.forEach(({ share, below, beside }) => {
      below.textContent = String(Math.round(share * last));
      beside.textContent = (low + share * (high - low)).toFixed(high - low < 10 ? 1 : 0);
    });
    const place = (at) => [
      CURVE.left + (right - CURVE.left) * arrays.steps[at] / last,
      bottom - (bottom - CURVE.top) * (values[at] - low) / (high - low),
    ];
    const points = [...values.keys()].map((at) => {
      const [x, y] = place(at);
      return `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    });
    line.setAttribute("d", points.join(""));
    dot.style.display = values.length ? "" : "none";
    if (!values.length) return;
    const [x, y] = place(values.length - 1);
    dot.setAttribute("cx", x.toFixed(1));
    dot.setAttribute("cy", y.toFixed(1));
    words.textContent = `${title} after ${facts.step} steps: ${signed(values.at(-1))}`;
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

/** The figures above the drawing; returns what takes a frame. */
function drawFigures(root) {
  const list = html("div", "anatomy-figures");
  root.append(list);
  const rows = {};
  for (const name of ["step", "proxy reward", "true reward", "KL (nats)", "leash used"]) {
    const row = html("span", "anatomy-soft", `${name} `);
    rows[name] = html("strong");
    row.append(rows[name]);
    list.append(row);
  }
  return ({ facts, arrays }) => {
    const newest = (name) => (arrays[name].length ? signed(arrays[name].at(-1)) : "\u2013");
    rows.step.textContent = facts.step;
    rows["proxy reward"].textContent = newest("proxy");
    rows["true reward"].textContent = newest("true");
    rows["KL (nats)"].textContent = newest("kl");
    rows["leash used"].textContent = facts.step ? facts.kl_used.toFixed(2) : "\u2013";
  };
}

/** Two prompts with their newest replies; returns what takes a frame. Only ever set as text. */
function drawReplies(root) {
  const list = html("div", "anatomy-replies");
  root.append(list);
  const rows = [];
  return ({ facts }) => {
    while (rows.length < facts.asked.length) {
      const row = html("div", "anatomy-exchange");
      const asked = html("div", "anatomy-asked");
      const said = html("div", "anatomy-said");
      row.tabIndex = 0; // a long reply is scrolled with the keyboard too
      row.append(asked, said);
      list.append(row);
      rows.push({ asked, said });
    }
    rows.forEach(({ asked, said }, index) => {
      asked.textContent = `You: ${facts.asked[index]}`;
      said.textContent = `Model: ${facts.replies[index]}`;
    });
  };
}

function render({ model, el }) {
  const root = html("div", "anatomy-lab anatomy-leash");
  el.append(root);
  const parts = [drawFigures(root)];
  const panels = html("div", "anatomy-panels");
  root.append(panels);
  for (const curve of CURVES) parts.push(drawCurve(panels, curve));
  parts.push(drawReplies(root));
  const banner = html("p", "anatomy-banner");
  banner.setAttribute("role", "status");
  root.append(banner);
  const draw = (frame) => {
    for (const part of parts) part(frame);
    root.dataset.step = frame.facts.step;
    root.dataset.kl = frame.facts.kl_used;
    root.dataset.drawn = Number(root.dataset.drawn ?? 0) + 1;
  };
  const ends = [
    connect(model, draw),
    showBanner(model, (text) => { banner.textContent = text; }),
    mirrorText(model, "status", (text) => { root.dataset.status = text; }),
  ];
  return () => ends.forEach((end) => end());
}

export default { render };
