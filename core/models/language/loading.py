"""From a checkpoint to a model that writes. Heavy libraries are imported when one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.domain.draft import ModelIdentity
from core.domain.errors import N_, ModelUnavailableError
from core.models.drafter import ReportDrafter
from core.models.language.precision import Device, Precision
from core.models.torchvision_guard import ensure_torchvision

if TYPE_CHECKING:
    from core.models.language.checkpoint import Checkpoint


def load_drafter(
    checkpoint: Checkpoint, precision: Precision, device: Device | None = None
) -> ReportDrafter:
    """Load a model that writes, from its folder alone.

    Parameters
    ----------
    checkpoint : Checkpoint
        Looked through before; its weights are safetensors.
    precision : Precision
        A checkpoint of 4-bit files stays 4-bit whatever is asked.
    device : Device or None
        ``None`` takes a GPU where there is one; int8 runs on the CPU.

    Raises
    ------
    CheckpointRefusedError
        If the files are damaged, do not fit together, or are of another kind.
    ModelMemoryError
        If memory runs out while they are read.
    ModelUnavailableError
        If models of this kind are not loaded here.
    """
    ensure_torchvision()
    from core.models.language import folder

    identity = ModelIdentity(checkpoint.source.name, checkpoint.digest)
    kind = checkpoint.source.kind
    if kind == "chat":
        from core.models.language.chat import ChatDrafter

        loaded, processor = folder.chat_model(checkpoint, precision, device)
        return ChatDrafter(identity, loaded, processor)
    if kind in ("blip", "encoder_decoder"):
        from core.models.language.captioning import BlipDrafter, CaptionDrafter

        adapter = BlipDrafter if kind == "blip" else CaptionDrafter
        loaded, images, tokenizer = folder.captioning_model(checkpoint, precision, device)
        return adapter(identity, loaded, images, tokenizer)
    reason = N_("it is not a model that writes on this machine")
    raise ModelUnavailableError(model=checkpoint.source.name, reason=reason)
