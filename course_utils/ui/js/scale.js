// Arithmetic of charts: round ends of axes, and a curve as a path of at most four points a column.

/** An end of an axis: one, two or five times a power of ten of the smallest, or more. */
export function axisEnd(value, smallest) {
  let size = smallest;
  for (let turn = 0; size < Math.abs(value) * 0.999; turn += 1) size *= turn % 3 === 1 ? 2.5 : 2;
  return value < 0 ? -size : size;
}

/** The largest number that is one and at least `least`; Math.max would stumble over the others. */
export function largest(values, least) {
  let most = least;
  for (const value of values) if (value > most) most = value;
  return most;
}

/** The smallest number that is one and at most `most`. */
export function smallestOf(values, most) {
  let least = most;
  for (const value of values) if (value < least) least = value;
  return least;
}

/** A function that takes from one range to another, evenly. */
export function linear([from, to], [start, end]) {
  const unit = (end - start) / (to - from || 1);
  return (value) => start + (value - from) * unit;
}

/** Evenly spaced values from low to high. */
export function evenly(low, high, parts) {
  return Array.from({ length: parts + 1 }, (_, at) => low + ((high - low) * at) / parts);
}

/**
 * The "d" of a path through points. Where many fall into one column of pixels, the first, the
 * lowest, the highest and the last of them are drawn, so that no peak is lost; a value that is no
 * number leaves a gap. xs grow.
 */
export function linePath(xs, ys, across, up) {
  const parts = [];
  let pen = "M";
  let column = null;
  const draw = (x, y) => {
    parts.push(pen, x.toFixed(1), " ", y.toFixed(1));
    pen = "L";
  };
  const flush = () => {
    if (column === null) return;
    const { first, low, high, last } = column;
    const points = [first, ...(low.at < high.at ? [low, high] : [high, low]), last];
    points.forEach((point, at) => {
      if (at === 0 || point.at > points[at - 1].at) draw(point.x, point.y);
    });
    column = null;
  };
  for (let at = 0; at < ys.length; at += 1) {
    const y = up(ys[at]);
    if (Number.isFinite(ys[at]) && Number.isFinite(y)) {
      const x = across(xs[at]);
      const point = { at, x, y };
      if (column !== null && Math.floor(column.first.x) !== Math.floor(x)) flush();
      if (column === null) column = { first: point, low: point, high: point, last: point };
      else {
        if (y < column.low.y) column.low = point;
        if (y > column.high.y) column.high = point;
        column.last = point;
      }
    } else {
      flush();
      pen = "M";
    }
  }
  flush();
  return parts.join("");
}

/** The place of the value nearest to one that is wanted; -1 where there is none. values grow. */
export function nearest(values, wanted) {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low > 0 && wanted - values[low - 1] <= values[low] - wanted ? low - 1 : high;
}
