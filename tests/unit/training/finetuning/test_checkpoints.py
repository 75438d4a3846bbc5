"""Checkpoints that are whole are told from those that were cut off."""

from __future__ import annotations

from pathlib import Path

from core.training.finetuning.checkpoints import WHOLE, drop_unfinished, newest, seal


def checkpoint(folder: Path, step: int, sealed: bool = True) -> Path:
    path = folder / f"checkpoint-{step}"
    path.mkdir(parents=True)
    for name in ("adapter_model.safetensors", "optimizer.pt", "training_args.bin", "README.md"):
        (path / name).write_bytes(b"x" * step)
    if sealed:
        seal(path)
    return path


def test_the_newest_that_is_whole_is_gone_on_from(tmp_path: Path) -> None:
    assert newest(tmp_path) is None
    first = checkpoint(tmp_path, 9)
    second = checkpoint(tmp_path, 10)
    checkpoint(tmp_path, 11, sealed=False)
    assert newest(tmp_path) == (10, second)
    (second / "optimizer.pt").write_bytes(b"x")
    assert newest(tmp_path) == (9, first)
    (first / "optimizer.pt").unlink()
    assert newest(tmp_path) is None


def test_what_was_cut_off_is_taken_away(tmp_path: Path) -> None:
    kept = checkpoint(tmp_path, 2)
    checkpoint(tmp_path, 4, sealed=False)
    (checkpoint(tmp_path, 6) / WHOLE).write_text("[")
    (tmp_path / "checkpoint-x").mkdir()
    drop_unfinished(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-2", "checkpoint-x"]
    assert not (kept / "training_args.bin").exists() and not (kept / "README.md").exists()
