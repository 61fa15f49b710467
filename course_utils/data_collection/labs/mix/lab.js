// The mix lab's view: two bars a source, and the statistics of what the model would read.
// Before it stand the functions of ui/js/lab.js and static_lab.js.

/** A number of readings: more decimals where it is small. */
function readings(times) {
  if (times === 0) return "0";
  if (times >= 100) return grouped(times);
  return times.toFixed(times >= 10 ? 0 : times >= 1 ? 1 : 2);
}

/** The bars; returns what takes a frame. */
function drawBars({ panel }) {
  const list = html("div", "anatomy-sources");
  panel.append(list);
  panel.append(html("p", "anatomy-soft", "Striped: share of the text. Filled: share of training."));
  let rows = [];
  const make = (names) => {
    list.replaceChildren();
    rows = names.map((name) => {
      const row = html("div", "anatomy-source");
      const [label, track, words] = ["anatomy-name", "anatomy-track", "anatomy-reads"]
        .map((one) => html("div", one));
      const [text, share] = ["anatomy-text", "anatomy-share"].map((one) => html("span", one));
      label.textContent = name;
      track.append(text, share);
      row.append(label, track, words);
      list.append(row);
      return { text, share, words };
    });
  };
  return ({ facts, arrays }) => {
    if (rows.length !== facts.names.length) make(facts.names);
    rows.forEach(({ text, share, words }, at) => {
      text.style.width = `${100 * arrays.text[at]}%`;
      share.style.width = `${100 * arrays.shares[at]}%`;
      words.textContent = `${percent(arrays.shares[at])}, `
        + `${(arrays.tokens[at] / 1e6).toFixed(2)}\u00a0M tokens, `
        + `${grouped(facts.documents[at])} pages read ${readings(arrays.times[at])}\u00d7`;
    });
  };
}

/** The statistics; returns what takes a frame. */
function drawStatistics({ panel }) {
  const table = html("table");
  panel.append(table);
  return ({ facts }) => {
    table.replaceChildren();
    const addRow = (tag, texts, changed) => {
      const row = html("tr", changed ? "anatomy-changed" : "");
      row.append(...texts.map((text) => html(tag, "", text)));
      table.append(row);
    };
    addRow("th", ["", "this mix", "usual mix"], false);
    for (const [words, now, usual] of facts.rows) addRow("td", [words, now, usual], now !== usual);
  };
}

/** The chosen mix in words. */
function chosenWords(chosen) {
  if (!chosen) return "Chosen: none; the usual mix stays.";
  const parts = Object.entries(chosen).map(([name, share]) => `${name} ${percent(share)}`);
  return `Chosen: ${parts.join(", ")}. Run the next cell to hand it over.`;
}

function render({ model, el }) {
  const root = html("div", "anatomy-lab anatomy-still anatomy-mix");
  el.append(root);
  const tell = addFigures(root, ["training steps", "tokens read"]);
  const panels = html("div", "anatomy-panels");
  root.append(panels);
  const parts = [drawBars(addPanel(panels, "Each source in the text and in training")),
                 drawStatistics(addPanel(panels, "What the model reads"))];
  const note = html("p", "anatomy-banner");
  note.setAttribute("role", "status");
  const chosen = html("p", "anatomy-chosen");
  chosen.setAttribute("role", "status");
  root.append(note, chosen);
  return follow(model, root, (frame) => {
    const { facts, arrays } = frame;
    tell({ "training steps": grouped(facts.steps),
           "tokens read": `${(facts.tokens / 1e6).toFixed(2)}\u00a0M` });
    for (const part of parts) part(frame);
    note.textContent = facts.note;
    chosen.textContent = chosenWords(facts.chosen);
    facts.names.forEach((name, at) => { root.dataset[`share${at}`] = arrays.shares[at].toFixed(4); });
    root.dataset.chosen = facts.chosen ? JSON.stringify(facts.chosen) : "";
    root.dataset.steps = facts.steps;
  });
}

export default { render };
