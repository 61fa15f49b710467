// The scale lab's view: the chart with its fit, and the calculator's table beside it.

import { say } from "#kit/banner.js";
import { html, setText } from "#kit/dom.js";
import { addNote, addPanel, addPanels } from "#kit/panel.js";
import { addHead, addRow } from "#kit/table.js";
import { showStill } from "#kit/view.js";
import { yearsChart } from "./chart.js";

const COLUMNS = ["", "calculated", "published", "ratio"];
const NUMBERS = 3; // columns

/** The calculator's table; returns what takes a frame. */
function costTable({ panel }) {
  const table = html("table", "anatomy-costs");
  const [top, body] = [html("thead"), html("tbody")];
  const head = addHead(top, COLUMNS);
  table.append(top, body);
  panel.append(table);
  const note = addNote(panel);
  return ({ facts }) => {
    while (body.rows.length < facts.rows.length) addRow(body, "", Array(NUMBERS).fill(""));
    facts.rows.forEach((texts, at) => texts.forEach((text, column) =>
      setText(body.rows[at].cells[column], text)));
    setText(head.cells[2], `published: ${facts.model.replaceAll("-", "\u2011")}`);
    setText(note, `With ${facts.chips} chips. Electricity: the makers' watts, 1.1 times for `
      + "the building. A ratio of 1.00 means that calculated and published agree.");
  };
}

function build(root, model) {
  const fit = html("p", "anatomy-fit-words");
  fit.setAttribute("role", "status");
  const panels = addPanels(root);
  const chart = yearsChart(addPanel(panels, "Models over the years").panel, model.get("labels"), fit);
  const table = costTable(addPanel(panels, "What your run takes"));
  return { parts: [({ facts }) => say(fit, facts.fit), chart, table] };
}

function render(context) {
  const facts = (frame) => ({ series: frame.facts.series });
  return showStill(context, { name: "economics", build, facts });
}

export default { render };
