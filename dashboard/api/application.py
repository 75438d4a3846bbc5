"""The REST API: the same use cases as the pages, on the same port."""

from __future__ import annotations

from typing import Any

from fastapi_offline import FastAPIOffline
from sqlalchemy import text

from core.domain.errors import DatabaseUnavailableError
from core.models import registry
from core.settings import VERSION
from dashboard.api import conversation, errors, imports, models, reports, schemas, studies
from dashboard.workspace import workspace

api = FastAPIOffline(
    title="Overread",
    version=VERSION,
    description=schemas.NOTICE,
    docs_url="/docs",
    redoc_url=None,
)
errors.install(api)
api.include_router(studies.router)
api.include_router(reports.router)
api.include_router(imports.router)
api.include_router(models.router)
api.include_router(conversation.router)


@api.get("/health")
def health() -> dict[str, Any]:
    """Whether database, worker, importer and model answer."""
    place = workspace()
    entry = registry.entry(place.settings.model)
    database = "ok"
    try:
        with place.look() as look:
            look.session.execute(text("SELECT 1"))
    except DatabaseUnavailableError:
        database = "unavailable"
    dispatcher = getattr(api.state, "dispatcher", None)
    worker = "ok" if dispatcher is not None and dispatcher.alive else "unavailable"
    importer = getattr(api.state, "importer", None)
    importing = importer is not None and importer.alive
    return {
        "status": "ok" if database == worker == "ok" and importing else "degraded",
        "version": VERSION,
        "database": database,
        "worker": worker,
        "importer": importing,
        "model": {"name": entry.name, "digest": entry.digest},
    }
