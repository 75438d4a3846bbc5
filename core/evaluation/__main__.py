"""``python -m core.evaluation embedded|film-check|labeller|drafts|promotion``: measure, compare."""

from __future__ import annotations

import argparse
import logging
import sys

from core.domain.errors import TrainingError
from core.evaluation.commands import drafts, embedded, film_check, labeller, promotion

COMMANDS = (embedded, film_check, labeller, drafts, promotion)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m core.evaluation")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add(commands)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        return int(chosen.run(chosen))
    except TrainingError as error:
        sys.stderr.write(f"{error}\n{error.remedy}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
