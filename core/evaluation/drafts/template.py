"""The classifier's own drafter as a system: a reading put into the sentences of a draft.

Nothing is known of a film of a corpus but its pixels: projection and age are unknown, so that the
limits of `core.reporting.drafting` hold as for such a film in the app (no word about the size of
the heart, for one). The film check before a draft is left out: a corpus holds chest films. The text
is the findings section; the impression would say the same again.
"""

from __future__ import annotations

from core.domain.study import Projection
from core.evaluation.drafts.candidates import Answer, Answers
from core.evaluation.drafts.texts import Asked
from core.models.base import FindingClassifier, Grey
from core.reporting.dictation import findings_sentences
from core.reporting.drafting import findings_from


def template_answers(classifier: FindingClassifier) -> Answers:
    """Return what answers every question with the findings section of a draft."""
    films = (Projection.UNKNOWN,)

    def answer(film: Grey, _asked: Asked) -> Answer:
        findings = findings_from(
            classifier.read(film, maps_for=()),
            classifier.figures,
            projection=Projection.UNKNOWN,
            age=None,
        )
        sentences = findings_sentences(findings, classifier.figures, films)
        return Answer(" ".join(each.text for each in sentences))

    return answer
