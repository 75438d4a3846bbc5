"""``texts.jsonl``: lines that survive a crash, and systems that answer what is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.errors import DraftFailedError
from core.domain.model_errors import ModelMemoryError, ModelTimeoutError
from core.domain.training_errors import EvaluationError
from core.evaluation.drafts import writing
from core.evaluation.drafts.candidates import Answer, Answers, Candidate
from core.evaluation.drafts.measured import TEXTS, Role
from core.evaluation.drafts.samples import Ask, Chosen, choose
from core.evaluation.drafts.texts import Asked, Journal, Plan, Text, Writer, read_texts
from core.evaluation.drafts.writing import write_texts
from core.models.base import Grey
from core.training.corpus.folder import VALIDATION, Corpus
from tests.unit.evaluation.drafts.made_split import CAPTIONS, QUESTION, corpus


@pytest.fixture(autouse=True)
def _nothing_to_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model is loaded here, and to look for one through the whole heap takes a second."""
    monkeypatch.setattr(writing, "free_memory", lambda: None)


PLAN = Plan({"digest": "d"}, "command", {"gpu": "none"}, {"sacrebleu": "2"}, {"tokens": "256"})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return corpus(tmp_path_factory.mktemp("corpora") / "made")


@pytest.fixture
def chosen(made: Corpus) -> Chosen:
    return choose(made, VALIDATION, None, 1, Ask.OWN)


def system(answers: Answers, name: str = "one", digest: str = "a") -> Candidate:
    return Candidate(Writer(name, name, Role.MODEL, digest, {}), lambda: answers)


class Counting:
    """Answers with a number, and stops like a process that is killed after some."""

    def __init__(self, most: int = 100) -> None:
        self.asked: list[str] = []
        self._most = most

    def __call__(self, film: Grey, asked: Asked) -> Answer:
        assert film.ndim == 2 and 0 <= film.min() < film.max() <= 1
        if len(self.asked) == self._most:
            raise KeyboardInterrupt
        self.asked.append(asked.sample)
        return Answer(f"இதயம் {len(self.asked)}\n", 2, {"device": "cpu"})


# --- the file -----------------------------------------------------------------------------------


def test_lines_come_back_as_they_were_written(tmp_path: Path) -> None:
    writer = Writer("one", "One", Role.BASELINE, "a", {"device": "cpu"})
    asked = Asked("s", "g", "describe", "?", "reference", "caption")
    text = Text("one", "s", "இதயம்\nபெரிது \u2028.", 1.5, 7, 10**9)
    with Journal(tmp_path) as journal:
        for row in (PLAN, asked, writer, text):
            journal.add(row)
    found = read_texts(tmp_path)
    assert found is not None
    assert (found.plan, found.samples, found.writers) == (PLAN, {"s": asked}, {"one": writer})
    assert found.written == {"one": {"s": text}}
    assert found.finished() == (writer,)


def test_nothing_was_begun(tmp_path: Path) -> None:
    assert read_texts(tmp_path) is None


def test_half_a_line_is_left_out_and_cut_off(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.add(PLAN)
    whole = (tmp_path / TEXTS).read_bytes()
    (tmp_path / TEXTS).write_bytes(whole + '{"row": "text", "system": "இ'.encode()[:-1])
    found = read_texts(tmp_path)
    assert found is not None and not found.written
    with Journal(tmp_path) as journal:
        journal.add(Asked("s", "g", "describe", "?", "r", "c"))
    found = read_texts(tmp_path)
    assert found is not None and list(found.samples) == ["s"]


@pytest.mark.parametrize("line", ["{}", "[]", "nonsense", '{"row": "text"}', '{"row": "other"}'])
def test_a_damaged_line_is_told(tmp_path: Path, line: str) -> None:
    with Journal(tmp_path) as journal:
        journal.add(PLAN)
    with (tmp_path / TEXTS).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    with pytest.raises(EvaluationError, match="damaged"):
        read_texts(tmp_path)


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    with Journal(tmp_path), pytest.raises(EvaluationError, match="another process"):
        Journal(tmp_path).__enter__()
    with Journal(tmp_path):
        pass


# --- samples ------------------------------------------------------------------------------------


def test_each_sample_is_asked_its_own_question(chosen: Chosen) -> None:
    assert {each.reference for each in chosen.asked} == set(CAPTIONS)
    assert {each.question for each in chosen.asked} == {QUESTION}


def test_one_question_for_all_is_held_against_the_captions(made: Corpus) -> None:
    chosen = choose(made, VALIDATION, None, 1, Ask.DESCRIBE)
    assert {each.kind for each in chosen.asked} == {"describe"}
    assert all(each.reference == each.caption for each in chosen.asked)


def test_a_limit_takes_the_same_samples_each_time_and_a_part_of_more(made: Corpus) -> None:
    two, four = (
        [each.sample for each in choose(made, VALIDATION, limit, 7, Ask.OWN).asked]
        for limit in (2, 4)
    )
    assert four[:2] == two
    others = {choose(made, VALIDATION, 2, seed, Ask.OWN).asked[0].sample for seed in range(20)}
    assert len(others) > 1


# --- writing ------------------------------------------------------------------------------------


def test_a_killed_evaluation_goes_on_without_writing_a_text_twice(
    tmp_path: Path, chosen: Chosen
) -> None:
    first, second = Counting(most=2), Counting()
    with pytest.raises(KeyboardInterrupt):
        write_texts(tmp_path, PLAN, chosen, [system(first)])
    found = write_texts(tmp_path, PLAN, chosen, [system(second)])
    assert sorted(first.asked + second.asked) == sorted(each.sample for each in chosen.asked)
    assert found.written["one"].keys() == found.samples.keys()
    assert found.writers["one"].versions == {"device": "cpu"}
    again = Counting()
    write_texts(tmp_path, PLAN, chosen, [system(again)])
    assert again.asked == []


def test_a_model_that_is_finished_is_not_loaded_again(tmp_path: Path, chosen: Chosen) -> None:
    write_texts(tmp_path, PLAN, chosen, [system(Counting())])

    def load() -> Answers:
        raise AssertionError("it was loaded")

    done = Candidate(Writer("one", "one", Role.MODEL, "a", {}), load)
    write_texts(tmp_path, PLAN, chosen, [done, system(Counting(), "two")])


@pytest.mark.parametrize(
    "error",
    [
        ModelMemoryError(model="one"),
        ModelTimeoutError(model="one", seconds=3),
        DraftFailedError(reason="no words"),
    ],
)
def test_a_text_that_fails_is_noted_and_the_others_go_on(
    tmp_path: Path, chosen: Chosen, error: Exception
) -> None:
    def answers(_film: Grey, asked: Asked) -> Answer:
        if asked.sample == chosen.asked[1].sample:
            raise error
        return Answer("Text.")

    found = write_texts(tmp_path, PLAN, chosen, [system(answers)])
    failed = {each.sample: each.failed for each in found.written["one"].values() if each.failed}
    assert failed == {chosen.asked[1].sample: error.code}  # type: ignore[attr-defined]


def test_other_samples_or_weights_are_refused(tmp_path: Path, made: Corpus, chosen: Chosen) -> None:
    write_texts(tmp_path, PLAN, chosen, [system(Counting())])
    with pytest.raises(EvaluationError, match="other weights"):
        write_texts(tmp_path, PLAN, chosen, [system(Counting(), digest="b")])
    other = Plan({"digest": "e"}, "command", {}, {})
    with pytest.raises(EvaluationError, match="other samples"):
        write_texts(tmp_path, other, chosen, [system(Counting())])
    fewer = choose(made, VALIDATION, 2, 1, Ask.OWN)
    with pytest.raises(EvaluationError, match="other samples"):
        write_texts(tmp_path, PLAN, fewer, [system(Counting())])


def test_other_settings_are_refused(tmp_path: Path, chosen: Chosen) -> None:
    write_texts(tmp_path, PLAN, chosen, [system(Counting())])
    for settings in ({"tokens": "32"}, {"tokens": "256", "seconds": "9"}, {}):
        with pytest.raises(EvaluationError, match="other settings"):
            write_texts(tmp_path, replace(PLAN, settings=settings), chosen, [system(Counting())])


def test_another_precision_of_a_system_is_refused(tmp_path: Path, chosen: Chosen) -> None:
    def at(precision: str) -> Candidate:
        writer = Writer("one", "one", Role.MODEL, "a", {"precision": precision})
        return Candidate(writer, Counting)

    write_texts(tmp_path, PLAN, chosen, [at("fp32")])
    with pytest.raises(EvaluationError, match="one wrote with precision fp32, not bf16"):
        write_texts(tmp_path, PLAN, chosen, [at("bf16")])


# --- memory -------------------------------------------------------------------------------------


def test_memory_is_that_of_models_and_says_which(
    tmp_path: Path, chosen: Chosen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "forget_peak_memory", lambda: True)
    monkeypatch.setattr(writing, "peak_memory_bytes", lambda: 7)
    baseline = Candidate(Writer("base", "base", Role.BASELINE, "b", {}), Counting)
    found = write_texts(tmp_path, PLAN, chosen, [system(Counting()), baseline])
    assert {each.memory_bytes for each in found.written["one"].values()} == {7}
    assert {each.memory_of for each in found.written["one"].values()} == {"resident"}
    assert {each.memory_bytes for each in found.written["base"].values()} == {None}


def test_memory_that_cannot_be_counted_anew_is_not_known(
    tmp_path: Path, chosen: Chosen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "forget_peak_memory", lambda: False)
    found = write_texts(tmp_path, PLAN, chosen, [system(Counting())])
    assert {each.memory_bytes for each in found.written["one"].values()} == {None}
    monkeypatch.setattr(writing, "peak_gpu_memory_bytes", lambda: 9)
    found = write_texts(tmp_path / "gpu", PLAN, chosen, [system(Counting())])
    assert {each.memory_bytes for each in found.written["one"].values()} == {9}
    assert {each.memory_of for each in found.written["one"].values()} == {"gpu"}
