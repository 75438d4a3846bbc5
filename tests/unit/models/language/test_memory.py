"""Free memory, of the machine, the container or the card, without torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from core.models.language import memory
from core.models.language.memory import memory_at_hand


def test_the_machine_has_memory_and_torch_is_not_loaded_to_tell() -> None:
    code = (
        "import sys; from core.models.language.memory import memory_at_hand as m; "
        "print(m().ram, 'torch' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ram, loaded = said.stdout.split()
    assert 0 < int(ram) <= psutil.virtual_memory().total
    assert loaded == "False"


@pytest.mark.parametrize(
    ("most", "taken", "given_back", "free"),
    [("1000", "400", "0", 600), ("1000", "400", "300", 900), ("100", "400", "0", 0)],
)
def test_a_container_has_what_its_limit_leaves(
    tmp_path: Path, most: str, taken: str, given_back: str, free: int
) -> None:
    (tmp_path / "memory.max").write_text(f"{most}\n")
    (tmp_path / "memory.current").write_text(f"{taken}\n")
    (tmp_path / "memory.stat").write_text(f"anon 1\ninactive_file {given_back}\n")
    assert memory._container(tmp_path) == free


def test_a_container_without_a_limit_has_the_machine(tmp_path: Path) -> None:
    assert memory._container(tmp_path) > 2**60
    for name, content in (("max", "max"), ("current", "5"), ("stat", "anon 1")):
        (tmp_path / f"memory.{name}").write_text(content)
    assert memory._container(tmp_path) > 2**60


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for nvidia-smi that answers as a card does, and a torch built with CUDA."""
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho '80995, NVIDIA H100 80GB HBM3'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(memory, "_cpu_build", lambda: False)
    return tool


def test_a_card_says_what_is_free(card: Path) -> None:
    found = memory_at_hand()
    assert (found.gpu, found.gpu_name) == (80995 * 2**20, "NVIDIA H100 80GB HBM3")


def test_a_hidden_card_is_none(card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert memory_at_hand().gpu == 0


@pytest.mark.parametrize(
    "said", ["exit 9", "echo 'No devices were found'", "echo '[N/A], x'", "true"]
)
def test_a_card_that_does_not_tell_cannot_be_used(card: Path, said: str) -> None:
    card.write_text(f"#!/bin/sh\n{said}\n")
    assert memory_at_hand().gpu == 0


def test_a_torch_without_cuda_uses_no_card(card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_cpu_build", lambda: True)
    assert memory_at_hand().gpu == 0
