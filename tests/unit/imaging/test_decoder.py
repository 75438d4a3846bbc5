"""The decoder: the same films as in this process, and an end to files that would never end."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from core.domain.errors import (
    FileTooLargeError,
    IntakeError,
    NotARadiographError,
    UnreadableFileError,
)
from core.imaging import file_size
from core.imaging.decoder import (
    DecodedFilm,
    DecoderProcess,
    _decode_limited,
    decode,
    shared_decoder,
)
from core.imaging.radiograph import decode_pixels
from tests.factories import dicom_bytes, film_pixels, image_bytes

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def decoder() -> Iterator[DecoderProcess]:
    made = DecoderProcess()
    yield made
    made.close()


def children() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children(recursive=True):
        # One that has just ended has no command line any more.
        with contextlib.suppress(psutil.Error):
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


def test_a_film_is_the_same_here_and_over_there(decoder: DecoderProcess) -> None:
    content = dicom_bytes(film_pixels())
    film = decoder.decode("a.dcm", content)
    assert film == decode("a.dcm", content)
    assert np.array_equal(decode_pixels(film.pixel_blob, film.rows, film.columns), film_pixels())


def test_a_refusal_comes_back_with_its_facts(decoder: DecoderProcess) -> None:
    with pytest.raises(NotARadiographError) as refusal:
        decoder.decode("ct.dcm", dicom_bytes(Modality="CT"))
    assert refusal.value.facts == {"file": "ct.dcm", "modality": "CT"}


def test_many_files_at_once_each_get_their_own_answer(decoder: DecoderProcess) -> None:
    films = [dicom_bytes(film_pixels(seed=seed)) for seed in range(12)]
    with ThreadPoolExecutor(6) as clients:
        answers = list(clients.map(lambda content: decoder.decode("a", content), films))
    assert [answer.pixel_digest for answer in answers] == [
        decode("a", content).pixel_digest for content in films
    ]


def test_a_file_over_the_limit_is_never_sent_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_size, "FILE_LIMIT_MB", 0)
    fresh = DecoderProcess()
    with pytest.raises(FileTooLargeError):
        fresh.decode("a.dcm", dicom_bytes())
    assert fresh._pool is None


def test_a_file_that_takes_too_long_is_ended_and_the_next_is_read() -> None:
    impatient = DecoderProcess(time_limit=0.2)
    try:
        with pytest.raises(UnreadableFileError, match="too long"):
            # A second or more of work for one core: a large film of noise to compress.
            impatient.decode("a.png", _noise(6000))
        impatient._time_limit = 20
        assert impatient.decode("b.dcm", dicom_bytes()).rows == 96
    finally:
        impatient.close()


def test_a_file_that_needs_too_much_memory_is_refused_and_the_next_is_read() -> None:
    pytest.importorskip("resource")
    narrow = DecoderProcess(memory_limit_mb=40)
    try:
        with pytest.raises(UnreadableFileError, match="memory"):
            narrow.decode("a.png", image_bytes(np.zeros((6000, 6000), np.uint8)))
        assert narrow.decode("b.dcm", dicom_bytes()).rows == 96
    finally:
        narrow.close()


def decode_or_end(number: int, name: str, content: bytes, limit: int) -> DecodedFilm:
    """What a decoder runs in these tests: ``name`` is a file that counts how often it may end."""
    ends = Path(name)
    left = int(ends.read_text()) if ends.is_file() else 0
    if left:
        ends.write_text(str(left - 1))
        os.kill(os.getpid(), number)
    return _decode_limited(name, content, limit)


@pytest.fixture
def ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], str]:
    """Let the decoder of the next file end by a signal, so many times; the name to send it under.

    From within, so that no signal can come too late and meet another test's decoder.
    """

    def arrange(number: int, times: int) -> str:
        run = functools.partial(decode_or_end, number)
        monkeypatch.setattr("core.imaging.decoder._decode_limited", run)
        (tmp_path / "ends").write_text(str(times))
        return str(tmp_path / "ends")

    return arrange


def test_a_crash_ends_one_file_alone(ended: Callable[[int, int], str]) -> None:
    with contextlib.closing(DecoderProcess()) as fragile:
        with pytest.raises(UnreadableFileError, match="end the decoder"):
            fragile.decode(ended(signal.SIGABRT, 1), dicom_bytes())
        assert fragile.decode("b.dcm", dicom_bytes()).rows == 96


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_decoder_ended_from_outside_says_nothing_of_its_file(
    number: signal.Signals, ended: Callable[[int, int], str]
) -> None:
    with contextlib.closing(DecoderProcess()) as fragile:
        assert fragile.decode(ended(number, 1), dicom_bytes()).rows == 96


def test_a_file_that_loses_its_decoder_twice_is_refused(
    ended: Callable[[int, int], str],
) -> None:
    with contextlib.closing(DecoderProcess()) as fragile:
        with pytest.raises(UnreadableFileError, match="end the decoder"):
            fragile.decode(ended(signal.SIGKILL, 2), dicom_bytes())
        assert fragile.decode("b.dcm", dicom_bytes()).rows == 96


def test_decoders_killed_between_two_files_are_started_again() -> None:
    fresh = DecoderProcess()
    with contextlib.closing(fresh):
        before = {child.pid for child in children()}
        fresh.decode("a.dcm", dicom_bytes())
        mine = [child for child in children() if child.pid not in before]
        assert mine
        for child in mine:
            child.kill()
        assert fresh.decode("b.dcm", dicom_bytes()).rows == 96


def test_a_closed_decoder_leaves_no_process_and_starts_again() -> None:
    fresh = DecoderProcess()
    before = {child.pid for child in children()}
    fresh.decode("a.dcm", dicom_bytes())
    fresh.close()
    assert {child.pid for child in children()} <= before
    assert fresh.decode("a.dcm", dicom_bytes()).rows == 96
    fresh.close()
    fresh.close()


def test_decoders_end_with_a_server_that_is_killed() -> None:
    code = (
        "import sys, time\n"
        "from core.imaging.decoder import shared_decoder\n"
        "from tests.factories import dicom_bytes\n"
        "if __name__ == '__main__':\n"
        "    shared_decoder().decode('a.dcm', dicom_bytes())\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None and server.stdout.readline() == "ready\n"
    workers = psutil.Process(server.pid).children(recursive=True)
    assert workers
    server.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    server.wait()
    server.stdout.close()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive


def test_the_decoder_is_one_for_the_process_and_light() -> None:
    assert shared_decoder() is shared_decoder()
    code = "import sys, core.imaging.decoder; print('torch' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout == "False\n"


def test_what_decodes_is_loaded_by_its_process_before_any_file_and_its_limits() -> None:
    code = (
        "import sys; from core.imaging import decoder; before = 'pydicom' in sys.modules; "
        "decoder._begin(); print(before, 'core.imaging.intake' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout == "False True\n"


def test_a_fault_of_a_library_is_a_refusal_too(decoder: DecoderProcess) -> None:
    # Not bytes at all: whatever goes wrong over there comes back as a sentence.
    with pytest.raises(UnreadableFileError, match="damaged"):
        decoder.decode("a.dcm", [0] * 200)  # type: ignore[arg-type]


def test_no_file_leaves_a_word_in_the_log(
    decoder: DecoderProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    with contextlib.suppress(IntakeError):
        decoder.decode("a.dcm", dicom_bytes(PatientName="DOE^JANE", PixelData=b"1"))
    odd = dicom_bytes(PatientName="DOE^ZOË").replace(b"ISO_IR 192", b"nonsense  ")
    assert decoder.decode("a.dcm", odd).header.patient.name == "DOE^ZOË"
    out, err = capfd.readouterr()
    assert "DOE" not in out + err


def _noise(side: int) -> bytes:
    noise = np.random.default_rng(0).integers(0, 2**16, (side, side), np.uint16)
    target = io.BytesIO()
    head = noise.astype(">u2")
    body = b"".join(b"\0" + row.tobytes() for row in head)
    from tests.unit.imaging.test_plain_images import chunk

    target.write(b"\x89PNG\r\n\x1a\n")
    target.write(chunk(b"IHDR", side.to_bytes(4, "big") * 2 + bytes([16, 0, 0, 0, 0])))
    target.write(chunk(b"IDAT", zlib.compress(body, 0)) + chunk(b"IEND", b""))
    return target.getvalue()
