"""Who joined a session, and how far each is."""

from __future__ import annotations

from html import escape

from core.domain.teaching import Pace, TeachingSession
from dashboard.language import translate as _
from dashboard.services.teaching import sessions, standing
from dashboard.workspace import Workspace


def members_html(place: Workspace, session: TeachingSession) -> str:
    """Nicknames, with committed cases of all; a long nickname keeps to its room.

    While answers come in that are shown without names, a count that rises would tell whose came.
    """
    joined = sessions.members(place, session.id)
    if not joined:
        nobody = _("Nobody joined yet.")
        return f'<p class="muted">{escape(nobody)}</p>'
    told = not session.open or (session.pace is Pace.STEP and session.revealed)
    committed = standing.committed(place, session.id)
    count = len(session.case_ids)
    title = _("{count} joined").format(count=len(joined))
    cells = ""
    for trainee in joined:
        if not told:
            cells += (
                f'<li title="{escape(trainee.nickname)}"><bdi>{escape(trainee.nickname)}</bdi></li>'
            )
            continue
        done = committed.get(trainee.id, 0)
        share = round(100 * done / count) if count else 0
        words = _("{done} of {all}").format(done=done, all=count)
        cells += (
            f'<li title="{escape(trainee.nickname)}"><bdi>{escape(trainee.nickname)}</bdi>'
            f"<span>{escape(words)}</span>"
            f'<span class="bar"><i style="width: {share}%"></i></span></li>'
        )
    return f'<p class="joined">{escape(title)}</p><ul class="members">{cells}</ul>'
