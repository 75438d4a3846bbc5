"""`transformers serve` as a program: a real engine with the protocol, from our own requirements.

Run as ``python -m tests.transformers_server FOLDER PORT``.
"""

from __future__ import annotations

import io
import sys
from typing import Any

from core.models.torchvision_guard import ensure_torchvision


def main(folder: str, port: int) -> None:
    ensure_torchvision()
    from torchvision.io import image
    from transformers import image_utils
    from transformers.cli.serve import Serve

    if not image._has_image_ops():  # a CUDA build of torchvision beside a CPU build of torch
        image_utils.decode_image = decoded
    Serve(force_model=folder, device="cpu", host="127.0.0.1", port=port)


def decoded(content: Any, mode: object = None) -> Any:
    """As torchvision decodes a picture: (3, rows, columns), uint8."""
    import numpy as np
    import torch
    from PIL import Image

    picture = Image.open(io.BytesIO(content.numpy().tobytes())).convert("RGB")
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
