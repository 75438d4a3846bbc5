"""What becomes of every file of a folder: film or sentence, seconds, memory of its decoder.

Run: python -m benchmarks.intake_table FOLDER

A server of its own is started with an empty home; each file is posted by itself.
"""

from __future__ import annotations

import argparse
import collections
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil

from benchmarks.servers import Server, dashboard
from core.imaging.decoder import NICENESS

LOOK_SECONDS = 0.02
TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Row:
    """One file: ``outcome`` is "study" or the code of the refusal."""

    file: str
    outcome: str
    seconds: float
    peak_mb: float
    sentence: str


class DecoderMemory:
    """The highest resident memory of any one decoder of a server while this is entered."""

    def __init__(self, server: Server) -> None:
        self._root = psutil.Process(server.process.pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.peak_mb = 0.0

    def __enter__(self) -> DecoderMemory:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            for child in self._decoders():
                try:
                    self.peak_mb = max(self.peak_mb, child.memory_info().rss / 2**20)
                except psutil.Error:
                    continue
            self._over.wait(LOOK_SECONDS)

    def _decoders(self) -> list[psutil.Process]:
        """Children that are more polite than the server, but less than the drafting worker."""
        found = []
        for child in self._root.children():
            try:
                if child.nice() == self._root.nice() + NICENESS:
                    found.append(child)
            except psutil.Error:
                continue
        return found


def post(client: httpx2.Client, path: Path, memory: DecoderMemory) -> Row:
    """Send one file; the answer as a row."""
    started = time.perf_counter()
    with memory:
        answer = client.post(
            "/api/v1/studies", files=[("files", (path.name, path.read_bytes()))]
        ).json()
    seconds = time.perf_counter() - started
    if answer.get("studies"):
        return Row(path.name, "study", seconds, memory.peak_mb, "")
    refused = (answer.get("rejected") or [{**answer["error"]}])[0]
    return Row(path.name, refused["code"], seconds, memory.peak_mb, refused["message"])


def rows(folder: Path) -> list[Row]:
    """Every file of a folder through the REST API of a fresh server, one after the other."""
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    # Opens like a data set and is none: it starts the decoders, which is no property of a file.
    first = ("first", b"\x08\0\x05\0\0\0\0\0")
    with tempfile.TemporaryDirectory() as home:
        with (
            dashboard(Path(home), model="fake") as server,
            httpx2.Client(base_url=server.url, timeout=TIMEOUT_SECONDS) as client,
        ):
            client.post("/api/v1/studies", files=[("files", first)])
            made = [post(client, path, DecoderMemory(server)) for path in paths]
            workers = psutil.Process(server.process.pid).children(recursive=True)
        # They end a moment after the server, and the drafting one writes until then.
        psutil.wait_procs(workers, timeout=10)
        return made


def table(made: list[Row]) -> str:
    """The rows and their totals, as Markdown."""
    lines = ["| file | outcome | seconds | MB | sentence |", "| --- | --- | ---: | ---: | --- |"]
    for row in made:
        sentence = row.sentence.replace("|", "/")
        lines.append(
            f"| {row.file} | {row.outcome} | {row.seconds:.2f} | {row.peak_mb:.0f} | {sentence} |"
        )
    outcomes = collections.Counter(row.outcome for row in made)
    counted = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    lines += [
        "",
        f"{len(made)} files: {counted}.",
        f"Slowest {max(row.seconds for row in made):.2f} s, "
        f"highest memory of a decoder {max(row.peak_mb for row in made):.0f} MB.",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder whose files are sent")
    print(table(rows(parser.parse_args().folder)))


if __name__ == "__main__":
    main()
