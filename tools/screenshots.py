"""Take the README's pictures of the labs, in a real JupyterLab: docs/pictures/*.png.

    python tools/screenshots.py             half a minute; needs Chromium, as the browser tests do

They are made anew when a lab looks different; look at them before you commit them.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageChops, ImageOps

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [path for path in [str(ROOT)] if path not in sys.path]

from tests.browser.jupyter_lab import running_chromium, running_jupyter  # noqa: E402
from tests.browser.lab_page import LabPage  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
WIDTH, HEIGHT = 1280, 1400
COLOURS, MARGIN = 64, 8
MAX_BYTES = 60_000
SPAM = "from course_utils.pretraining.labs import spam_lab\n\nlab = spam_lab(seed=0)\nlab"
# The shipped model, greedy, so that the picture can be taken again.
CHAT = """\
from course_utils import workspace
from course_utils.inference import Chat, Engine, SamplingConfig
from course_utils.inference.labs import ChatLab

engine = Engine.load(workspace.load("chat_model").path)
lab = ChatLab(Chat(engine, SamplingConfig(temperature=0.0)))
lab"""
QUESTIONS = ("What is the capital of France?", "What is the capital of Belilovo?")


def train(lab: LabPage) -> None:
    """Let the spam network learn for some hundred steps, and hold it there."""
    lab.press("Play")
    lab.until(lambda: int(lab.shown("step") or 0) > 300, "300 steps", 60)
    lab.press("Pause")


def talk(lab: LabPage) -> None:
    """Ask the model something, and look at what it chose from as at temperature 1."""
    for turns, question in enumerate(QUESTIONS, start=1):
        lab.page.locator(".anatomy-field input").fill(question)
        lab.page.keyboard.press("Enter")
        lab.until(lambda n=2 * turns: lab.shown("turns") == str(n), "the end of a reply", 60)
    lab.jupyter.ask("setattr(lab.temperature, 'value', 1.0)")
    lab.until(lambda: float(lab.shown("temperature")) == 1.0, "the bars at temperature 1")


PICTURES: dict[str, tuple[str, str, Callable[[LabPage], None]]] = {
    "spam_lab": (".anatomy-spam", SPAM, train),
    "chat_lab": (".anatomy-chat", CHAT, talk),
}


def quantised(png: bytes) -> bytes:
    """A picture without its empty borders, in few colours, which takes a quarter of the bytes."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    drawn = ImageChops.difference(picture, Image.new("RGB", picture.size, "white")).getbbox()
    picture = ImageOps.expand(picture.crop(drawn), MARGIN, "white")
    small = picture.quantize(COLOURS, dither=Image.Dither.NONE)
    written = io.BytesIO()
    small.save(written, "png", optimize=True)
    return written.getvalue()


def main() -> int:
    """Take all pictures; 1 when one is too large."""
    FOLDER.mkdir(exist_ok=True)
    too_large = 0
    with tempfile.TemporaryDirectory() as top:
        with running_jupyter(Path(top)) as jupyter, running_chromium() as browser:
            for name, (view, cell, act) in PICTURES.items():
                file = f"{name}.ipynb"
                jupyter.write(file, [cell])
                jupyter.start_kernel(file)
                context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
                lab = LabPage(context.new_page(), jupyter)
                lab.view = view
                jupyter.open(lab.page, file)
                jupyter.command(lab.page, "application:toggle-left-area")
                jupyter.run_all(lab.page)
                lab.page.wait_for_selector(f"{view}[data-drawn]", timeout=60_000)
                act(lab)
                lab.page.mouse.move(0, 0)
                lab.page.wait_for_timeout(1_000)
                output = lab.page.locator(".jp-OutputArea-output", has=lab.page.locator(view))
                png = quantised(output.first.screenshot())
                (FOLDER / f"{name}.png").write_bytes(png)
                print(f"{name}.png: {len(png):,} bytes")
                too_large += len(png) >= MAX_BYTES
                context.close()
    return min(1, too_large)


if __name__ == "__main__":
    sys.exit(main())
