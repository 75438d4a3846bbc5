"""How much memory is free on this machine, told without loading torch."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import psutil

from core.models.language.precision import Memory

CONTROL_GROUP = Path("/sys/fs/cgroup")
PATIENCE_S = 10


def memory_at_hand() -> Memory:
    """Return what is free now: of the machine or of the container it runs in, and of the GPU."""
    free, name = _gpu()
    return Memory(min(psutil.virtual_memory().available, _container(CONTROL_GROUP)), free, name)


def _container(group: Path) -> int:
    """Bytes that a container may still take; no bound where it has none.

    What the kernel keeps of files counts as taken there, though it gives that back when asked.
    """
    try:
        most = (group / "memory.max").read_text(encoding="ascii").strip()
        taken = int((group / "memory.current").read_text(encoding="ascii"))
        stat = (group / "memory.stat").read_text(encoding="ascii")
        fields = dict(line.split() for line in stat.splitlines())
        given_back = int(fields.get("inactive_file", 0))
        return max(0, int(most) - taken + given_back) if most != "max" else 2**63
    except (OSError, ValueError):
        return 2**63


def _gpu() -> tuple[int, str]:
    """Bytes free on the first GPU that torch can use, and its name; 0 where there is none."""
    tool = shutil.which("nvidia-smi")
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if tool is None or visible in ("", "-1") or _cpu_build():
        return 0, ""
    command = [tool, "--query-gpu=memory.free,name", "--format=csv,noheader,nounits"]
    if visible:
        command.append(f"--id={visible.split(',')[0]}")
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_S, check=True
        ).stdout
        mebibytes, _comma, name = answer.splitlines()[0].partition(",")
        return int(mebibytes) * 2**20, name.strip()
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        # A driver that is broken or a card that does not tell is a card that cannot be used.
        return 0, ""


def _cpu_build() -> bool:
    """Whether the torch that is installed was built without CUDA."""
    try:
        return metadata.version("torch").endswith("+cpu")
    except metadata.PackageNotFoundError:
        return True
