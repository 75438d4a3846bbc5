"""Sample studies for a fresh machine: thorax phantoms, always labelled as such."""

from __future__ import annotations

import logging

from core.domain.reader import Reader
from core.domain.study import Source
from core.imaging.phantom.samples import sample_studies
from dashboard.services.receive_study import IntakeContext, receive_file
from dashboard.workspace import Workspace

logger = logging.getLogger(__name__)


def make_samples(place: Workspace, *, reader: Reader) -> int:
    """Put the phantoms in through the ordinary intake, unless some are there; returns how many."""
    with place.look() as look:
        if look.studies.has_samples():
            return 0
    made = 0
    for sample in sample_studies():
        for number, content in enumerate(sample.files, start=1):
            context = IntakeContext(source=Source.SAMPLE)
            name = f"{sample.label}-{number}.dcm"
            receive_file(place, name, content, reader=reader, context=context)
        made += 1
        logger.info("sample study made: %s", sample.label)
    return made
