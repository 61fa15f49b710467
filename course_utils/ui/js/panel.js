// The places of a lab: a row of figures, panels side by side with a heading each.

import { html, setText } from "#kit/dom.js";

/** A row of panels. */
export function addPanels(root) {
  const panels = html("div", "anatomy-panels");
  root.append(panels);
  return panels;
}

/** A panel with a heading; returns both. */
export function addPanel(panels, title, className = "") {
  const panel = html("section", `anatomy-panel ${className}`.trim());
  const heading = html("h4", "", title);
  panel.append(heading);
  panels.append(panel);
  return { panel, heading };
}

/**
 * A row of named figures; returns what takes {name: text}.
 * names: a name is what stands before its figure; [name, words] where more is to stand there.
 */
export function addFigures(root, names) {
  const list = html("div", "anatomy-figures");
  root.append(list);
  const values = {};
  for (const entry of names) {
    const [name, words] = Array.isArray(entry) ? entry : [entry, entry];
    const row = html("span", "anatomy-soft", `${words} `);
    values[name] = html("strong");
    row.append(values[name]);
    list.append(row);
  }
  return (texts) => {
    for (const [name, value] of Object.entries(values)) setText(value, texts[name] ?? "");
  };
}

/** A line of soft text below what a panel shows. */
export function addNote(panel, text = "", className = "anatomy-note") {
  const note = html("p", `anatomy-soft ${className}`, text);
  panel.append(note);
  return note;
}
