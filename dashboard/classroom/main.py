"""Streamlit's entry of the classroom: its one page, whatever page a browser asks for."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

if __name__ == "__main__":
    # A process that is spawned later imports this file again and must find nothing to run.
    from dashboard.classroom import frame

    frame.run()
