"""Fewer bits: torch's own rounding, the bound of the error, packing, and whole models."""

from __future__ import annotations

import warnings

import pytest
import torch

from course_utils.inference import quantize as q
from course_utils.inference.engine import Engine
from course_utils.inference.quantize import QuantizationConfig, QuantizedModel
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import HEAD, TABLE, Transformer, TransformerConfig

SCHEMES = [(8, None), (4, 32), (4, None), (3, 5), (2, 8), (6, 16), (7, None)]


def matrix(seed: int, rows: int = 20, columns: int = 42) -> torch.Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("seed", range(3))
def test_eight_bits_a_row_are_what_torch_rounds_to(seed: int) -> None:
    weights = matrix(seed)
    ours = q.quantize(weights)
    scales, zeros = ours.scales[:, 0].double(), torch.zeros(20, dtype=torch.long)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces another package for this
        theirs = torch.quantize_per_channel(weights, scales, zeros, 0, torch.qint8)
    assert torch.equal(ours.codes(), theirs.int_repr().long())
    assert torch.allclose(ours.dequantize(), theirs.dequantize(), atol=1e-6)


def test_a_row_by_hand() -> None:
    # The largest amount is 7, the largest code of 4 bits too: a code is worth 1.
    table = q.quantize(torch.tensor([[7.0, -3.4, 0.6, -0.2]]), QuantizationConfig(bits=4))
    assert table.scales.tolist() == [[1.0]]
    assert table.codes().tolist() == [[7, -3, 1, 0]]
    assert table.dequantize().tolist() == [[7.0, -3.0, 1.0, 0.0]]
    # Moved up by 7: 14, 4, 8, 7; two in a byte, the first in its lower half.
    assert table.packed.tolist()[0][:2] == [14 + 16 * 4, 8 + 16 * 7]


@pytest.mark.parametrize(("bits", "group"), SCHEMES)
@pytest.mark.parametrize("size", [1e-9, 1.0, 1e3])
def test_no_weight_moves_by_more_than_half_of_its_scale(bits, group, size) -> None:
    weights = matrix(bits) * size
    weights[3] = 0
    table = q.quantize(weights, QuantizationConfig(bits, group))
    bound = table.scale_of_each().expand_as(weights) / 2
    error = (table.dequantize() - weights).abs()
    assert (error <= bound * (1 + 1e-5)).all()
    # The bound is near: a scale that were twice as large would be no worse otherwise.
    assert size < 1 or (error / bound).max() > 0.9


@pytest.mark.parametrize("bits", range(2, 9))
def test_packing_and_unpacking_is_the_identity(bits: int) -> None:
    generator = torch.Generator().manual_seed(bits)
    for columns in (1, 7, 8, 33):
        codes = torch.randint(0, 2**bits, (5, columns), generator=generator)
        packed = q.pack(codes, bits)
        assert packed.dtype == torch.uint8 and packed.size(1) == -(-columns // 8) * bits
        assert torch.equal(q.unpack(packed, bits, columns), codes)


def test_sizes_are_those_of_the_codes_and_scales() -> None:
    weights = matrix(0, 64, 128)
    assert q.quantize(weights).nbytes == 64 * 128 + 64 * 2
    fours = q.quantize(weights, QuantizationConfig(4, 32))
    assert fours.nbytes == 64 * 128 // 2 + 64 * 4 * 2


def test_groups_follow_their_own_largest_weight() -> None:
    weights = torch.full((1, 64), 0.01)
    weights[0, 0] = 10.0
    together = q.quantize(weights, QuantizationConfig(4)).dequantize()
    apart = q.quantize(weights, QuantizationConfig(4, 32)).dequantize()
    assert together[0, 40] == 0 and apart[0, 40] == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize(
    "weights",
    [torch.zeros(3), torch.zeros(0, 4), torch.tensor([[1.0, torch.nan]]), torch.full((1, 2), 1e9)],
)
def test_what_is_no_sound_matrix_is_refused(weights: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"shape|finite"):
        q.quantize(weights)


@pytest.mark.parametrize(
    "settings", [{"bits": 1}, {"bits": 9}, {"bits": 4.0}, {"group_columns": 0}, {"tables": 1}]
)
def test_settings_that_cannot_be_are_refused(settings: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        QuantizationConfig(**settings)


@torch.no_grad()
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize(
    ("bits", "group", "tables"), [(8, None, True), (4, 32, True), (4, 5, False)]
)
def test_packed_and_restored_models_agree(tied, bits, group, tables) -> None:
    model = made(tied)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    small = QuantizedModel.of(model, QuantizationConfig(bits, group, tables))
    tokens = torch.randint(0, 261, (2, 9), generator=torch.Generator().manual_seed(0))
    restored, packed = small.restore(), small.packed()
    assert torch.allclose(restored(tokens), packed(tokens), atol=1e-5)
    # The model that was rounded stays as it is, and rounding has changed something.
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())
    assert not torch.allclose(restored(tokens), model(tokens), atol=1e-5)
    same = torch.equal(restored.model.embed_tokens.weight, model.model.embed_tokens.weight)
    assert same != tables and not {TABLE, HEAD} & set(small.plain if tables else small.tables)


@torch.no_grad()
def test_more_bits_are_nearer_to_the_model() -> None:
    model = made()
    tokens = torch.arange(40)[None]
    whole = model(tokens)
    off = [
        float(
            (
                QuantizedModel.of(model, QuantizationConfig(bits, 8)).restore()(tokens) - whole
            ).norm()
        )
        for bits in (2, 3, 4, 6, 8)
    ]
    assert off == sorted(off, reverse=True)


def test_the_engine_runs_on_both(engine: Engine) -> None:
    small = QuantizedModel.of(engine.model)
    prompts, config = [[65, 66, 67], [70]], SamplingConfig(temperature=0.0, max_new_tokens=6)
    ways = [Engine(one, engine.tokenizer) for one in (small.restore(), small.packed())]
    assert ways[0].generate(prompts, config) == ways[1].generate(prompts, config)


def test_the_size_of_a_model_counts_everything() -> None:
    model = made()
    small = QuantizedModel.of(model, QuantizationConfig(4, 8))
    assert small.nbytes == sum(tensor.nbytes for _, tensor in small.named_tensors())
    # 4 bits, and 16 bits of a scale for each 8 weights; the norms' float32 on top.
    assert 6 < small.bits_per_weight < 6.3


def made(tied: bool = False) -> Transformer:
    sizes = {"vocab_size": 261, "width": 16, "layers": 2, "heads": 2, "intermediate_size": 24}
    model = Transformer(TransformerConfig(**sizes, context_tokens=48, tied=tied))
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.4 * torch.randn(weight.shape, generator=generator))
    return model.eval()
