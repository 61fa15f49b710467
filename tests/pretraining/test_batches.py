"""Batches: the mix is kept, the stream repeats exactly, bad sources are refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from course_utils import workspace
from course_utils.pretraining.batches import Batches, held_out
from course_utils.tokenization import shards

SOURCES = {
    "atlas": np.arange(0, 100, dtype=np.uint16),
    "stories": np.arange(100, 1100, dtype=np.uint16),
}


def made(**changes: object) -> Batches:
    settings = {
        "tokens": SOURCES,
        "mix": {"atlas": 3, "stories": 1},
        "batch": 6,
        "context_tokens": 8,
        "seed": 5,
    } | changes
    return Batches(**settings)


def test_a_row_is_a_run_of_one_source():
    rows = made().next()
    assert rows.shape == (6, 9) and rows.dtype == torch.int64
    assert (rows.diff(dim=1) == 1).all()
    assert not ((rows[:, 0] < 100) & (rows[:, -1] >= 100)).any()


def test_sources_are_drawn_by_their_weights():
    batches = made(batch=4000)
    share = (batches.next()[:, 0] < 100).float().mean().item()
    assert share == pytest.approx(0.75, abs=0.03)
    assert batches.rows_drawn["atlas"] == round(share * 4000)
    assert batches.epochs_seen("atlas") == pytest.approx(share * 4000 * 8 / 100)


def test_every_start_of_a_source_can_be_drawn():
    starts = made(mix={"atlas": 1}, batch=4000).next()[:, 0]
    assert set(starts.tolist()) == set(range(92))


def test_the_same_seed_gives_the_same_stream_and_another_seed_another():
    assert torch.equal(made().next(), made().next())
    assert not torch.equal(made().next(), made(seed=6).next())


def test_a_stream_goes_on_exactly_from_its_state_in_json():
    first = made()
    first.next()
    state = json.loads(json.dumps(first.state_dict()))
    expected = [first.next() for _ in range(3)]
    second = made(seed=99)
    second.load_state_dict(state)
    assert all(torch.equal(second.next(), rows) for rows in expected)
    assert second.rows_drawn == first.rows_drawn


def test_a_state_of_other_sources_is_refused():
    with pytest.raises(ValueError, match="drew from"):
        made(mix={"atlas": 1}).load_state_dict(made().state_dict())


def test_a_source_of_weight_zero_may_be_missing():
    assert made(mix={"atlas": 1, "forum": 0}).sources == ["atlas"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mix": {"forum": 1}}, "'forum'.*atlas, stories"),
        ({"mix": {"atlas": 0}}, "at least one weight above 0"),
        ({"mix": {}}, "at least one weight above 0.*\n.*smaller context_tokens"),
        ({"mix": {"atlas": 1, "stories": -1}}, "'stories'.* is -1; .* from 0 up"),
        ({"mix": {"atlas": 1, "stories": float("nan")}}, "'stories'.* is nan; .* from 0 up"),
        ({"context_tokens": 100}, "'atlas' has 100 tokens, but a row needs 101"),
        ({"vocab_size": 500}, "'stories' holds token id 1099.* up to 499"),
        ({"batch": 0}, "batch is 0"),
        ({"batch": 2.5}, "batch is 2.5"),
        ({"context_tokens": 8.0}, "context_tokens is 8.0"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_bad_settings_are_refused(changes: dict, message: str):
    with pytest.raises(ValueError, match=message):
        made(**changes)


def test_the_first_batches_have_a_mix_of_their_own():
    batches = made(batch=400, first=(3, {"atlas": 1, "stories": 9}))
    shares = [(batches.next()[:, 0] < 100).float().mean().item() for _ in range(6)]
    assert all(share < 0.2 for share in shares[:3]) and all(share > 0.65 for share in shares[3:])
    assert batches.batches_drawn == 6


def test_a_stream_goes_on_exactly_across_the_change_of_mix():
    first = made(first=(3, {"stories": 1}))
    rows = [first.next() for _ in range(2)]
    state = json.loads(json.dumps(first.state_dict()))
    expected = [first.next() for _ in range(3)]
    assert all((row >= 100).all() for row in (*rows, expected[0]))
    second = made(first=(3, {"stories": 1}))
    second.load_state_dict(state)
    assert all(torch.equal(second.next(), row) for row in expected)


def test_another_first_mix_is_another_stream_to_a_checkpoint():
    plain, other = made().fingerprints(), made(first=(3, {"stories": 1})).fingerprints()
    assert other.pop("mix of the first 3 batches") == "stories 1.0"
    assert plain == other


def test_a_source_of_the_first_mix_alone_is_checked_too():
    with pytest.raises(ValueError, match="'notes'"):
        made(first=(3, {"notes": 1}))
    with pytest.raises(ValueError, match="first batches"):
        made(first=(-1, {"atlas": 1}))


def test_a_shard_cut_short_is_refused_with_both_counts_and_what_makes_it_again():
    with workspace.write("tokens") as folder:
        index = {"vocab_size": 2000, "seed": 0, "shards": {}}
        for source, ids in SOURCES.items():
            ids.astype("<u2").tofile(folder / f"{source}.train.bin")
            index["shards"][source] = {"train": {"tokens": len(ids)}}
        (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    tokens = workspace.load("tokens").path
    assert Batches(tokens, {"atlas": 1.0}, 4, 8).next().shape == (4, 9)
    path = tokens / "atlas.train.bin"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(workspace.ArtifactError, match="(?s)atlas.train.bin.*180.*200.*02_tok"):
        workspace.load("tokens")
    # and where the folder is opened without its manifest
    with pytest.raises(shards.ShardError, match="holds 90 ids, but .* says 100. Run notebook 02"):
        Batches(tokens, {"atlas": 1.0}, 4, 8)


def folder_of_validation(tmp_path):
    index = {"vocab_size": 2000, "seed": 0, "shards": {}}
    for source, ids in SOURCES.items():
        ids.astype("<u2").tofile(tmp_path / f"{source}.validation.bin")
        index["shards"][source] = {"validation": {"tokens": len(ids)}}
    (tmp_path / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return tmp_path


def test_held_out_rows_are_the_same_each_time_and_keep_the_mix(tmp_path):
    folder, mix = folder_of_validation(tmp_path), {"atlas": 3, "stories": 1, "not kept out": 5}
    rows = torch.cat(held_out(folder, mix, 8, batch=100, count=20))
    assert rows.shape == (2000, 9)
    assert (rows[:, 0] < 100).float().mean().item() == pytest.approx(0.75, abs=0.03)
    assert torch.equal(rows, torch.cat(held_out(folder, mix, 8, batch=100, count=20)))


def test_held_out_leaves_out_what_is_shorter_than_a_row(tmp_path):
    folder = folder_of_validation(tmp_path)
    assert all((rows >= 100).all() for rows in held_out(folder, {"atlas": 1, "stories": 1}, 100))
    assert held_out(folder, {"atlas": 1, "stories": 1}, 2_000) == []
    assert held_out(folder, {}, 8) == []
