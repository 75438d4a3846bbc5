"""Memory from parameters by the written table; the choice says why and can be overruled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.models.language.catalogue import LanguageSource, source_of
from core.models.language.precision import (
    ALLOWANCE,
    CPU_MOST,
    Choice,
    Device,
    Memory,
    Precision,
    choose,
    gigabytes,
    needs,
)

GB = 10**9
QWEN = source_of("qwen2-vl-2b")
LLAVA = source_of("llava-1.6-mistral-7b")
LLAMA = source_of("llama-3.2-11b-vision")


def chosen(
    source: LanguageSource, ram: int, gpu: int = 0, wanted: Precision | None = None
) -> Choice:
    return choose(source, 0, Memory(ram * GB, gpu * GB), wanted)


def test_memory_is_what_the_table_says() -> None:
    source = replace(QWEN, parameters=10**9, kept_parameters=10**8)
    weights = {
        Precision.FP32: 4e9,
        Precision.BF16: 2e9,
        Precision.INT8: 4e9,
        Precision.NF4: 0.2e9 + 0.9e9 * 4.127 / 8,
    }
    for precision, count in weights.items():
        assert needs(source, precision) == pytest.approx(count * 1.1 + ALLOWANCE, abs=2)


def test_files_that_are_four_bit_are_loaded_as_they_are() -> None:
    assert needs(LLAMA, Precision.NF4) == pytest.approx(7.18e9 * 1.1 + ALLOWANCE)
    assert needs(LLAMA, Precision.BF16) == 0
    assert needs(LLAMA, Precision.NF4, checkpoint_bytes=10**9) == int(1.1e9) + ALLOWANCE


def test_the_table_is_near_the_size_of_published_four_bit_files() -> None:
    unpacked = replace(LLAMA, stored="bf16", size_bytes=0)
    predicted = (needs(unpacked, Precision.NF4) - ALLOWANCE) / 1.1
    assert predicted == pytest.approx(LLAMA.size_bytes, rel=0.03)


def test_a_size_that_is_not_known_is_told_from_the_files_or_not_at_all() -> None:
    unknown = replace(QWEN, parameters=0, size_bytes=0, stored="")
    assert needs(unknown, Precision.FP32) == 0
    assert needs(unknown, Precision.BF16, checkpoint_bytes=2 * GB) == int(2.2 * GB) + ALLOWANCE
    choice = chosen(unknown, ram=8)
    assert choice.obstacle == "" and choice.needs == 0 and "files are here" in choice.reason


@pytest.mark.parametrize(
    ("source", "ram", "gpu", "expected"),
    [
        (QWEN, 16, 0, (Precision.INT8, Device.CPU)),
        (QWEN, 8, 0, (Precision.BF16, Device.CPU)),
        (QWEN, 4, 0, (Precision.NF4, Device.CPU)),
        (QWEN, 16, 8, (Precision.BF16, Device.GPU)),
        (QWEN, 16, 4, (Precision.NF4, Device.GPU)),
        (LLAVA, 64, 24, (Precision.BF16, Device.GPU)),
        (LLAVA, 64, 12, (Precision.NF4, Device.GPU)),
        (LLAMA, 16, 12, (Precision.NF4, Device.GPU)),
    ],
)
def test_the_most_exact_that_is_quick_there(
    source: LanguageSource, ram: int, gpu: int, expected: tuple[Precision, Device]
) -> None:
    choice = chosen(source, ram, gpu)
    assert (choice.precision, choice.device) == expected
    assert choice.obstacle == "" and choice.reason


def test_what_does_not_fit_says_how_much_it_needs() -> None:
    choice = chosen(QWEN, ram=2)
    assert choice.obstacle == "memory"
    assert (
        choice.reason == f"it needs {gigabytes(choice.needs)} of memory as nf4, and 2.0 GB are free"
    )


def test_a_large_model_is_not_started_on_a_cpu_unless_asked_for() -> None:
    assert LLAVA.parameters > CPU_MOST
    refused = chosen(LLAVA, ram=64)
    assert refused.obstacle == "gpu" and "OVERREAD_PRECISION=nf4" in refused.reason
    for source in (LLAVA, LLAMA):
        asked = chosen(source, ram=64, wanted=Precision.NF4)
        assert (asked.obstacle, asked.device, asked.precision) == ("", Device.CPU, Precision.NF4)


def test_what_a_person_asks_for_is_taken_where_it_fits() -> None:
    assert chosen(QWEN, 64, 64, Precision.FP32).device is Device.GPU
    assert chosen(QWEN, 64, 64, Precision.INT8).device is Device.CPU
    assert chosen(QWEN, 64, 8, Precision.FP32).device is Device.CPU
    assert chosen(QWEN, 8, 8, Precision.FP32).obstacle == "memory"
    # Files that are 4-bit already have no other precision to give.
    assert chosen(LLAMA, 64, 64, Precision.FP32).precision is Precision.NF4
