// The Training Gym's view: status line, figures, three charts, a sample of text, what was kept.
// ui/js/lab.js and chart.js come before it in the same module.

const CHARTS = [
  {
    title: "Loss", unit: "nats a token", smallest: 0.5, marks: true, height: 220, wide: true,
    top: (facts) => 2 * facts.guessing,
    series: [
      { x: "previous_steps", y: "previous_smooth", look: "anatomy-previous", words: "the run before",
        read: "the run before" },
      { x: "steps", y: "losses", look: "anatomy-faint" },
      { x: "steps", y: "smooth", look: "anatomy-train", words: "training", read: "training" },
      { x: "validation_steps", y: "validation_losses", look: "anatomy-validation", words: "validation (red, dashed)",
        read: "validation" },
    ],
  },
  {
    title: "Next token right", unit: "share of guesses", smallest: 0.1,
    series: [
      { x: "steps", y: "accuracy", look: "anatomy-train", words: "training", read: "training" },
      { x: "validation_steps", y: "validation_accuracy", look: "anatomy-validation", words: "validation (red, dashed)",
        read: "validation" },
    ],
  },
  {
    title: "Gradient", unit: "length before it is clipped at 1", smallest: 0.5,
    top: () => 50,
    series: [{ x: "steps", y: "norms", look: "anatomy-norm", words: "gradient norm",
               read: "gradient norm" }],
  },
];

/** What a status word means, for the line beside it. */
const MEANINGS = {
  "System ready": "nothing is trained yet; press Play",
  "warming up": "too few steps to judge",
  "converging": "the loss falls by more than its noise",
  "plateau": "the loss neither falls nor rises by more than its noise",
  "rising": "the loss rises by more than its noise",
  "diverged": "the loss has exploded, or is worse than guessing",
};

function drawStatus(root) {
  const line = html("p", "anatomy-state");
  const word = html("strong");
  const words = html("span", "anatomy-soft");
  line.append(word, words);
  root.append(line);
  return ({ facts }) => {
    if (word.textContent === facts.status) return;
    word.textContent = facts.status;
    words.textContent = ` ${MEANINGS[facts.status] ?? ""}`;
  };
}

/** The figures above the charts; returns what takes a frame. */
function drawFigures(root) {
  const list = html("div", "anatomy-figures");
  root.append(list);
  const number = (value, digits) => (value === null ? "\u2013" : value.toFixed(digits));
  const rows = {
    "step": (facts) => facts.step,
    "training loss": (facts) => number(facts.loss, 3),
    "validation loss": (facts) => number(facts.validation_loss, 3),
    "next token right": (facts) => (facts.accuracy === null ? "\u2013"
      : `${(100 * facts.accuracy).toFixed(1)} %`),
    "tokens/s": (facts) => (facts.speed === null ? "\u2013"
      : Math.round(facts.speed).toLocaleString("en")),
    "gradient norm": (facts) => number(facts.norm, 2),
    "rate used": (facts) => (facts.rate_used === null ? "\u2013" : brief(facts.rate_used)),
    "parameters": (facts) => facts.parameters.toLocaleString("en"),
    "seed": (facts) => facts.seed,
  };
  const cells = Object.entries(rows).map(([name, read]) => {
    const row = html("span", "anatomy-soft", `${name} `);
    const value = html("strong");
    row.append(value);
    list.append(row);
    return [value, read];
  });
  return ({ facts }) => {
    for (const [value, read] of cells) value.textContent = read(facts);
  };
}

function shapeWords({ layers, width, heads, context, device }) {
  return `${layers} ${layers === 1 ? "layer" : "layers"}, width ${width}, ${heads} `
    + `${heads === 1 ? "head" : "heads"}, context ${context}, on ${device}`;
}

/** The model's size, the one that waits, the sample and the note; only ever set as text. */
function drawWords(root) {
  const shape = html("p", "anatomy-shape anatomy-soft");
  const box = html("section", "anatomy-sampled");
  const head = html("h4");
  const text = html("div", "anatomy-text");
  const note = html("p", "anatomy-note");
  note.setAttribute("role", "status");
  text.tabIndex = 0; // a long sample is scrolled with the keyboard too
  box.append(head, text);
  root.append(shape, box, note);
  return ({ facts }) => {
    const [now, then] = [shapeWords(facts.shape), shapeWords(facts.wanted)];
    shape.textContent = `The model: ${now}.${now === then ? "" : ` After a reset: ${then}.`}`;
    head.textContent = `What it writes, one token a step, from step ${facts.sample_step} on`;
    text.textContent = facts.sample || "nothing yet";
    if (note.textContent !== facts.note) note.textContent = facts.note;
  };
}

function render({ model, el }) {
  const root = html("div", "anatomy-lab anatomy-gym");
  el.append(root);
  const parts = [drawStatus(root), drawFigures(root)];
  const banner = html("p", "anatomy-banner");
  banner.setAttribute("role", "alert");
  const panels = html("div", "anatomy-panels");
  root.append(banner, panels);
  for (const chart of CHARTS) parts.push(drawChart(panels, chart));
  parts.push(drawWords(root));
  const draw = (frame) => {
    for (const part of parts) part(frame);
    root.dataset.step = frame.facts.step;
    root.dataset.rate = frame.facts.rate_used ?? "";
    root.dataset.state = frame.facts.status;
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
