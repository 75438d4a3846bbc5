"""Many who send the same study or film at once."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydicom.uid import generate_uid

from core.domain.reader import Reader
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from tests.integration.small_films import small_film
from tests.integration.uploads.conftest import received, refused, upload

ROOT = Path(__file__).resolve().parents[3]


def test_clients_who_send_the_films_of_one_study_at_once_all_get_an_answer(
    either: Workspace, reader: Reader
) -> None:
    study = generate_uid()
    films = [small_film(number, StudyInstanceUID=study) for number in range(3)]
    files = [(f"{number}.dcm", film) for number, film in enumerate(films)] * 3
    with ThreadPoolExecutor(9) as clients:
        outcomes = [
            item
            for found in clients.map(lambda file: upload(either, reader, file), files)
            for item in found
        ]
    assert refused(outcomes) == []
    assert sum(not item.duplicate for item in received(outcomes)) == 3
    assert len({item.instance_id for item in received(outcomes)}) == 3
    assert worklist(either).page.total == 1


SENDING = """
import io, sys
from core.settings import load_settings
from dashboard.services.receive_files import receive_upload
from dashboard.workspace import open_workspace
place = open_workspace(load_settings())
content = open(sys.argv[1], "rb").read()
place.decoder.decode("warm", content)
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.stdin.readline()
for outcome in receive_upload(place, "a.zip", io.BytesIO(content), reader=place.reader()):
    sys.stdout.write(f"{outcome.instance_id} {outcome.duplicate}\\n")
place.decoder.close()
"""


def test_two_processes_that_send_one_film_at_once_store_it_once(
    either: Workspace, reader: Reader, tmp_path: Path
) -> None:
    film = tmp_path / "film.dcm"
    film.write_bytes(small_film())
    command = [sys.executable, "-c", SENDING, str(film)]
    senders = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for sender in senders:
        assert sender.stdout is not None and sender.stdout.readline() == "ready\n"
    for sender in senders:
        assert sender.stdin is not None
        sender.stdin.write("go\n")
        sender.stdin.flush()
    answers = [sender.communicate(timeout=60)[0].split() for sender in senders]
    assert answers[0][0] == answers[1][0]
    assert sorted(answer[1] for answer in answers) == ["False", "True"]
    assert worklist(either).page.total == 1
