// The scale lab's view: the chart with its fit, and the calculator's table beside it.
// The functions that it shares with other labs come before it, and the chart, chart.js.

const COLUMNS = ["", "calculated", "published", "ratio"];

/** The calculator's table; returns what takes a frame. */
function drawTable(panel) {
  const title = html("h4", "", "What your run takes");
  const table = html("table", "anatomy-costs");
  const head = html("tr");
  for (const name of COLUMNS) {
    const cell = html("th", "", name);
    cell.scope = "col";
    head.append(cell);
  }
  const body = html("tbody");
  const top = html("thead");
  top.append(head);
  table.append(top, body);
  const note = html("p", "anatomy-soft anatomy-note");
  panel.append(title, table, note);
  return ({ facts }) => {
    while (body.rows.length < facts.rows.length) {
      const row = body.insertRow();
      const name = html("th");
      name.scope = "row";
      row.append(name, html("td"), html("td"), html("td"));
    }
    facts.rows.forEach((texts, at) => texts.forEach((text, column) => {
      body.rows[at].cells[column].textContent = text;
    }));
    head.cells[2].textContent = `published: ${facts.model.replaceAll("-", "\u2011")}`;
    note.textContent = `With ${facts.chips} chips. Electricity: the makers' watts, 1.1 times for `
      + "the building. A ratio of 1.00 means that calculated and published agree.";
  };
}

function render({ model, el }) {
  const root = html("div", "anatomy-lab anatomy-economics");
  el.append(root);
  const fit = html("p", "anatomy-fit-words");
  fit.setAttribute("role", "status");
  const panels = html("div", "anatomy-panels");
  const [left, right] = [html("section", "anatomy-panel"), html("section", "anatomy-panel")];
  panels.append(left, right);
  root.append(panels);
  const chart = yearsChart(left, model.get("labels"));
  left.querySelector("h4").after(fit);
  const table = drawTable(right);
  const draw = () => {
    const block = model.get("frame");
    if (!block || !block.byteLength) return;
    const frame = unpack(block);
    fit.textContent = frame.facts.fit;
    chart.paint(frame);
    table(frame);
    root.dataset.series = frame.facts.series;
    root.dataset.drawn = Number(root.dataset.drawn ?? 0) + 1;
  };
  const end = mirrorText(model, "frame", draw);
  return () => { end(); chart.end(); };
}

export default { render };
