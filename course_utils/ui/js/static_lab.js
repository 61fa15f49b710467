// What the views of notebook 01's labs share. Before it stand the functions of ui/js/lab.js.

/**
 * Draw a lab's frame now and whenever it changes, on the next animation frame.
 * Counts the drawings in root.dataset.drawn. Returns the function that ends it.
 */
function follow(model, root, draw) {
  let asked = 0;
  const update = () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      const block = model.get("frame");
      if (!block || !block.byteLength) return;
      draw(unpack(block));
      root.dataset.drawn = Number(root.dataset.drawn ?? 0) + 1;
    });
  };
  model.on("change:frame", update);
  update();
  return () => {
    cancelAnimationFrame(asked);
    model.off("change:frame", update);
  };
}

/** A panel with a heading; returns both. */
function addPanel(panels, title) {
  const panel = html("section", "anatomy-panel");
  const heading = html("h4", "", title);
  panel.append(heading);
  panels.append(panel);
  return { panel, heading };
}

/** A row of named figures; returns what takes {name: text}. */
function addFigures(root, names) {
  const list = html("div", "anatomy-figures");
  root.append(list);
  const values = {};
  for (const name of names) {
    const row = html("span", "anatomy-soft", `${name} `);
    values[name] = html("strong");
    row.append(values[name]);
    list.append(row);
  }
  return (texts) => {
    for (const name of names) values[name].textContent = texts[name] ?? "";
  };
}

/** Let an element that scrolls be reached and scrolled by keyboard, and have a name. */
function scrollable(element, name) {
  element.tabIndex = 0;
  element.setAttribute("role", "region");
  element.setAttribute("aria-label", name);
  element.setAttribute("data-lm-suppress-shortcuts", "true"); // arrows scroll, Jupyter waits
}

/** A list that scrolls in a fixed height; returns it. */
function addList(panel, name) {
  const holder = html("div", "anatomy-scroll");
  const list = html("ul", "anatomy-list");
  scrollable(holder, name);
  holder.append(list);
  panel.append(holder);
  return list;
}

/** A share as a percentage with one decimal; "none" where there is none. */
function percent(share, decimals = 1) {
  return share === null || !Number.isFinite(share) ? "none"
    : `${(100 * share).toFixed(decimals)}\u00a0%`;
}

/** A whole number with thin groups of three. */
function grouped(number) {
  return Math.round(number).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

const PLOT = { width: 420, height: 250, left: 46, right: 20, top: 12, bottom: 40 };

/**
 * An SVG plot with axes from `low` to `high` across and 0 to 1 up.
 * Returns the SVG and the places of values on it.
 */
function addPlot(panel, { low, high, xWords, yWords, xTick }) {
  const { width, height, left, right, top, bottom } = PLOT;
  const plot = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
  const x = (value) => left + ((value - low) / (high - low || 1)) * (width - left - right);
  const y = (share) => height - bottom - share * (height - top - bottom);
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    plot.append(svg("line", { x1: left, x2: width - right, y1: y(share), y2: y(share),
                              class: "anatomy-grid" }));
    plot.append(svg("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end",
                              class: "anatomy-tick" }, `${100 * share} %`));
  }
  for (let part = 0; part <= 4; part += 1) {
    const value = low + ((high - low) * part) / 4;
    plot.append(svg("text", { x: x(value), y: height - bottom + 16, "text-anchor": "middle",
                              class: "anatomy-tick" }, xTick(value)));
  }
  plot.append(svg("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle",
                            class: "anatomy-soft anatomy-tick" }, xWords));
  plot.setAttribute("aria-label", `${yWords} against ${xWords}`);
  panel.append(plot);
  return { plot, x, y };
}

/** The "d" of a path through points; a value that is no number leaves a gap. */
function pathThrough(points) {
  let gap = true;
  return points.map(([x, y]) => {
    if (!Number.isFinite(y)) {
      gap = true;
      return "";
    }
    const part = `${gap ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    gap = false;
    return part;
  }).join("");
}
