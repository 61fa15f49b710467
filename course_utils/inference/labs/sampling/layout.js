// The tree of texts as rows: which nodes stand in a row, and how far it is indented.

/** The numbers of the nodes from the root (0) to one. */
export function pathTo(parents, node) {
  const path = [];
  for (let at = node; at >= 0; at = parents[at]) path.unshift(at);
  return path;
}

/**
 * Rows { level, nodes } from the top: a row goes on as long as one token follows another; where
 * several follow, each begins a row of its own, one level in, in the order in which they came.
 */
export function levelsOf(parents) {
  const children = parents.map(() => []);
  parents.forEach((parent, node) => { if (parent >= 0) children[parent].push(node); });
  const rows = [];
  const waiting = [{ level: 0, first: 0 }];
  while (waiting.length) {
    const { level, first } = waiting.pop();
    const nodes = [first];
    while (children[nodes.at(-1)].length === 1) nodes.push(children[nodes.at(-1)][0]);
    rows.push({ level, nodes });
    const branches = children[nodes.at(-1)];
    while (branches.length) waiting.push({ level: level + 1, first: branches.pop() }); // the first last
  }
  return rows;
}

/** The places of the largest numbers, the largest first. */
export function largestPlaces(numbers, count) {
  const places = [...numbers.keys()];
  const taken = [];
  while (taken.length < count && places.length) {
    const best = places.reduce((most, place, at) => (
      numbers[place] > numbers[places[most]] ? at : most), 0);
    taken.push(...places.splice(best, 1));
  }
  return taken;
}
