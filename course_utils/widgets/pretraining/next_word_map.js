// The next-word lab's map: every word a dot; its two directions were fixed at the first weights.

const MAP = { width: 400, height: 300, edge: 22 };

/** The map; returns what takes a frame. It changes scale only when a word would leave it. */
function drawMap(panel, labels) {
  const picture = svg("svg", { viewBox: `0 0 ${MAP.width} ${MAP.height}`, role: "img" });
  const title = svg("title");
  picture.append(title);
  panel.append(picture);
  addAxes(picture);
  const trail = svg("path", { class: "anatomy-trail" });
  picture.append(trail);
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
    words.forEach((word, at) => setWord(word, place(arrays.map_start, at), place(arrays.map, at)));
    const steps = Array.from({ length: arrays.trail.length / 2 }, (_, at) => {
      const [x, y] = place(arrays.trail, at);
      return `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    });
    trail.setAttribute("d", steps.join(""));
    scale.textContent = `top edge: ${half.toFixed(half < 10 ? 1 : 0)}`;
    const moved = facts.moved === null ? "?" : facts.moved.toFixed(2);
    note.textContent = "The map\u2019s two directions never change. "
      + `\u201c${labels.followed}\u201d is ${moved} from where it began, in all its numbers.${still}`;
    title.textContent = `The word vectors, seen from a fixed side, after ${facts.step} epochs`;
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

function setWord({ way, ring, dot, name, followed }, [fromX, fromY], [x, y]) {
  const ends = followed ? { x1: x, y1: y, x2: x, y2: y } : { x1: fromX, y1: fromY, x2: x, y2: y };
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
