"""How many frames a second a lab's charts draw: the kit's line chart, alone, in Chromium.

    python -m benchmarks.charts [--points 400 1500 5000] [--seconds 4]

One page with as many charts as the Training Gym has (three, seven curves in all), fed with a new
frame for every animation frame, as fast as the page takes them. Printed for each number of points:
frames a second, of which there are at most 60, and the milliseconds of script in a frame.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from course_utils.ui import bundle
from tests.browser.jupyter_lab import running_chromium

LEAST = 20  # frames a second with the most points
PAGE = """
import { lineChart } from "#kit/chart.js";
import { addPanel, addPanels } from "#kit/panel.js";

const CURVES = [["a", "b", "c", "d"], ["a", "b"], ["c"]];

/** Show the charts and return what draws them for so many seconds with so many points. */
function start(el) {
  const root = document.createElement("div");
  root.className = "anatomy-lab";
  el.append(root);
  const panels = addPanels(root);
  const charts = CURVES.map((names) => lineChart(addPanel(panels, "Loss").panel, {
    title: "Loss", x: "step", y: "loss (nats per token)", hair: true, top: 50,
    series: names.map((y) => ({ x: "steps", y, look: "anatomy-first", words: y, read: y })) }));
  return (points, seconds) => new Promise((done) => {
    let [drawn, scripted, begun] = [0, 0, 0];
    const turn = (now) => {
      begun ||= now;
      if (now - begun > 1000 * seconds) {
        done([1000 * drawn / (now - begun), scripted / drawn]);
        return;
      }
      const frame = noise(points, drawn);
      const start = performance.now();
      for (const chart of charts) chart.paint(frame);
      scripted += performance.now() - start;
      drawn += 1;
      requestAnimationFrame(turn);
    };
    requestAnimationFrame(turn);
  });
}

/** Curves that fall and are noisy, another one each time. */
function noise(points, seed) {
  const wave = (shift) => Float32Array.from({ length: points }, (_, at) =>
    8 / (1 + at / points * 9) + Math.abs(Math.sin(at * 12.9898 + seed + shift)));
  const steps = Float32Array.from({ length: points }, (_, at) => at);
  return { facts: { step: points },
           arrays: { steps, a: wave(1), b: wave(2), c: wave(3), d: wave(4) } };
}

export default start;
"""


def main() -> None:
    """Print the figures; the exit status says whether the most points are drawn often enough."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, nargs="+", default=[400, 1500, 5000])
    parser.add_argument("--seconds", type=float, default=4)
    given = parser.parse_args()
    measured = measure(given.points, given.seconds)
    print(f"{'points a curve':>14} {'frames a second':>16} {'ms of script a frame':>21}")
    for points, (frames, milliseconds) in measured.items():
        print(f"{points:>14,} {frames:>16.1f} {milliseconds:>21.2f}")
    raise SystemExit(measured[max(measured)][0] < LEAST)


def measure(points: list[int], seconds: float) -> dict[int, tuple[float, float]]:
    """Number of points -> (frames a second, milliseconds of script in a frame)."""
    with tempfile.TemporaryDirectory() as top, running_chromium() as browser:
        view = Path(top) / "charts.js"
        view.write_text(PAGE, encoding="utf-8")
        script = bundle.script(str(view)).replace("export default ", "window.start = ")
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_content(f"<style>{bundle.styles(str(view))}</style><main></main>")
        page.set_default_timeout(1000 * (seconds + 20))
        page.add_script_tag(content=script, type="module")
        page.wait_for_function("() => window.start")
        page.evaluate("() => { window.draw = window.start(document.querySelector('main')); }")
        return {
            number: tuple(page.evaluate("([n, s]) => window.draw(n, s)", [number, seconds]))
            for number in points
        }


if __name__ == "__main__":
    main()
