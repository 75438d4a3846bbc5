"""The conversation beside a study: asked and answered in the browser, kept on the server.

The browser speaks to the REST address itself, so that a rerun of the page neither repeats a
question nor cuts an answer short.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from core.domain.conversation import QUESTION_LIMIT
from core.reporting.assistant.glossary import glossary, known_language, languages
from dashboard.components.registration import register
from dashboard.language import translate as _

_mount = register("conversation")


@dataclass(frozen=True)
class AnswererView:
    """One who can be asked; ``name`` is empty for the embedded assistant.

    ``note`` is a sentence that stands there while this one is chosen.
    """

    name: str
    label: str
    note: str = ""


def show(
    *,
    url: str,
    answerers: Sequence[AnswererView],
    language: str,
    signed: bool,
    height_css: str,
    key: str,
    on_map: Callable[[], None],
) -> None:
    """Show every question and answer of one study, and a place to ask.

    Parameters
    ----------
    url
        Address of ``GET``/``POST`` ``/api/v1/studies/{id}/chat``, same origin.
    answerers
        The embedded assistant first.
    language
        That of the interface; another can be chosen for each question.
    signed
        Whether the report can be explained to the patient.
    height_css
        Height of the whole panel as a CSS length.
    on_map
        Called when an answer has come with a map of its own, which the viewer does not have yet.
    """
    data = {
        "url": url,
        "answerers": [asdict(item) for item in answerers],
        "languages": [
            {"code": code, "name": name, "suggestions": glossary(code).suggestions}
            for code, name in languages().items()
        ],
        "language": known_language(language),
        "signed": signed,
        "limit": QUESTION_LIMIT,
        "height": height_css,
        "labels": _labels(),
    }
    _mount(key=key, data=data, on_map_change=on_map)


def _labels() -> dict[str, str]:
    return {
        "conversation": _("Conversation"),
        "search": _("Search questions and answers"),
        "found": _("{count} of {all}"),
        "empty": _(
            "Ask about this study: what was found, where, how sure, why, or what a word means."
        ),
        "nothing_found": _("No question and no answer holds these words."),
        "question": _("Question"),
        "question_hint": _("Ask about this study; Enter sends"),
        "ask": _("Ask"),
        "stop": _("Stop"),
        "audience": _("For whom"),
        "reader": _("for the reader"),
        "patient": _("for the patient"),
        "after_signing": _("The report can be explained to the patient once it is signed."),
        "explain": _("Explain the report"),
        "explained": _("The signed report in plain words"),
        "explanation": _("An explanation, not part of the report"),
        "answerer": _("Who answers"),
        "language": _("Language"),
        "level": _("How much is explained"),
        "short": _("short"),
        "fuller": _("fuller"),
        "asked": _("waiting for the model …"),
        "answering": _("answering …"),
        "stopped": _("stopped"),
        "show_map": _("Show on the film"),
        "rests_on": _("Rests on"),
        "seconds": _("{seconds} s"),
        "unreachable": _("The server does not answer; the question was not sent."),
        "lost": _("The connection was lost; the answer is looked for again."),
        "history_lost": _("The conversation could not be fetched: the server does not answer."),
    }
