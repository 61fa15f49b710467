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

/** The powers of ten, [low, high], around all values above zero of some arrays; [-1, 0] at least. */
export function decades(arrays) {
  const [least, most] = arrays.reduce(([low, high], values) => [
    smallestOf(values.filter((value) => value > 0), low), largest(values, high),
  ], [0.1, 1]);
  const high = Math.ceil(Math.log10(Math.min(most, 1e9) * 0.999));
  return [Math.floor(Math.log10(least * 1.001)), Math.max(0, high)];
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
 * number leaves a gap, and a point alone between gaps is a short dash. xs grow.
 */
export function linePath(xs, ys, across, up) {
  let path = "";
  let drawn = 0; // points since the last gap
  let pixels = NaN; // the column that is being gathered
  const column = [];
  const flush = () => {
    for (const { x, y } of corners(column)) {
      path += `${drawn ? "L" : "M"}${tenths(x)} ${tenths(y)}`;
      drawn += 1;
    }
    column.length = 0;
  };
  const lift = () => {
    flush();
    if (drawn === 1) path += "h2";
    drawn = 0;
  };
  for (let at = 0; at < ys.length; at += 1) {
    const x = across(xs[at]);
    const y = up(ys[at]);
    if (Number.isFinite(ys[at]) && Number.isFinite(y)) {
      if (Math.floor(x) !== pixels) flush();
      pixels = Math.floor(x);
      column.push({ x, y });
    } else {
      lift();
    }
  }
  lift();
  return path;
}

function tenths(pixels) {
  return Math.round(pixels * 10) / 10;
}

/** Of the points of a column the first, the lowest, the highest and the last, in their order. */
function corners(points) {
  if (points.length <= 4) return points;
  let low = 0;
  let high = 0;
  points.forEach(({ y }, at) => {
    if (y < points[low].y) low = at;
    if (y > points[high].y) high = at;
  });
  return [...new Set([0, Math.min(low, high), Math.max(low, high), points.length - 1])]
    .map((at) => points[at]);
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
