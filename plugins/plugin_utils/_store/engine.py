# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Opens the database behind the store, and makes SQLite behave with fifty writers.

Every fork of a play opens its own engine and connections: those of SQLite must not cross a fork. What may cross it, the
dialect and the statements that it has compiled, is shared by all SQLite engines, so that no fork has to begin with it.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .._absent import Absent

try:
    import sqlalchemy as sa
except ImportError:
    sa = Absent()  # type: ignore[assignment]

_SQLITE = "sqlite"

BUSY_SECONDS = 120
"""How long a writer waits for its turn. Fifty forks queue for one file, and a disk can be slow."""

WRITE = {"fleet_memory_begin": "BEGIN IMMEDIATE"}
"""Execution options of a transaction that writes: take the lock at once, since SQLite refuses to upgrade a
reader to a writer when somebody else wrote in between, without waiting."""


def url_of(location: str, base: str | None = None) -> sa.URL:
    """The database URL that ``location`` means: a URL as it is, anything else is the path of an SQLite file.

    A relative path starts at ``base``, or at the working directory.
    """
    url = sa.make_url(location) if "://" in location else sa.URL.create(_SQLITE, database=location)
    if url.get_backend_name() != _SQLITE or url.database in (None, "", ":memory:"):
        return url
    return url.set(database=os.path.abspath(os.path.join(base or os.getcwd(), os.path.expanduser(str(url.database)))))


def connect(url: sa.URL) -> sa.Engine:
    """An engine for this process alone; with NullPool nothing stays open between two transactions."""
    if url.get_backend_name() != _SQLITE:
        return sa.create_engine(url, poolclass=sa.NullPool)
    # mode=rw: reading a store that isn't there must not leave an empty file behind.
    location = f"file:{quote(url.database)}?mode=rw" if url.database else ":memory:"
    return _sqlite_engine(url, sa.NullPool(lambda: _open(location)))


def in_memory() -> sa.Engine:
    """An engine with an empty database of its own that is gone with it."""
    return _sqlite_engine(sa.make_url("sqlite://"), sa.StaticPool(lambda: _open(":memory:")))


def _sqlite_engine(url: sa.URL, pool: sa.Pool) -> sa.Engine:
    engine = sa.Engine(pool, _DIALECT, url, execution_options={"compiled_cache": _COMPILED})
    sa.event.listen(engine, "begin", _begin)
    return engine


def prepare(url: sa.URL) -> None:
    """Make the file that ``url`` names, readable by its owner only: snapshots tell a lot about a host.

    SQLite gives its -wal and -shm files the mode of the database file.
    """
    if url.get_backend_name() != _SQLITE or not url.database:
        return
    path = Path(url.database)
    _make_private_folders(path.parent)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    os.chmod(path, 0o600)


def _make_private_folders(folder: Path) -> None:
    """``folder`` and its missing parents with mode 0700; os.makedirs gives the mode to the last one only."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)


def _open(location: str) -> Any:
    # isolation_level None: sqlite3 must not begin transactions by itself, _begin does.
    connection = sqlite3.connect(location, timeout=BUSY_SECONDS, isolation_level=None, uri=True)
    connection.execute("PRAGMA synchronous = FULL")  # what was answered "written" survives a power cut
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _begin(connection: Any) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("fleet_memory_begin", "BEGIN"))


def _dialect() -> sa.engine.Dialect:
    """SQLAlchemy's SQLite dialect, which learns from its first connection what this SQLite can do."""
    engine = sa.create_engine("sqlite://")
    engine.connect().close()
    return engine.dialect


_DIALECT = _dialect()

_COMPILED: dict[Any, Any] = {}
