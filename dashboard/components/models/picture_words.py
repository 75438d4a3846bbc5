"""What the drawn pictures show that a film check was tried on: words for translators.

The figures file names them in English, as training does.
"""

from __future__ import annotations

from core.domain.errors import N_

PICTURES = frozenset(
    {
        N_("hand"),
        N_("long bone"),
        N_("joint"),
        N_("shoulder"),
        N_("abdomen"),
        N_("spine"),
        N_("skull from the front"),
        N_("slice of the trunk"),
        N_("slice of the head"),
        N_("ultrasound"),
        N_("mammogram"),
        N_("page of text"),
        N_("screen"),
        N_("photograph"),
        N_("dead leaves"),
        N_("clouds"),
        N_("blobs"),
        N_("lateral phantom"),
        N_("foot"),
        N_("pelvis"),
        N_("skull from the side"),
        N_("teeth"),
        N_("section of MR"),
        N_("chart"),
        N_("portrait"),
        N_("pattern"),
    }
)
