"""How exactly a model's numbers are held, chosen from the memory at hand.

Bytes that a precision needs, of a model with ``p`` numbers of which ``k`` are word embeddings and
the output head:

====  =========================  ==================================================================
fp32  4 p
bf16  2 p
int8  4 p                        the decoder shrinks to about a quarter after it was read in fp32
nf4   2 k + 4.127 / 8 (p - k)    4 bits and a scale of 8 bits for each 64 numbers, itself scaled
====  =========================  ==================================================================

plus an allowance for all that is not weights: 1.5 GiB for the runtime, the film and what is kept of
the text, and a tenth of the weights. The allowance was not measured; memory that runs out at work
is said in one sentence and tried once smaller.

References
----------
Dettmers 2023 (nf4 and the scaled scales).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from core.domain.errors import N_

if TYPE_CHECKING:
    from core.models.language.catalogue import LanguageSource

GIB = 2**30
ALLOWANCE = int(1.5 * GIB)
NF4_BYTES = 4.127 / 8
UNKNOWN_KEPT = 0.2
"""Share of the numbers taken as kept in 16 bits where the entry does not say."""
CPU_MOST = 5_000_000_000
"""Models with more numbers are started without a GPU only where a person asks for it."""


class Precision(StrEnum):
    """As it stands in ``OVERREAD_PRECISION`` and in a draft's versions."""

    NF4 = "nf4"
    INT8 = "int8"
    BF16 = "bf16"
    FP32 = "fp32"


class Device(StrEnum):
    """By torch's names."""

    GPU = "cuda"
    CPU = "cpu"


_BYTES = {Precision.BF16: 2.0, Precision.FP32: 4.0, Precision.INT8: 4.0}
_STORED_BYTES = {"fp32": 4.0, "bf16": 2.0, "fp16": 2.0, "": 2.0}
_ON_GPU = (Precision.BF16, Precision.NF4)
_ON_CPU = (Precision.INT8, Precision.BF16, Precision.NF4)


@dataclass(frozen=True)
class Memory:
    """Bytes that are free now. ``gpu`` is 0 where no GPU can be used."""

    ram: int
    gpu: int = 0
    gpu_name: str = ""


@dataclass(frozen=True)
class Choice:
    """What a model would be loaded in, and why.

    Attributes
    ----------
    needs : int
        Bytes, by the table above; 0 where the number of parameters is not known.
    obstacle : str
        ``memory`` or ``gpu`` where it cannot be loaded, else empty.
    sentence, facts
        The reason as a template for the translators, and what fills it.
    """

    precision: Precision
    device: Device
    needs: int
    sentence: str
    facts: Mapping[str, str] = field(default_factory=dict)
    obstacle: str = ""

    @property
    def reason(self) -> str:
        return self.sentence.format(**self.facts)


def needs(source: LanguageSource, precision: Precision, checkpoint_bytes: int = 0) -> int:
    """Return the bytes of memory that a model takes, 0 where that cannot be told.

    Parameters
    ----------
    checkpoint_bytes : int
        Size of its weights on the disk, 0 where they are not here.
    """
    stored = checkpoint_bytes or source.size_bytes
    if source.stored == "nf4":
        # Such files are loaded as they are.
        weights = float(stored) if precision is Precision.NF4 else 0.0
    else:
        count = source.parameters
        if not count and stored:
            count = int(stored / _STORED_BYTES[source.stored])
        weights = _weights(count, source.kept_parameters, precision)
    return int(weights * 1.1) + ALLOWANCE if weights else 0


def _weights(count: int, kept: int, precision: Precision) -> float:
    if precision is not Precision.NF4:
        return _BYTES[precision] * count
    kept = kept or int(UNKNOWN_KEPT * count)
    return 2.0 * kept + NF4_BYTES * (count - kept)


def choose(
    source: LanguageSource,
    checkpoint_bytes: int,
    memory: Memory,
    wanted: Precision | None = None,
) -> Choice:
    """Return the most exact precision that is quick where the model would run.

    On a GPU bf16, else nf4; on a CPU int8, which decodes fastest, else bf16, else nf4. Files that
    are 4-bit already stay so.

    Parameters
    ----------
    checkpoint_bytes : int
        Size of its weights on the disk, 0 where they are not here.
    wanted : Precision or None
        What a person asks for; taken where the files allow it, also where it looks too large for
        a CPU.
    """
    sizes = {each: needs(source, each, checkpoint_bytes) for each in Precision}
    if source.stored == "nf4":
        return _fixed(source, sizes[Precision.NF4], memory, wanted)
    if wanted is not None:
        return _wanted(wanted, sizes[wanted], memory)
    return _free(source, sizes, memory)


def _free(source: LanguageSource, sizes: Mapping[Precision, int], memory: Memory) -> Choice:
    if not sizes[Precision.FP32]:
        return _unknown(memory)
    for each in _ON_GPU:
        if memory.gpu and sizes[each] <= memory.gpu:
            return _on_gpu(each, sizes[each], memory)
    if source.parameters > CPU_MOST:
        return _too_large(sizes[Precision.NF4])
    for each in _ON_CPU:
        if sizes[each] <= memory.ram:
            return _on_cpu(each, sizes[each], memory)
    return _short(Precision.NF4, sizes[Precision.NF4], memory)


def _unknown(memory: Memory) -> Choice:
    sentence = N_("chosen once its files are here")
    if memory.gpu:
        return Choice(Precision.BF16, Device.GPU, 0, sentence)
    return Choice(Precision.INT8, Device.CPU, 0, sentence)


def _wanted(wanted: Precision, size: int, memory: Memory) -> Choice:
    facts = {"need": gigabytes(size), "precision": wanted.value}
    if wanted is not Precision.INT8 and memory.gpu and size <= memory.gpu:
        return Choice(wanted, Device.GPU, size, N_("OVERREAD_PRECISION asks for it"), facts)
    if size <= memory.ram:
        return Choice(wanted, Device.CPU, size, N_("OVERREAD_PRECISION asks for it"), facts)
    return _short(wanted, size, memory)


def _fixed(source: LanguageSource, size: int, memory: Memory, wanted: Precision | None) -> Choice:
    if memory.gpu and size <= memory.gpu:
        sentence, device = N_("its files are 4-bit already"), Device.GPU
        return Choice(Precision.NF4, device, size, sentence)
    if source.parameters > CPU_MOST and wanted is not Precision.NF4:
        return _too_large(size)
    if size <= memory.ram:
        return Choice(Precision.NF4, Device.CPU, size, N_("its files are 4-bit already"))
    return _short(Precision.NF4, size, memory)


def _on_gpu(precision: Precision, size: int, memory: Memory) -> Choice:
    sentence = N_("{need} of {free} that are free on the GPU")
    facts = {"need": gigabytes(size), "free": gigabytes(memory.gpu)}
    return Choice(precision, Device.GPU, size, sentence, facts)


def _on_cpu(precision: Precision, size: int, memory: Memory) -> Choice:
    sentence = N_("{need} of {free} of memory that are free")
    facts = {"need": gigabytes(size), "free": gigabytes(memory.ram)}
    return Choice(precision, Device.CPU, size, sentence, facts)


def _short(precision: Precision, size: int, memory: Memory) -> Choice:
    sentence = N_("it needs {need} of memory as {precision}, and {free} are free")
    free = max(memory.ram, memory.gpu if precision is not Precision.INT8 else 0)
    facts = {"need": gigabytes(size), "free": gigabytes(free), "precision": precision.value}
    return Choice(precision, Device.CPU, size, sentence, facts, "memory")


def _too_large(size: int) -> Choice:
    sentence = N_(
        "models above {most} billion parameters run on a GPU with {need} free; "
        "OVERREAD_PRECISION=nf4 tries the CPU all the same"
    )
    facts = {"most": f"{CPU_MOST / 1e9:.0f}", "need": gigabytes(size)}
    return Choice(Precision.NF4, Device.GPU, size, sentence, facts, "gpu")


def gigabytes(count: int) -> str:
    """Return bytes in the units that disks are sold in."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
