"""Where things lie: the settings joined with engine, blob store and seal, wired once."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Engine

from core.domain.errors import RestoreError, SettingsError
from core.domain.reader import Reader
from core.imaging.decoder import Decoder, shared_decoder
from core.models import fake_writer, registry
from core.models.language.shelf import Shelf
from core.settings import Settings, load_settings
from storage.blobs import BlobStore
from storage.claim import claimant
from storage.engine import open_engine
from storage.failures import in_one_sentence
from storage.occupancy import Occupancy
from storage.seal import Seal
from storage.unit_of_work import UnitOfWork

# A file in the home folder while a restore fills it.
RESTORING = "restoring"


@dataclass(frozen=True)
class Workspace:
    """All that a use case needs of the outside world."""

    settings: Settings
    engine: Engine
    blobs: BlobStore
    seal: Seal
    decoder: Decoder
    occupancy: Occupancy

    def work(self) -> UnitOfWork:
        """A transaction that writes."""
        return UnitOfWork(self.engine)

    def look(self) -> UnitOfWork:
        """A transaction that only reads, and so waits for nobody."""
        return UnitOfWork(self.engine, read_only=True)

    def reader(self) -> Reader:
        """The local reader, who acts in embedded mode: whoever sits at this machine."""
        with self.look() as look:
            reader = look.readers.local()
        return reader or Reader(0, account_name(), confirmed=False)


def open_workspace(settings: Settings) -> Workspace:
    return Workspace(
        settings=settings,
        engine=open_engine(settings.engine_url),
        blobs=BlobStore(settings.home / "blobs"),
        seal=Seal(settings.home / "chain"),
        decoder=shared_decoder(),
        occupancy=Occupancy(settings.home),
    )


@cache
def workspace() -> Workspace:
    """The workspace of this process."""
    return open_workspace(load_settings())


def prepare(place: Workspace) -> None:
    """Make the folder, the schema, the key of the chain and the local reader; safe to repeat.

    Raises
    ------
    SettingsError
        If the settings name a model that does not exist: every draft would fail later.
    RestoreError
        If a restore was interrupted: what it left is not whole.
    StorageUnavailableError, DatabaseUnavailableError
    """
    # Only here: Alembic takes a while to import, and a worker has a workspace that it never brings
    # up to date.
    from storage.migrate import migrate

    if not _model_exists(place.settings):
        raise SettingsError(reason=f"OVERREAD_MODEL: there is no model {place.settings.model}")
    with in_one_sentence():
        place.settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if (place.settings.home / RESTORING).exists():
            raise RestoreError(reason="a restore into OVERREAD_HOME was interrupted; run it again")
    if claimant(place.engine) is not None:
        raise RestoreError(reason="a restore into this database is not finished")
    migrate(place.engine)
    with place.work() as work:
        if not work.signed.any():
            place.seal.create()
        if work.readers.local() is None:
            name = place.settings.reader or account_name()
            work.readers.set_local(name, confirmed=bool(place.settings.reader))


def _model_exists(settings: Settings) -> bool:
    if settings.model in (*registry.names(), fake_writer.NAME):
        return True
    return any(source.name == settings.model for source in Shelf(settings.models).sources)


def account_name() -> str:
    """The full name of the account that runs this program, else its login name."""
    login = getpass.getuser()
    try:
        import pwd
    except ImportError:  # not on Windows
        return login
    try:
        return pwd.getpwnam(login).pw_gecos.split(",")[0] or login
    except KeyError:
        return login
