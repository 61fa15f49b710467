// Lines of equal value over a grid, by marching squares: closed rings around all that is lower.

/**
 * The "d" of a path around everything below a level; place(column, row) gives pixels.
 *
 * values: row by row, the first row first. What lies outside of the grid counts as higher, so every
 * ring is closed, along the grid's edge where it must. Also returns the corners, for labels.
 */
export function ringsBelow(values, [columns, rows], level, place) {
  const wide = columns + 2; // one more point around the grid
  const at = (column, row) => (column < 0 || row < 0 || column >= columns || row >= rows
    ? Infinity : values[row * columns + column]);
  const point = (column, row, column2, row2) => {
    const [low, high] = [at(column, row), at(column2, row2)];
    if (low >= level) return point(column2, row2, column, row);
    const share = (level - low) / (high - low);
    return place(column + share * (column2 - column), row + share * (row2 - row));
  };
  const edges = linkEdges(at, [columns, rows], level, wide);
  const corner = (edge) => {
    const from = edge >> 1;
    const [column, row] = [from % wide - 1, Math.floor(from / wide) - 1];
    return edge & 1 ? point(column, row, column, row + 1) : point(column, row, column + 1, row);
  };
  return followRings(edges, corner);
}

/** From each crossed edge to the next one; an edge is 2 x its first point, plus 1 if it goes up. */
function linkEdges(at, [columns, rows], level, wide) {
  const next = new Map();
  for (let row = -1; row < rows; row += 1) {
    for (let column = -1; column < columns; column += 1) {
      const here = (row + 1) * wide + column + 1;
      const inside = [at(column, row), at(column + 1, row), at(column + 1, row + 1),
                      at(column, row + 1)].map((value) => value < level);
      const sides = [2 * here, 2 * (here + 1) + 1, 2 * (here + wide), 2 * here + 1];
      linkCell(next, inside, sides);
    }
  }
  return next;
}

/** Around a cell: where the lower part is left, the ring goes back to where it was entered. */
function linkCell(next, inside, sides) {
  for (let side = 0; side < 4; side += 1) {
    if (!inside[side] || inside[(side + 1) % 4]) continue;
    let entered = (side + 3) % 4;
    while (inside[entered]) entered = (entered + 3) % 4;
    next.set(sides[side], sides[entered]);
  }
}

function followRings(next, corner) {
  let path = "";
  const corners = [];
  for (const start of next.keys()) {
    let edge = start;
    let letter = "M";
    while (next.has(edge)) {
      const [x, y] = corner(edge);
      corners.push([x, y]);
      path += `${letter}${x.toFixed(1)} ${y.toFixed(1)}`;
      letter = "L";
      const following = next.get(edge);
      next.delete(edge);
      edge = following;
    }
    path += "Z";
  }
  return { path, corners };
}
