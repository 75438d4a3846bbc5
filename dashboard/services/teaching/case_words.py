"""The words of a teaching case, searched for whom they may lead back to.

What is searched for, and what is not found, is said in `dashboard.services.export_search`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.domain.study import Study
from dashboard.services.export_search import Known, holds_contact, names_person
from dashboard.workspace import Workspace


class Leads(StrEnum):
    """To whom a text leads, or how."""

    PATIENT = "patient"
    PERSON = "person"
    DATE = "date"
    CONTACT = "contact"


@dataclass(frozen=True)
class Search:
    """What is known of the patient of a study, and who signs here."""

    known: Known | None
    readers: frozenset[str]

    def of(self, text: str) -> tuple[Leads, ...]:
        """What a text holds that must not leave."""
        known = self.known
        found = {
            Leads.PATIENT: known is not None and known.names(text),
            Leads.PERSON: names_person(text, self.readers),
            Leads.DATE: known is not None and known.dates(text),
            Leads.CONTACT: holds_contact(text),
        }
        return tuple(kind for kind, applies in found.items() if applies)

    def among(self, texts: Mapping[str, str]) -> dict[str, tuple[Leads, ...]]:
        """Those of several texts that hold something, by name."""
        found = {name: self.of(text) for name, text in texts.items() if text.strip()}
        return {name: kinds for name, kinds in found.items() if kinds}


def search_for(place: Workspace, study: Study) -> Search:
    """What to search the words of a case of this study for.

    A phantom is nobody: its name, "normal" say, is no identity, and its dates are no visit.
    """
    with place.look() as look:
        readers = {link.signed_by for link in look.signed.links()}
        local = look.readers.local()
        if study.phantom:
            known = None
        else:
            studies = (study, *_others(look.studies.of_patient(study.patient.patient_id), study))
            signed = tuple(each for one in studies for each in look.signed.versions(one.id))
            known = Known(studies, signed)
    return Search(known, frozenset(readers | ({local.name} if local else set())))


def _others(studies: Iterable[Study], study: Study) -> tuple[Study, ...]:
    return tuple(each for each in studies if each.id != study.id)
