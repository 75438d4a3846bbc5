"""Search finds the same with an index as by reading every study."""

from __future__ import annotations

from sqlalchemy import select

from benchmarks.many_studies import name_of
from core.domain.study import StudyStatus
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from storage.tables import StudyRow
from tests.integration.worklist_at_scale.conftest import found, named

NAMES = [
    ("MÜLLER^ÄNNE", "üll"),
    ("MÜLLER^ÄNNE", "Müller"),
    ("STRAßE^Anna", "strasse"),
    ("குமார்^யாழினி", "மார்"),
    ("王小明", "小"),
    ("王小明", "王小明"),
    ("Ωμέγα", "ΩΜΈΓΑ"),
    ("O'BRIEN^PAT", "o'brien"),
    ('quoted"name', 'd"n'),
    ("100%_sure\\", "%_s"),
    ("100%_sure\\", "re\\"),
    ("a* OR b", "a*"),
    ("NEAR(x y)", "near("),
    ("Ng^Li", "ng"),
    ("Ng^Li", "g^l li"),
]


def test_search_finds_any_part_of_a_name_in_any_script(full: Workspace) -> None:
    for name, query in NAMES:
        named(full, 42, name)
        expected = holding(full, query)
        assert 42 in expected and found(full, query) == expected, name


def holding(place: Workspace, query: str) -> list[int]:
    """Studies whose texts hold every word, by reading them all."""
    words = query.replace("\0", " ").casefold().split()
    kept = [number for number, said in texts(place).items() if all(word in said for word in words)]
    return sorted(kept, reverse=True)


def texts(place: Workspace) -> dict[int, str]:
    with place.look() as look:
        rows = look.session.execute(select(StudyRow.id, StudyRow.search_text)).all()
    return {row.id: row.search_text for row in rows}


def test_search_finds_what_reading_every_study_finds(full: Workspace) -> None:
    with full.look() as look:
        rows = select(StudyRow.id).where(StudyRow.status == StudyStatus.SIGNED.value)
        signed = set(look.session.scalars(rows))
    for query in ("fever", "fever smoker", "zzz", "é", "P7", "cough ana", "\0", "fe\0ver"):
        expected = holding(full, query)
        assert found(full, query) == expected, query
        among_signed = [number for number in expected if number in signed]
        assert found(full, query, StudyStatus.SIGNED) == among_signed, query


def test_a_long_query_is_one_more_search(full: Workspace) -> None:
    words = " ".join(f"word{number}" for number in range(300))
    assert found(full, words) == []
    named(full, 42, words)
    assert found(full, words) == [42]


def test_a_common_word_pages_to_its_end(full: Workspace) -> None:
    """Words that many studies hold are looked for another way than rare ones."""
    pages = [worklist(full, query="fever", page=page, size=2).page for page in range(1, 89)]
    shown = [item.study.id for page in pages for item in page.items]
    expected = [number for number, said in texts(full).items() if "fever" in said]
    assert pages[0].total == len(expected) > 40 * 2
    assert shown == sorted(expected, reverse=True)[: len(shown)] and len(set(shown)) == len(shown)


def test_a_new_name_is_found_and_the_old_one_is_not(full: Workspace) -> None:
    assert found(full, name_of(42)) == [42]
    named(full, 42, "Newname^Nora")
    assert found(full, name_of(42)) == [] and found(full, "newname") == [42]
