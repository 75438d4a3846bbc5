"""``python -m dashboard``: prepare the folder, make samples, serve; or verify what was signed."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

# Before numpy or torch come in: beside a busy dashboard, spinning threads make both slow.
for _variable, _value in {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
}.items():
    os.environ.setdefault(_variable, _value)

from core.domain.errors import OverreadError
from core.settings import Settings, load_settings
from dashboard import language
from dashboard.services.samples import make_samples
from dashboard.services.verify_chain import verify_chain
from dashboard.workspace import prepare, workspace

ROOT = Path(__file__).resolve().parents[1]

logger = logging.getLogger("dashboard")


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m dashboard", description=__doc__)
    parser.add_argument(
        "command",
        nargs="?",
        choices=("serve", "verify"),
        default="serve",
        help="serve the dashboard (the default), or walk the chain of signed reports",
    )
    parser.add_argument(
        "--no-samples", action="store_true", help="serve without making sample studies"
    )
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        settings = load_settings()
        prepare(workspace())
        if chosen.command == "verify":
            return _verify()
        if not chosen.no_samples:
            make_samples(workspace(), reader=workspace().reader())
        return _serve(settings)
    except OverreadError as error:
        logger.error("%s %s", language.sentence(error), language.remedy(error))
        return 1


def _verify() -> int:
    count = verify_chain(workspace())
    logger.info("the chain holds: %d signed versions", count)
    return 0


def _serve(settings: Settings) -> int:
    # Streamlit reads .streamlit/config.toml from the working directory.
    os.chdir(ROOT)
    sys.argv = [str(ROOT / "dashboard" / "app.py")]
    from dashboard.app import app

    logger.info("Overread is at http://%s:%d (stop with Ctrl+C)", settings.address, settings.port)
    app.run(
        config={
            "server.address": settings.address,
            "server.port": settings.port,
            "server.headless": True,
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
