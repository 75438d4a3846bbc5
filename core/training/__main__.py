"""``python -m core.training embedded|film-check|corpus|lora|writer|relearn``; see ``--help``."""

from __future__ import annotations

import argparse
import logging
import sys

from core.domain.errors import TrainingError
from core.training.commands import corpus, embedded, film_check, lora, relearn, writer

COMMANDS = (embedded, film_check, corpus, lora, writer, relearn)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m core.training")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add(commands)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        chosen.run(chosen)
    except TrainingError as error:
        sys.stderr.write(f"{error}\n{error.remedy}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
