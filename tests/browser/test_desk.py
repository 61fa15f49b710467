"""A working copy in JupyterLab: outputs are one click away, and running it is no change."""

from __future__ import annotations

import pytest

from course_utils.cli import desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

NAME = "02_tokenization.ipynb"
OPEN = "() => window.jupyterapp.shell.currentWidget?.context?.path"


def test_outputs_are_one_click_away_and_a_run_copy_is_unchanged(jupyter, browser) -> None:
    root = jupyter.notebooks / "workspace"
    root.mkdir()
    desk.lay_out(root)
    copy = f"workspace/{desk.FOLDER}/{NAME}"
    jupyter.start_kernel(copy)
    context = browser.new_context()
    try:
        page = context.new_page()
        jupyter.open(page, copy)
        assert page.locator(".jp-OutputArea-output").count() == 0
        # The kernel stands beside the copy; what is run and saved there is no change.
        assert jupyter.ask("__import__('os').getcwd()") == str(root / desk.FOLDER)
        page.locator(".jp-CodeCell").first.click()
        jupyter.command(page, "notebook:run-cell")
        page.wait_for_selector(".jp-OutputArea-output", timeout=60_000)
        page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        text = (root / desk.FOLDER / NAME).read_text(encoding="utf-8")
        assert '"execution_count": 1' in text
        assert not desk.is_changed(root / desk.FOLDER / NAME, root)
        # The link leads to the course's notebook as it was run.
        page.get_by_role("link", name="The same notebook with its outputs").click()
        wanted = f"workspace/{desk.FOLDER}/{desk.WITH_OUTPUTS}/{NAME}"
        page.wait_for_function(f"({OPEN})() === '{wanted}'", timeout=30_000)
        page.wait_for_function(
            "() => document.querySelectorAll('.jp-OutputArea-output').length > 5", timeout=30_000
        )
    finally:
        context.close()
