"""Notebook 04's figures over seeds: finetuning, reward model and PPO, mean and spread.

    python benchmarks/chat_model_seeds.py [--seeds 1 2] [--keep]

Each seed executes notebooks 03 and 04 in a workspace of its own, on the corpus and tokens of the
reader's workspace (run notebooks 01 and 02 first), some ten minutes a seed on two cores. A seed
decides the first weights, the split of the countries, the chat data, the annotator and the
sampling. --keep leaves the workspaces in place.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from course_utils import report, workspace

RUN = Path(__file__).resolve().parents[1] / "tools" / "run_notebooks.py"
INPUTS = ("corpus", "tokenizer", "tokens")
SHOWN = ("pretraining.", "finetuning.", "rlhf.", "inference.refused", "inference.invented")


def one_seed(seed: int, folder: Path) -> dict[str, float]:
    """Executes the notebooks with a seed and reads their report card."""
    for name in INPUTS:
        shutil.copytree(workspace.load(name).path, folder / name)
    (folder / workspace.MARKER).touch()
    environment = os.environ | {"COURSE_SEED": str(seed)}
    command = [sys.executable, str(RUN), "--workspace", str(folder), "--only", "03", "04", "05"]
    subprocess.run(command, env=environment, check=True)
    card = json.loads((folder / report.FILE).read_text(encoding="utf-8"))
    return {
        key: entry["value"]
        for key, entry in card.items()
        if key.startswith(SHOWN) and isinstance(entry["value"], int | float)
    }


def main() -> None:
    """Print a table, one column a seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    columns = []
    for seed in asked.seeds:
        folder = Path(tempfile.mkdtemp(prefix=f"seed-{seed}-"))
        columns.append(one_seed(seed, folder))
        print(f"seed {seed}: {columns[-1]}", flush=True)
        if not asked.keep:
            shutil.rmtree(folder)
    header = "".join(f"{'seed ' + str(seed):>11}" for seed in asked.seeds)
    print(f"\n{'':<52}{header}{'mean':>11}{'spread':>11}")
    for name in columns[0]:
        values = [float(column[name]) for column in columns]
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        cells = "".join(f"{value:>11.4g}" for value in (*values, statistics.mean(values), spread))
        print(f"{name:<52}{cells}")


if __name__ == "__main__":
    main()
