"""Notebooks are executed alike everywhere, measured, and written in one committed form."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import notebook_files as files
import psutil
import pytest
import run_notebooks
from kernels import NotebookFailed
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils import report

TOOL = Path(run_notebooks.__file__)
PICTURE = (
    "import matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1), dpi=72)\n"
    "plt.plot([1, 2])\nplt.show()"
)
ENVIRONMENT = (
    "import os, sys\nprint(os.environ['COURSE_HEADLESS'], os.environ['PYTHONHASHSEED'],"
    " sys.executable)\nprint(get_ipython().history_manager.enabled, "
    "'course-kernel-' in get_ipython().ipython_dir)"
)
BIG = "block = bytearray(150_000_000)\nimport time; time.sleep(0.6)\nprint(len(block))"


def command(*arguments: object, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, str(TOOL), *map(str, arguments)],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        **options,
    )


def untidy_notebook():
    """What an editor leaves behind: timings, widget state, chunks of a stream, wrong counts."""
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
    cell = new_code_cell(
        "1",
        id="train",
        execution_count=7,
        outputs=[
            new_output("stream", name="stdout", text="a\n"),
            new_output("stream", name="stderr", text="x\n"),
            new_output("stream", name="stdout", text="b\n"),
            new_output("display_data", data=view),
            new_output("execute_result", data={"text/plain": "1"}, execution_count=7),
        ],
    )
    cell.metadata = {"tags": ["key"], "execution": {"iopub.status.busy": "2026"}, "scrolled": True}
    notebook = new_notebook(cells=[new_markdown_cell("Words", id="words"), cell])
    notebook.metadata.update(
        widgets={"state": {}},
        kernelspec={"name": "my-env"},
        language_info={"name": "python", "version": "3.11.4"},
    )
    return notebook


def test_the_committed_form_keeps_outputs_and_drops_what_changes():
    clean = files.normalise(untidy_notebook())

    assert clean.metadata == {"kernelspec": files.KERNEL, "language_info": files.LANGUAGE}
    assert [cell.id for cell in clean.cells] == ["words", "train"]
    cell = clean.cells[1]
    assert cell.metadata == {"tags": ["key"]}
    assert [output.output_type for output in cell.outputs] == [
        "stream",
        "stream",
        "execute_result",
    ]
    assert cell.outputs[0].text == "a\nb\n"
    assert cell.execution_count == cell.outputs[2].execution_count == 1


def test_the_committed_form_of_the_committed_form_is_itself():
    once = files.as_text(files.normalise(untidy_notebook()))
    again = files.as_text(files.normalise(files.Committed("x", once).notebook))

    assert once == again
    assert once.endswith("}\n") and "\r" not in once
    assert json.loads(once)["nbformat_minor"] == 5


def test_a_notebook_that_was_not_executed_is_not_made_to_look_so():
    notebook = new_notebook(cells=[new_code_cell("1", id="one")])

    assert files.normalise(notebook).cells[0].execution_count is None


def test_png_notes_go_and_the_picture_stays():
    image = pytest.importorskip("PIL.Image", reason="Pillow comes with matplotlib")
    from io import BytesIO

    from PIL.PngImagePlugin import PngInfo

    notes, written = PngInfo(), BytesIO()
    notes.add_text("Software", "some version")
    picture = image.new("RGB", (3, 2), (10, 200, 30))
    picture.save(written, "PNG", pnginfo=notes, dpi=(72, 72))

    clean = files.without_png_notes(written.getvalue())

    assert b"some version" in written.getvalue() and b"some version" not in clean
    assert image.open(BytesIO(clean)).tobytes() == picture.tobytes()
    assert b"pHYs" in clean


def test_differences_name_the_cell_and_show_both_lines():
    def book(text: str, *tags: str):
        return new_notebook(
            cells=[
                new_code_cell(
                    "f()",
                    id="score",
                    execution_count=1,
                    metadata={"tags": list(tags)},
                    outputs=[new_output("stream", name="stdout", text=text)],
                )
            ]
        )

    lines = files.differences(book("loss 0.52\n"), book("loss 0.53\n"))

    assert lines[0] == "cell 1 (score) gives another output:"
    assert "    -stdout: loss 0.52" in lines and "    +stdout: loss 0.53" in lines
    assert files.differences(book("loss 0.52\n"), book("loss 0.52\n")) == []
    assert files.differences(book("1", files.IGNORED), book("2", files.IGNORED)) == []


def test_a_run_measures_and_writes_back_the_same_text_twice(make_notebook, tmp_path, capsys):
    path = make_notebook(
        "01_small",
        ENVIRONMENT,
        PICTURE,
        BIG,
        "import time",
        ("print(time.time())", [files.IGNORED]),
    )
    workspace, texts = tmp_path / "workspace", []
    for _ in range(2):
        costs = run_notebooks.run([path], workspace, mode="write-back")
        texts.append(path.read_text(encoding="utf-8"))

    first, second = (json.loads(text)["cells"] for text in texts)
    assert first[:-1] == second[:-1]
    assert "".join(first[0]["outputs"][0]["text"]) == f"1 0 {sys.executable}\nFalse True\n"
    assert "image/png" in first[1]["outputs"][0]["data"]
    assert [cell["execution_count"] for cell in first] == [1, 2, 3, 4, 5]
    assert costs["01_small"].peak_memory_mb > 150
    assert 0.6 < costs["01_small"].seconds < 60
    assert capsys.readouterr().out.startswith("01_small ... ")


def test_a_failing_cell_is_shown_with_its_error_and_nothing_is_written(make_notebook, tmp_path):
    path = make_notebook("01_small", "x = 1", "y = x / 0\nprint(y)", "print('never')")
    before = path.read_bytes()

    done = command("--write-back", "--notebooks", path.parent, "--workspace", tmp_path / "w")
    said, _ = done.communicate(timeout=120)

    assert done.returncode == 1
    assert "01_small ... failed" in said
    assert "code cell 2 (cell-2) failed" in said and "    y = x / 0" in said
    assert "ZeroDivisionError: division by zero" in said and "Traceback" not in said
    assert path.read_bytes() == before


def test_check_fails_on_another_figure_and_records_what_the_run_cost(make_notebook, tmp_path):
    first = make_notebook("01_right", "print('seen', 42)")
    second = make_notebook("02_wrong", "print('seen', 43)")
    workspace = tmp_path / "w"
    places = ("--notebooks", first.parent, "--workspace", workspace)
    done = command("--write-back", *places)
    said, _ = done.communicate(timeout=120)
    assert done.returncode == 0, said
    card = report.load(workspace)
    assert set(card) == {
        "seconds.01",
        "seconds.02",
        "seconds.total",
        "peak_memory_mb",
        "machine.matmul_gflops",
    }
    second.write_text(
        second.read_text(encoding="utf-8").replace("seen 43", "seen 44"),
        encoding="utf-8",
        newline="\n",
    )

    done = command("--check", *places)
    said, _ = done.communicate(timeout=120)

    assert done.returncode == 1
    assert "02_wrong: cell 1 (cell-1) gives another output:" in said
    assert "-stdout: seen 44" in said and "+stdout: seen 43" in said
    assert "01_right: " not in said


def test_an_interrupted_run_ends_its_kernel_and_says_so(make_notebook, tmp_path):
    sign = tmp_path / "pid"
    path = make_notebook(
        "01_slow",
        f"import os, pathlib, time\npathlib.Path({str(sign)!r}).write"
        "_text(str(os.getpid()))\ntime.sleep(300)",
    )
    windows = os.name == "nt"
    flags = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if windows else {}
    done = command("--notebooks", path.parent, "--workspace", tmp_path / "w", **flags)
    until = time.monotonic() + 60
    while not (sign.exists() and sign.read_text(encoding="utf-8")):
        assert time.monotonic() < until and done.poll() is None
        time.sleep(0.05)
    kernel = psutil.Process(int(sign.read_text(encoding="utf-8")))

    done.send_signal(signal.CTRL_BREAK_EVENT if windows else signal.SIGINT)
    said, _ = done.communicate(timeout=60)

    assert not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE
    assert done.returncode == 130
    assert "Interrupted" in said and "Traceback" not in said


def test_a_whole_run_is_refused_when_a_figure_rests_on_a_starter(own_workspace):
    report.add("pretraining.fact_accuracy", 0.97, origin="starter")
    costs = {"01_data_collection": run_notebooks.Cost(41.27, 812.4)}

    run_notebooks.record(costs, own_workspace, whole=False)
    with pytest.raises(NotebookFailed, match=r"pretraining\.fact_accuracy"):
        run_notebooks.record(costs, own_workspace, whole=True)


def test_figures_of_a_part_hold_no_total():
    costs = {
        "01_data_collection": run_notebooks.Cost(41.27, 812.4),
        "02_tokenization": run_notebooks.Cost(20.0, 900.0),
    }

    assert run_notebooks.figures(costs, whole=False) == {"seconds.01": 41.3, "seconds.02": 20.0}
    assert run_notebooks.figures(costs, whole=True)["seconds.total"] == 61.3
    assert run_notebooks.figures(costs, whole=True)["peak_memory_mb"] == 900


def test_notebooks_come_in_order_and_an_unknown_number_is_refused(make_notebook):
    second, first = make_notebook("02_b", "1"), make_notebook("01_a", "1")
    make_notebook("notes", "1")

    assert run_notebooks.notebook_paths(first.parent) == [first, second]
    assert run_notebooks.notebook_paths(first.parent, ["02"]) == [second]
    with pytest.raises(NotebookFailed, match="07.*there: 01, 02"):
        run_notebooks.notebook_paths(first.parent, ["07"])
