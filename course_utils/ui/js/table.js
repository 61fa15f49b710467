// Tables: rows of texts with a name for each row or column, and a table to unfold.

import { html } from "#kit/dom.js";

/** A row of names of columns at the end of a table. */
export function addHead(table, texts) {
  const row = html("tr");
  row.append(...texts.map((text) => {
    const cell = html(text ? "th" : "td", "", text);
    if (text) cell.scope = "col";
    return cell;
  }));
  table.append(row);
  return row;
}

/** A row at the end of a table whose first cell is its name. */
export function addRow(table, name, texts) {
  const row = html("tr");
  const head = html("th", "", name);
  head.scope = "row";
  row.append(head, ...texts.map((text) => html("td", "", text)));
  table.append(row);
  return row;
}

/**
 * A table that is folded up at first; it is written anew with a frame only while it is open.
 * Returns what takes a frame. fill(table, frame): writes the rows into the empty table.
 */
export function addFoldedTable(root, words, fill) {
  const fold = html("details");
  const table = html("table");
  fold.append(html("summary", "", words), table);
  root.append(fold);
  let newest = null;
  const write = () => {
    table.replaceChildren();
    fill(table, newest);
  };
  fold.addEventListener("toggle", () => { if (fold.open && newest) write(); });
  return (frame) => {
    newest = frame;
    if (fold.open) write();
  };
}
