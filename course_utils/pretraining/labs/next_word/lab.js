// The next-word lab's view: figures, panels, and its guesses for a sentence it has never seen.
// Before it stand the functions of ui/js/lab.js, after it those of the other .js files beside it.

/** The figures above the panels; returns what takes a frame. */
function drawFigures(root) {
  const list = html("div", "anatomy-figures");
  root.append(list);
  const rows = {};
  for (const name of ["epoch", "loss (nats)", "right word", "converged at", "parameters"]) {
    const row = html("span", "anatomy-soft", `${name} `);
    rows[name] = html("strong");
    row.append(rows[name]);
    list.append(row);
  }
  return ({ facts, arrays }) => {
    rows.epoch.textContent = facts.step;
    rows["loss (nats)"].textContent = facts.loss === null ? "not a number" : facts.loss.toFixed(3);
    rows["right word"].textContent = percent(arrays.probabilities[facts.right], 1);
    rows["converged at"].textContent = facts.converged_at ?? "not yet";
    rows.parameters.textContent = facts.parameters;
  };
}

/** Its guesses in the reader's sentence; returns what takes a frame. Only ever set as text. */
function drawAnswers(panel, labels) {
  const held = html("div", "anatomy-answers");
  const table = html("table");
  const note = html("p", "anatomy-note");
  held.append(table);
  panel.append(note, held);
  return ({ facts }) => {
    table.replaceChildren();
    const heads = ["after", "its guess", "how sure", "in its text"];
    if (facts.answers.length) addCells(table, "th", heads);
    for (const { words: pair, guess, sure, seen } of facts.answers) {
      const row = addCells(table, "td", [pair, guess, "", seen ? "yes" : "never"]);
      row.className = seen ? "anatomy-seen" : "anatomy-never";
      const words = html("span", "", percent(sure ?? NaN));
      row.children[2].append(addTrack(sure, labels.chance), words);
    }
    note.textContent = unbroken(facts.note);
  };
}

function addCells(table, tag, texts) {
  const row = html("tr");
  row.append(...texts.map((text) => html(tag, "", text)));
  table.append(row);
  return row;
}

/** A small bar for a probability; a line marks chance. */
function addTrack(share, chance) {
  const track = html("div", "anatomy-track");
  const bar = html("div");
  const mark = html("i");
  bar.style.width = `${100 * (share ?? 0)}%`;
  mark.style.left = `${100 * chance}%`;
  track.append(bar, mark);
  return track;
}

/** The dots and bars as a table, for readers who cannot see them; returns what takes a frame. */
function drawTable(root, labels) {
  const fold = html("details");
  fold.append(html("summary", "", "The map and the bars as numbers"));
  const table = html("table");
  fold.append(table);
  root.append(fold);
  let newest = null;
  const fill = ({ facts, arrays }) => {
    table.replaceChildren();
    addCells(table, "th", ["word", `after ${facts.context.join(" ")}`, "across", "up"]);
    labels.words.forEach((word, at) => addCells(table, "td", [
      at === facts.right ? `${word} (right)` : word, percent(arrays.probabilities[at], 1),
      signed(arrays.map[2 * at]), signed(arrays.map[2 * at + 1]),
    ]));
  };
  fold.addEventListener("toggle", () => { if (fold.open && newest) fill(newest); });
  return (frame) => {
    newest = frame;
    if (fold.open) fill(frame);
  };
}

/** A sentence whose percentages stay on one line. */
function unbroken(words) {
  return words.replaceAll(" %", "\u00a0%");
}

/** A panel with a heading. */
function addPanel(panels, words) {
  const panel = html("section", "anatomy-panel");
  const heading = html("h4", "", words);
  panel.append(heading);
  panels.append(panel);
  return { panel, heading };
}

/** The verdict on convergence, below the loss; returns what takes a frame. */
function drawVerdict(panel) {
  const line = html("p", "anatomy-note anatomy-verdict");
  panel.append(line);
  return ({ facts }) => { line.textContent = unbroken(facts.verdict); };
}

/** The looks of the two curves. */
function looks(labels) {
  return {
    right: { values: "curve_right", words: "The right word's probability after each epoch",
             level: labels.chance, levelWords: "chance", top: () => 1,
             tick: (value) => percent(value) },
    loss: { values: "curve_losses", words: "The loss after each epoch", level: labels.chance_loss,
            levelWords: `pure chance: ${labels.chance_loss.toFixed(2)}`,
            top: (values) => niceAbove(values.reduce((one, other) => Math.max(one, other), 2), 2),
            tick: (value, top) => value.toFixed(top < 10 ? 1 : 0) },
  };
}

/** All panels; returns what take a frame. */
function drawPanels(root, labels) {
  const panels = html("div", "anatomy-panels");
  root.append(panels);
  const network = addPanel(panels, "Two words in, a guess out");
  const bars = addPanel(panels, "");
  const map = addPanel(panels, "Map of the words (their embeddings)");
  const loss = addPanel(panels, "Loss (nats a word)");
  const answers = addPanel(panels, "Your sentence: what does it say where it has never been?");
  const { right, loss: lossLook } = looks(labels);
  const parts = [drawNetwork(network.panel, labels), drawBars(bars.panel, bars.heading, labels)];
  bars.panel.append(html("h4", "", "The right word (\u2713) over the epochs"));
  parts.push(drawCurve(bars.panel, labels, right), drawMap(map.panel, labels),
             drawCurve(loss.panel, labels, lossLook), drawVerdict(loss.panel),
             drawAnswers(answers.panel, labels));
  return parts;
}

function render({ model, el }) {
  const root = html("div", "anatomy-lab anatomy-next");
  el.append(root);
  const labels = model.get("labels");
  const parts = [drawFigures(root), ...drawPanels(root, labels)];
  const banner = html("p", "anatomy-banner");
  banner.setAttribute("role", "status");
  root.append(banner);
  parts.push(drawTable(root, labels));
  const draw = (frame) => {
    for (const part of parts) part(frame);
    root.dataset.step = frame.facts.step;
    root.dataset.rate = frame.facts.rate_used;
    root.dataset.optimizer = frame.facts.optimizer;
    root.dataset.example = frame.facts.example;
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
