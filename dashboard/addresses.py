"""Addresses that pages and API share, so that neither spells them twice."""

API = "/api/v1"
TEACHING = "/teaching"


def pixels(instance_id: int) -> str:
    return f"{API}/instances/{instance_id}/pixels"


def evidence(evidence_id: int | None) -> str | None:
    return None if evidence_id is None else f"{API}/evidence/{evidence_id}.png"


def report(study_id: int) -> str:
    return f"{API}/studies/{study_id}/report"


def addendum(study_id: int) -> str:
    return f"{API}/studies/{study_id}/addendum"


def report_pdf(study_id: int) -> str:
    return f"{API}/studies/{study_id}/report.pdf"


def translation_pdf(study_id: int, language: str) -> str:
    return f"{report_pdf(study_id)}?translation={language}"


def chat(study_id: int) -> str:
    return f"{API}/studies/{study_id}/chat"


def answer_map(map_id: int) -> str:
    return f"{API}/answers/maps/{map_id}.png"


def case_film(key: str) -> str:
    return f"{TEACHING}/films/{key}"


def case_map(key: str) -> str:
    return f"{TEACHING}/maps/{key}"


def case_answer() -> str:
    """Where an answer is kept while it is typed."""
    return f"{TEACHING}/answer"
