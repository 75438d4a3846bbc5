"""``python -m dashboard classroom``: serve the classroom until it is told to stop."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from core.processes import end_with_input, lock_alone
from core.settings import Settings
from dashboard.services.teaching.room import LOCK
from dashboard.workspace import workspace

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 2.0


def serve(settings: Settings, *, with_parent: bool) -> int:
    """Serve; returns the exit status.

    Parameters
    ----------
    with_parent : bool
        End when the input does: the server that opened the door holds its other end.
    """
    from dashboard.services.settle import settle

    if with_parent:
        end_with_input()
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (settings.home / LOCK).open("ab") as lock:
        if not lock_alone(lock, PATIENCE_SECONDS):
            logger.error("the classroom of this folder is open already")
            return 1
        # The dashboard lives in this folder: nothing is swept, and nobody is waited for.
        settle(workspace(), patience=0)
        # Streamlit reads .streamlit/config.toml from the working directory.
        os.chdir(ROOT)
        sys.argv = [str(ROOT / "dashboard" / "classroom" / "app.py")]
        from dashboard.classroom.app import app

        app.run(
            config={
                "server.address": settings.classroom_address,
                "server.port": settings.classroom_port,
                "server.headless": True,
                # The guard compares Origin and Host by itself; Streamlit's own check would ask a
                # host on the internet for this machine's outer address.
                "server.enableCORS": False,
                "server.enableXsrfProtection": False,
                "server.maxUploadSize": 1,
            }
        )
    return 0
