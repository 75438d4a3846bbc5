"""Streamlit's entry: the frame around every page, and the page that was asked for."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

if __name__ == "__main__":
    # Streamlit makes this file the main module of the process, and every process spawned later, a
    # decoder or a worker, imports that again under another name: it must find nothing to run.
    from dashboard.components import frame

    frame.run()
