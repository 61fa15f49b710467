// Where a grid of values is above a level: the area as polygons, its border as pieces of a line.
// Values are row by row, size a side; places are in steps of the grid, rows upwards.

/**
 * What lies above a level, with straight lines between the grid's points.
 * Returns { areas, lines }: polygons, and pieces of the border, as lists of [across, up].
 */
export function contour(values, size, level) {
  const areas = [];
  const lines = [];
  for (let row = 0; row + 1 < size; row += 1) {
    let whole = -1; // where a run of cells that are all above the level began
    const flush = (column) => {
      if (whole >= 0) areas.push(box(whole, column, row));
      whole = -1;
    };
    for (let column = 0; column + 1 < size; column += 1) {
      const corners = box(column, column + 1, row);
      const heights = corners.map(([x, y]) => values[y * size + x] - level);
      if (heights.every((height) => height >= 0)) {
        if (whole < 0) whole = column;
        continue;
      }
      flush(column);
      const { area, crossings } = cut(corners, heights);
      if (area.length) areas.push(area);
      for (let at = 0; at + 1 < crossings.length; at += 2) lines.push(crossings.slice(at, at + 2));
    }
    flush(size - 1);
  }
  return { areas, lines };
}

/** The corners of the cells from one column to another in a row, once around. */
function box(from, to, row) {
  return [[from, row], [to, row], [to, row + 1], [from, row + 1]];
}

/** The part of a cell where its heights are not below 0, and where its edges cross 0. */
function cut(corners, heights) {
  const area = [];
  const crossings = [];
  corners.forEach((corner, at) => {
    const next = (at + 1) % corners.length;
    if (heights[at] >= 0) area.push(corner);
    if ((heights[at] >= 0) === (heights[next] >= 0)) return;
    const share = heights[at] / (heights[at] - heights[next]);
    const point = corner.map((value, axis) => value + share * (corners[next][axis] - value));
    area.push(point);
    crossings.push(point);
  });
  return { area, crossings };
}
