"""A case in the hands of somebody who reads blind: film, answer, commit, and what it opens.

Used by the classroom and by the teaching page alike; it takes the trainee and asks nobody else.
What leaves for the browser before the commit is made from a `BlindView` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

import streamlit as st

from core.domain.errors import N_, OverreadError
from core.domain.teaching import Trainee
from core.domain.teaching_errors import AnswerRefusedError
from dashboard import addresses
from dashboard.classroom.answers import answer_values, read_answer
from dashboard.components import messages
from dashboard.components.registration import read_asset, register
from dashboard.components.teaching import (
    blind_read_film,
    blind_read_head,
    blind_read_words,
    reveal,
)
from dashboard.language import translate as _
from dashboard.services.teaching import cases, reading
from dashboard.services.teaching.answers import MARKS_LIMIT
from dashboard.services.teaching.reading import BlindView, Position, Turn
from dashboard.workspace import Workspace

COLUMNS = (58, 42)
REFUSED = "blind_read_refused"
"""One place for all cases: by the next run another case, or another session, may be on show."""
REFUSALS = "blind_read_refusals"

Who = Callable[[], Trainee | None]

_mount = register("blind_read")


def show(
    place: Workspace,
    trainee: Trainee,
    position: Position,
    *,
    key: str,
    at_end: Callable[[], None] | None = None,
    who: Who | None = None,
) -> None:
    """Show the position: the film to read, the wait, or the answer.

    Parameters
    ----------
    key
        Streamlit key, another one for another case.
    at_end
        Draws what the line above the film ends with, such as the way to the next case.
    who
        Says anew at the commit who reads; without it, that cannot have changed.
    """
    st.html(f"<style>{read_asset('case.css')}</style>")
    show_refused()
    if position.turn is Turn.READ and position.blind is not None:
        blind_read_head.show(_parts(position.blind), at_end)
        _read(place, trainee, position.blind, key, who)
    elif position.turn is Turn.REVEALED and position.revealed is not None:
        blind_read_head.show(reveal.parts(position.revealed), at_end)
        reveal.show(position.revealed, key=key)
    else:
        blind_read_head.show((), at_end)
        _say(_wait(position) if position.turn is Turn.WAIT else _done(position))


def show_refused() -> None:
    """Say once why the last commit was refused; also for a page that has no case to show."""
    if error := st.session_state.pop(REFUSED, None):
        messages.error(error)


def _read(place: Workspace, trainee: Trainee, blind: BlindView, key: str, who: Who | None) -> None:
    offered = cases.findings_offered()
    film, answer = st.columns(COLUMNS, gap="small")
    with film:
        phantom = blind.phantom
        blind_read_film.to_read(blind.film, offered, phantom=phantom, key=f"{key}_film")
    with answer:
        if blind.history:
            head = _("History")
            history = f"<b>{escape(head)}</b> {escape(blind.history)}"
            st.html(f'<p class="case-history">{history}</p>')
        _mount(
            key=f"{key}_answer",
            data=_values(trainee, blind, offered),
            on_commit_change=lambda: _commit(place, trainee, blind, key, who),
        )
        st.html(f'<p class="muted case-note">{escape(_notice())}</p>')


def _values(trainee: Trainee, blind: BlindView, offered: Mapping[str, bool]) -> dict[str, object]:
    return {
        # Numbers that tell nothing: whose page this is, and how often a commit of it was refused,
        # without which a second refusal would change nothing and not reach the browser.
        "trainee": trainee.id,
        "refusals": st.session_state.get(REFUSALS, 0),
        "version": blind.version,
        "marks_limit": MARKS_LIMIT,
        "url": addresses.case_answer(),
        "film": addresses.case_film(blind.film.key),
        "case": blind.case_id,
        "session": blind.session_id,
        "answer": answer_values(blind.answer),
        "findings": [
            {"name": name, "label": _(name), "sided": sided} for name, sided in offered.items()
        ],
        "steps": [
            {"value": value, "name": name} for value, name in blind_read_words.step_names().items()
        ],
        "sides": blind_read_words.sides(),
        "labels": _labels(),
    }


def _commit(
    place: Workspace, trainee: Trainee, blind: BlindView, key: str, who: Who | None
) -> None:
    """Commit what the browser sent, if it is about this very case."""
    sent = st.session_state[f"{key}_answer"].get("commit")
    if not isinstance(sent, Mapping) or sent.get("case") != blind.case_id:
        return
    try:
        _require_same(trainee, who)
        answer = read_answer(sent.get("answer"))
        # The browser kept these words before; a refusal does not lose them.
        reading.commit(place, trainee, blind.case_id, blind.session_id, answer)
    except OverreadError as error:
        st.session_state[REFUSED] = error
        st.session_state[REFUSALS] = st.session_state.get(REFUSALS, 0) + 1


def _require_same(trainee: Trainee, who: Who | None) -> None:
    """A page that stayed open knows who read at its last run, not who may read now."""
    now = trainee if who is None else who()
    if now is None or now.id != trainee.id:
        reason = N_("you joined elsewhere meanwhile; join here again with your return words")
        raise AnswerRefusedError(reason=reason)


def _parts(blind: BlindView) -> tuple[str, ...]:
    """Place in the session and what kind of case it is; nothing that tells the answer."""
    return (
        blind_read_head.strong(blind_read_head.number(blind.number, blind.count)),
        *blind_read_head.kind(blind.level, generated=blind.generated, scored=blind.scored),
    )


def _notice() -> str:
    return _("The answer is shown after the commit. A commit is final.")


def _say(sentence: str) -> None:
    st.html(f'<p class="case-wait" role="status">{escape(sentence)}</p>')


def _wait(position: Position) -> str:
    if position.session is None:
        return _("Your read is committed.")
    committed, count = position.committed, len(position.session.case_ids)
    sentence = _("Your read is committed, {committed} of {count}. The teacher opens the answer.")
    return sentence.format(committed=committed, count=count)


def _done(position: Position) -> str:
    ended = position.session is not None and not position.session.open
    return _("This session has ended.") if ended else _("You have read every case.")


def _labels() -> dict[str, str]:
    return {
        "answer": _("Your read"),
        "finding": _("Finding, certainty in %"),
        "side": _("Side"),
        "place": _("Marks"),
        "marked_title": _("Marks of this finding; choose it, then mark it on the film (K)"),
        "remove_mark": _("Take this mark back"),
        "impression": _("Impression"),
        "normal": _("Nothing found"),
        "normal_title": _("Write that the film shows no finding"),
        "normal_words": _("No finding."),
        "marks_full": _("There are {count} marks; take one back to set another."),
        "elsewhere": _("Changed in another window. The impression there: {words}"),
        "take_theirs": _("Take over that read"),
        "keep_mine": _("Keep this one"),
        "commit": _("Commit"),
        "commit_title": _("Commit this read; it cannot be changed afterwards"),
        "empty": _("Pick a finding, or write an impression."),
        "ask_certainty": _("How certain? {findings}"),
        "saving": _("saving …"),
        "saved": _("saved"),
        "unreachable": _("not saved: the server does not answer, retrying"),
        "refused": _("not saved: {message}"),
    }
