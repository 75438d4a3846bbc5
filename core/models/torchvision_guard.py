"""Import torchvision beside a CPU build of torch.

The torchvision wheel of the public index is a CUDA build. Beside a CPU torch its C++ operators do
not load, and the import of torchvision, and of everything that imports it (grad-cam, peft, model
code of transformers), fails. Declaring the two operators that it registers meta kernels for lets
the pure-torch parts import; the C++ operators themselves stay unavailable, with a clear error.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

_declared: list[Any] = []  # a torch.library.Library lives only as long as it is referenced


def ensure_torchvision() -> ModuleType | None:
    """Import torchvision, or return ``None`` where it is not installed.

    Call it once before transformers, peft, timm or grad-cam. On a machine with CUDA the first
    import succeeds and nothing else happens.
    """
    try:
        return importlib.import_module("torchvision")
    except ImportError:
        return None
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    import torch

    library: Any = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
    return importlib.import_module("torchvision")
