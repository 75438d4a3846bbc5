"""Conversations beside studies: messages are added and read, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.domain.conversation import (
    AnswerState,
    AttentionMap,
    Audience,
    Evidence,
    Ground,
    Level,
    Message,
    Role,
)
from core.domain.draft import ModelIdentity
from core.domain.errors import NotFoundError
from storage.conversation_tables import AnswerMapRow, MessageRow


class ConversationRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, message: Message, map_digests: Sequence[str] = ()) -> Message:
        """Store a message, with the blob digests of its maps in their order.

        The evidence that rests on the answer's own maps gets their numbers.
        """
        row = MessageRow(
            study_id=message.study_id,
            role=message.role.value,
            text=message.text,
            language=message.language,
            audience=message.audience.value,
            level=message.level.value,
            whole_report=message.whole_report,
            reader=message.reader,
            question_id=message.question_id,
            job_id=message.job_id,
            model_name=message.model.name if message.model else "",
            model_digest=message.model.digest if message.model else "",
            evidence=[asdict(item) for item in message.evidence],
            seconds=message.seconds,
            ending=message.ending.value if message.ending else "",
            error_code=message.error_code,
            error_facts=dict(message.error_facts),
            prompt_digest=message.prompt_digest,
            versions=dict(message.versions),
            created_at=message.created_at,
        )
        self._session.add(row)
        self._session.flush()
        for drawn, digest in zip(message.maps, map_digests, strict=True):
            self._session.add(
                AnswerMapRow(message_id=row.id, instance_id=drawn.instance_id, blob_digest=digest)
            )
        self._session.flush()
        return self.get(row.id)

    def get(self, message_id: int) -> Message:
        row = self._session.get(MessageRow, message_id)
        if row is None:
            raise NotFoundError(what="message")
        return self._messages([row])[0]

    def of_study(self, study_id: int) -> tuple[Message, ...]:
        """Every message of a study, oldest first."""
        rows = self._session.scalars(
            select(MessageRow).where(MessageRow.study_id == study_id).order_by(MessageRow.id)
        )
        return self._messages(rows.all())

    def of_job(self, job_id: int) -> Message:
        """The question whose answer a job writes."""
        row = self._session.scalar(select(MessageRow).where(MessageRow.job_id == job_id))
        if row is None:
            raise NotFoundError(what="message")
        return self._messages([row])[0]

    def answer_to(self, question_id: int) -> Message | None:
        row = self._session.scalar(select(MessageRow).where(MessageRow.question_id == question_id))
        return None if row is None else self._messages([row])[0]

    def map_blob(self, map_id: int) -> str:
        """Blob digest of the PNG of an answer's map."""
        row = self._session.get(AnswerMapRow, map_id)
        if row is None:
            raise NotFoundError(what="map")
        return row.blob_digest

    def _messages(self, rows: Sequence[MessageRow]) -> tuple[Message, ...]:
        found = self._session.scalars(
            select(AnswerMapRow)
            .where(AnswerMapRow.message_id.in_([row.id for row in rows]))
            .order_by(AnswerMapRow.id)
        )
        maps: dict[int, list[AttentionMap]] = {}
        for item in found:
            # The PNG stays in the blob store until somebody asks for it by its number.
            maps.setdefault(item.message_id, []).append(
                AttentionMap(item.instance_id, b"", item.id)
            )
        return tuple(_message(row, tuple(maps.get(row.id, ()))) for row in rows)


def _message(row: MessageRow, maps: tuple[AttentionMap, ...]) -> Message:
    evidence = tuple(
        Evidence(Ground(item["ground"]), item["reference"], item["map_id"]) for item in row.evidence
    )
    drawn = tuple(Evidence(Ground.ATTENTION, "", item.id) for item in maps)
    return Message(
        id=row.id,
        study_id=row.study_id,
        role=Role(row.role),
        text=row.text,
        language=row.language,
        audience=Audience(row.audience),
        level=Level(row.level),
        whole_report=row.whole_report,
        reader=row.reader,
        question_id=row.question_id,
        job_id=row.job_id,
        model=ModelIdentity(row.model_name, row.model_digest) if row.model_name else None,
        evidence=(*evidence, *drawn),
        maps=maps,
        seconds=row.seconds,
        ending=AnswerState(row.ending) if row.ending else None,
        error_code=row.error_code,
        error_facts=row.error_facts,
        prompt_digest=row.prompt_digest,
        versions=row.versions,
        created_at=row.created_at,
    )
