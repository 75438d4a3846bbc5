"""``python -m dashboard.versions``: which versions read films and write drafts, and the way back.

The same steps as on the Models page, for who has a shell alone. Without ``--model`` the classifier
is meant; of models that write, versions are the adapters that are registered on them.
"""

from __future__ import annotations

import argparse
import logging
import sys
from typing import TYPE_CHECKING

from core.domain.errors import N_, OverreadError

if TYPE_CHECKING:
    from core.domain.reader import Reader
    from dashboard.services.version_rule import AnyVersion, Kept
    from dashboard.workspace import Workspace

logger = logging.getLogger("dashboard.versions")


def main(arguments: list[str] | None = None) -> int:
    """Run one step; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.versions", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("list", help="what is kept, and what was decided of it")
    promote = steps.add_parser("promote", help="make a version active that its decision accepts")
    promote.add_argument("name", help="a version of the classifier, or else an adapter")
    back = steps.add_parser("roll-back", help="make active what was before the last promotion")
    shipped = steps.add_parser("shipped", help="make the model itself active, without a version")
    for step in (promote, back, shipped):
        step.add_argument("--model", default="", help="the model whose version it is")
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
    if chosen.step == "calibration" and chosen.act == "fit":
        site_calibration.calibrate(place, reader=reader)
    elif chosen.step == "calibration":
        model_versions.set_calibration(place, on=chosen.act == "on", reader=reader)
    elif chosen.step != "list":
        _turn(place, chosen, reader)
    _log_all(place)


def _writes(place: Workspace, chosen: argparse.Namespace) -> bool:
    """Whether a step is one of a model that writes.

    Raises
    ------
    VersionRefusedError
        If no model of the name has versions.
    """
    from core.models import registry, versions
    from dashboard.services import writer_versions
    from dashboard.services.fetch_model import shelf
    from dashboard.services.version_rule import refuse

    if chosen.model:
        if registry.shipped_folder(chosen.model) is not None:
            return False
        if chosen.model not in writer_versions.writers_with_versions(place):
            refuse(chosen.model, N_("no model of this name has versions"))
        return True
    if chosen.step != "promote":
        return False
    folder = versions.folder_of(place.settings.models, chosen.name)
    on_the_shelf = any(each.name == chosen.name for each in shelf(place).sources)
    return on_the_shelf and not (versions.NAME.fullmatch(chosen.name) and folder.is_dir())


def _turn(place: Workspace, chosen: argparse.Namespace, reader: Reader) -> None:
    from core.models import registry
    from dashboard.services import model_versions, version_acts, writer_versions

    writes = _writes(place, chosen)
    service = writer_versions if writes else model_versions
    model = chosen.model if writes else chosen.model or registry.EMBEDDED
    match chosen.step:
        case "promote":
            service.make_active(place, chosen.name, chosen.model, reader=reader)
        case "roll-back":
            service.roll_back(place, model, reader=reader)
        case "shipped":
            version_acts.to_itself(place, model, reader=reader)


def _log_all(place: Workspace) -> None:
    from core.models.writers_in_force import name_of
    from dashboard.services import model_versions, writer_versions

    reading = model_versions.kept_versions(place)
    reads = reading.in_force
    logger.info(
        "films are read by %s, SHA-256 %s", reads or "the shipped model", reading.digest[:12]
    )
    if reading.fallen:
        logger.info("what was promoted does not read: %s", reading.fallen)
    for kept in reading.kept:
        _log_kept(kept)
    for model in writer_versions.writers_with_versions(place):
        of = writer_versions.versions_of(place, model)
        writes, digest = name_of(of.in_force), of.digest[:12] or "not read yet"
        logger.info("%s: %s writes, SHA-256 %s", model, writes or "the model itself", digest)
        if of.fallen:
            logger.info("what was made active does not write: %s", of.fallen)
        for adapter in of.kept:
            _log_kept(adapter)


def _log_kept(kept: Kept[AnyVersion]) -> None:
    decided = kept.decision.outcome.value if kept.decision else "not compared"
    logger.info("%s: %s%s", kept.version.name, decided, " (active)" if kept.active else "")


if __name__ == "__main__":
    sys.exit(main())
