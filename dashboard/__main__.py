"""``python -m dashboard``: serve; verify what is stored; back it up; restore it; export it."""

# Decoder and worker processes import this module again: what a command needs is imported by it.
from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

# Before numpy or torch come in: beside a busy dashboard, spinning threads make both slow.
for _variable, _value in {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
}.items():
    os.environ.setdefault(_variable, _value)

from core.domain.errors import OverreadError

if TYPE_CHECKING:
    from core.settings import Settings

ROOT = Path(__file__).resolve().parents[1]

logger = logging.getLogger("dashboard")


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m dashboard", description=__doc__)
    parser.add_argument(
        "command",
        nargs="?",
        choices=("serve", "classroom", "verify", "backup", "restore", "export-signed"),
        default="serve",
        help="serve the dashboard (the default); serve the classroom alone; check the chain of "
        "signed reports and everything stored; back up into FOLDER; restore FOLDER into an empty "
        "OVERREAD_HOME; export signed reports that may train models, with their films and without "
        "identity, into FOLDER, or into a ZIP file where its name ends in .zip",
    )
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--no-samples", action="store_true", help="serve without making sample studies"
    )
    # For the classroom that the dashboard opens by itself.
    parser.add_argument("--with-parent", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    with_folder = chosen.command in ("backup", "restore", "export-signed")
    if with_folder != (chosen.folder is not None):
        parser.error("backup, restore and export-signed take one FOLDER, the others none")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        return _run(chosen)
    except OverreadError as error:
        from dashboard import language

        logger.error("%s %s", language.sentence(error), language.remedy(error))
        return 1


def _run(chosen: argparse.Namespace) -> int:
    from core.settings import load_settings

    settings = load_settings()
    match chosen.command:
        case "classroom":
            from dashboard.classroom.serving import serve

            return serve(settings, with_parent=chosen.with_parent)
        case "verify":
            return _verify()
        case "backup":
            return _backup(chosen.folder)
        case "restore":
            return _restore(settings, chosen.folder)
        case "export-signed":
            return _export_signed(chosen.folder)
    return _serve(settings, samples=not chosen.no_samples)


def _verify() -> int:
    from dashboard.services.verify_chain import verify_chain
    from dashboard.services.verify_store import verify_store
    from dashboard.workspace import prepare, workspace

    prepare(workspace())
    store = verify_store(workspace())
    logger.info(
        "films and maps: %d named by rows, %d missing, %d changed; %d named by no row",
        store.named, store.missing, store.changed, store.orphans,
    )  # fmt: skip
    logger.info(
        "database: %d faults, %d broken references",
        store.database.faults, store.database.violations,
    )  # fmt: skip
    count = verify_chain(workspace())
    logger.info("the chain holds: %d signed versions", count)
    if not store.sound:
        logger.error("Something stored is missing or changed. Restore the last sound backup.")
    return 0 if store.sound else 1


def _backup(folder: Path) -> int:
    from dashboard.services.backup import backup
    from dashboard.workspace import workspace

    backup(workspace(), folder)
    return 0


def _restore(settings: Settings, folder: Path) -> int:
    from dashboard.services.restore import restore

    restore(settings, folder)
    return 0


def _export_signed(folder: Path) -> int:
    from dashboard.services.export_archive import export_to_zip
    from dashboard.services.export_signed import export_signed, log_export
    from dashboard.workspace import prepare, workspace

    prepare(workspace())
    export = export_to_zip if folder.suffix.lower() == ".zip" else export_signed
    log_export(export(workspace(), folder))
    return 0


def _serve(settings: Settings, *, samples: bool) -> int:
    from dashboard.services.samples import make_samples
    from dashboard.services.settle import settle
    from dashboard.workspace import workspace

    place = workspace()
    settle(place)
    if samples:
        make_samples(place, reader=place.reader())
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
