"""``python -m dashboard.versions``: which version of the classifier reads films, and the way back.

The same steps as on the Models page, for who has a shell alone.
"""

from __future__ import annotations

import argparse
import logging
import sys
from typing import TYPE_CHECKING

from core.domain.errors import OverreadError

if TYPE_CHECKING:
    from dashboard.services.model_versions import Shelf

logger = logging.getLogger("dashboard.versions")


def main(arguments: list[str] | None = None) -> int:
    """Run one step; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.versions", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("list", help="what is kept, and what was decided of it")
    promote = steps.add_parser("promote", help="make a version active that its decision accepts")
    promote.add_argument("name")
    steps.add_parser("roll-back", help="make active what was before the last promotion")
    steps.add_parser("shipped", help="make the shipped model active")
    layer = steps.add_parser("calibration", help="the site's calibration: fit it, on, or off")
    layer.add_argument("act", choices=("fit", "on", "off"))
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        _run(chosen)
    except OverreadError as error:
        from dashboard import language

        logger.error("%s %s", language.sentence(error), language.remedy(error))
        return 1
    return 0


def _run(chosen: argparse.Namespace) -> None:
    from dashboard.services import model_versions, site_calibration
    from dashboard.workspace import prepare, workspace

    place = workspace()
    prepare(place)
    reader = place.reader()
    match chosen.step:
        case "promote":
            model_versions.promote(place, chosen.name, reader=reader)
        case "roll-back":
            model_versions.roll_back(place, reader=reader)
        case "shipped":
            model_versions.to_shipped(place, reader=reader)
        case "calibration" if chosen.act == "fit":
            site_calibration.calibrate(place, reader=reader)
        case "calibration":
            model_versions.set_calibration(place, on=chosen.act == "on", reader=reader)
    _log_shelf(model_versions.shelf(place))


def _log_shelf(shelf: Shelf) -> None:
    reads = "" if shelf.fallen else shelf.active
    logger.info("films are read by %s, SHA-256 %s", reads or "the shipped model", shelf.digest[:12])
    if shelf.fallen:
        logger.info("what was promoted does not read: %s", shelf.fallen)
    for kept in shelf.kept:
        decided = kept.decision.outcome.value if kept.decision else "not compared"
        logger.info("%s: %s%s", kept.version.name, decided, " (active)" if kept.active else "")


if __name__ == "__main__":
    sys.exit(main())
