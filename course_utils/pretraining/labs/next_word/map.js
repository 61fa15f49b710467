// The next-word lab's map: every word a dot; its two directions were fixed at the first weights.

const MAP = { width: 270, height: 300, edge: 22 };
const NEAR = { left: 280, top: 22, size: 120, half: 0.75 }; // the part around the followed word

/** The map; returns what takes a frame. It changes scale only when a word would leave it. */
function drawMap(panel, labels) {
  const picture = svg("svg", { viewBox: `0 0 400 ${MAP.height}`, role: "img" });
  const title = svg("title");
  picture.append(title);
  panel.append(picture);
  addAxes(picture);
  const trail = svg("path", { class: "anatomy-trail" });
  picture.append(trail);
  const setNear = addNear(picture, labels);
  const words = labels.words.map((word) => addWord(picture, word, word === labels.followed));
  const scale = svg("text", { class: "anatomy-tick", x: MAP.width - 6, y: MAP.height - 6,
                              "text-anchor": "end" });
  picture.append(scale);
  const note = html("p", "anatomy-note");
  panel.append(note);
  const still = labels.still.map((word) =>
    ` \u201c${word}\u201d stays: no word of the text follows it.`).join("");
  return ({ facts, arrays }) => {
    const half = halfHeight(arrays);
    const unit = (MAP.height / 2 - MAP.edge) / half;
    const place = (array, at) => [
      MAP.width / 2 + unit * (Number.isFinite(array[2 * at]) ? array[2 * at] : 0),
      MAP.height / 2 - unit * (Number.isFinite(array[2 * at + 1]) ? array[2 * at + 1] : 0),
    ];
    words.forEach((word, at) => {
      const now = place(arrays.map, at);
      setWord(word, place(arrays.map_start, at), now, word.followed ? place(arrays.trail, 0) : now);
    });
    trail.setAttribute("d", path(arrays.trail, (at) => place(arrays.trail, at)));
    setNear(arrays);
    scale.textContent = `top edge: ${half.toFixed(half < 10 ? 1 : 0)}`;
    const moved = facts.moved === null ? "?" : facts.moved.toFixed(2);
    note.textContent = "The map\u2019s directions never change: what moves is learning. \u201c"
      + `${labels.followed}\u201d is ${moved} from its start, in all its numbers.${still}`;
    title.textContent = `The word vectors, seen from a fixed side, after ${facts.step} epochs`;
  };
}

/** A line through the places of an array of points. */
function path(points, place) {
  const steps = Array.from({ length: points.length / 2 }, (_, at) => {
    const [x, y] = place(at);
    return `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return steps.join("");
}

/** The followed word's surroundings, larger, its start in the middle; returns what sets them. */
function addNear(picture, labels) {
  const { left, top, size } = NEAR;
  const middle = [left + size / 2, top + size / 2];
  picture.append(svg("rect", { class: "anatomy-frame", x: left, y: top, width: size - 0.5,
                               height: size }));
  picture.append(svg("text", { class: "anatomy-tick", x: left, y: top - 7 },
                     `near \u201c${labels.followed}\u201d`));
  const edge = svg("text", { class: "anatomy-tick", x: left, y: top + size + 16 });
  const ring = svg("circle", { class: "anatomy-ring", r: 4, cx: middle[0], cy: middle[1] });
  const trail = svg("path", { class: "anatomy-trail" });
  const dot = svg("circle", { class: "anatomy-dot anatomy-followed anatomy-near", r: 5 });
  picture.append(edge, ring, trail, dot);
  const row = labels.words.indexOf(labels.followed);
  return ({ map_start: start, trail: points }) => {
    const away = points.map((value, at) => value - start[2 * row + at % 2] || 0);
    let half = NEAR.half;
    const needed = away.reduce((one, other) => Math.max(one, Math.abs(other)), 0) * 1.1;
    while (half < needed && half < 1e9) half *= 2;
    const place = (at) => [middle[0] + size / 2 * away[2 * at] / half,
                           middle[1] - size / 2 * away[2 * at + 1] / half];
    trail.setAttribute("d", path(points, place));
    const [x, y] = place(points.length / 2 - 1);
    dot.setAttribute("cx", x.toFixed(1));
    dot.setAttribute("cy", y.toFixed(1));
    edge.textContent = `edge: ${half.toFixed(half < 10 ? 2 : 0)} away`;
  };
}

/** Half of what the map spans from bottom to top: fixed at the start, doubled when it must be. */
function halfHeight({ map_start: start, map, trail }) {
  const wide = (MAP.width / 2 - MAP.edge * 2) / (MAP.height / 2 - MAP.edge);
  const reach = (array) => array.reduce((most, value, at) => {
    const size = Math.abs(value) / (at % 2 ? 1 : wide);
    return Number.isFinite(size) ? Math.max(most, size) : most;
  }, 0);
  let half = 1.2 * reach(start) || 1;
  const needed = Math.max(reach(map), reach(trail));
  while (half < needed && half < 1e9) half *= 2;
  return half;
}

function addAxes(picture) {
  const { width, height } = MAP;
  picture.append(svg("rect", { class: "anatomy-frame", x: 0.5, y: 0.5, width: width - 1,
                               height: height - 1 }));
  picture.append(svg("line", { class: "anatomy-frame", x1: 0, x2: width, y1: height / 2,
                               y2: height / 2 }));
  picture.append(svg("line", { class: "anatomy-frame", x1: width / 2, x2: width / 2, y1: 0,
                               y2: height }));
  picture.append(svg("text", { class: "anatomy-tick", x: 6, y: height - 6 },
                     "ring: start, dot: now"));
}

function addWord(picture, word, followed) {
  const extra = followed ? " anatomy-followed" : "";
  const way = svg("line", { class: `anatomy-way${extra}` });
  const ring = svg("circle", { class: `anatomy-ring${extra}`, r: 4 });
  const dot = svg("circle", { class: `anatomy-dot${extra}`, r: followed ? 6 : 4.5 });
  const bold = followed ? " anatomy-right" : "";
  const name = svg("text", { class: `anatomy-word anatomy-halo${bold}` }, word);
  picture.append(way, ring, dot, name);
  return { way, ring, dot, name, followed };
}

/** Put a word in its place, with a thin line from its start to where its trail begins. */
function setWord({ way, ring, dot, name }, [fromX, fromY], [x, y], [x2, y2]) {
  const ends = { x1: fromX, y1: fromY, x2, y2 };
  for (const [end, value] of Object.entries(ends)) way.setAttribute(end, value.toFixed(1));
  for (const [circle, cx, cy] of [[ring, fromX, fromY], [dot, x, y]]) {
    circle.setAttribute("cx", cx.toFixed(1));
    circle.setAttribute("cy", cy.toFixed(1));
  }
  const turned = x > MAP.width - 60;
  name.setAttribute("x", (turned ? x - 9 : x + 9).toFixed(1));
  name.setAttribute("text-anchor", turned ? "end" : "start");
  name.setAttribute("y", (y - 6).toFixed(1));
}
