# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The store: runs, their hosts, findings and snapshots in one database.

Writers are the forks of a play, fifty at once, each with its own ``Store``. A host is written in one transaction, so
it is there as a whole or not at all, and writing it again replaces it. Readers get plain dicts with the columns of
``schema`` as keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Self

from .._absent import Absent
from .._policy.model import ERROR, FAIL, NOT_APPLICABLE, PASS, UNKNOWN
from .engine import WRITE, connect, in_memory, prepare, url_of
from .older import add_missing_columns, missing_columns
from .packed import whole
from .schema import PENDING, consumers, findings, metadata, run_hosts, runs

try:
    import sqlalchemy as sa
except ImportError:
    sa = Absent()  # type: ignore[assignment]

Row = dict[str, Any]

_EMPTY_HOST: Row = dict.fromkeys(run_hosts.c.keys())


class StoreError(Exception):
    """The store can't answer: the message says why, in words."""


def drivers_words(problem: Exception) -> str:
    """What the database's driver said. SQLAlchemy adds the whole query, and the URL, which may hold a password."""
    return str(getattr(problem, "orig", None) or problem)


def now() -> str:
    """The time, ISO-8601 in UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


class Store:
    """One database, for one process. Make it with ``Store.open``."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @property
    def url(self) -> str:
        """Where the store is, as ``open`` takes it."""
        return self._engine.url.render_as_string(hide_password=False)

    @classmethod
    def open(cls, location: str, base: str | None = None) -> Self:
        """The store at ``location``: a database URL, or the path of an SQLite file (relative to ``base``)."""
        return cls(connect(url_of(location, base)))

    @classmethod
    def create(cls, location: str, base: str | None = None) -> Self:
        """Like ``open``, and makes the file and the tables that are missing."""
        prepare(url_of(location, base))
        store = cls.open(location, base)
        if store._engine.dialect.name == "sqlite":
            with store._engine.connect() as connection:
                connection.connection.execute("PRAGMA journal_mode = WAL")
        store._make_tables()
        return store

    @classmethod
    def rehearse(cls) -> None:
        """Write a host to a store in memory, so that every statement for it is compiled before Ansible forks."""
        store = cls(in_memory())
        store._make_tables()
        store.begin({"id": "run", "collection_version": "", "policies": []}, ["host"])
        # Two rows of each: SQLAlchemy compiles the insertion of one row and of several apart.
        rules: list[Row] = [{**dict.fromkeys(findings.c.keys(), ""), "rule": rule} for rule in "ab"]
        groups: list[Row] = [{**dict.fromkeys(consumers.c.keys(), 0), "command": "", "rank": rank} for rank in (0, 1)]
        store.write_host({"run_id": "run", "host": "host", "status": PENDING}, rules, groups)

    def _make_tables(self) -> None:
        with self._engine.connect().execution_options(**WRITE) as connection, connection.begin():
            metadata.create_all(connection)
            add_missing_columns(connection)

    # Writing

    def begin(self, run: Mapping[str, Any], hosts: Iterable[str]) -> None:
        """Open a run (columns ``id``, ``collection_version``, ``policies``) with every host of it still pending."""
        rows = [{"run_id": run["id"], "host": host, "status": PENDING} for host in dict.fromkeys(hosts)]
        with self._engine.connect().execution_options(**WRITE) as connection, connection.begin():
            connection.execute(sa.insert(runs), {"started_at": now(), "expected": len(rows), **run})
            if rows:
                connection.execute(sa.insert(run_hosts), rows)

    def write_host(
        self,
        host: Mapping[str, Any],
        findings_of_host: Iterable[Mapping[str, Any]] = (),
        consumers_of_host: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        """Write a host and what belongs to it at once. ``host`` has the columns of ``run_hosts``.

        Findings and consumers have the columns of their tables without ``run_id`` and ``host``.
        """
        key = {"run_id": host["run_id"], "host": host["host"]}
        with self._engine.connect().execution_options(**WRITE) as connection, connection.begin():
            row = {**_EMPTY_HOST, "audited_at": now(), **host}
            this_host = (run_hosts.c.run_id == key["run_id"], run_hosts.c.host == key["host"])
            still_pending = sa.update(run_hosts).where(*this_host, run_hosts.c.status == PENDING)
            if not connection.execute(still_pending, row).rowcount:
                # Takes the host's findings and consumers along.
                connection.execute(sa.delete(run_hosts).where(*this_host))
                connection.execute(sa.insert(run_hosts), row)
            for table, values in ((findings, findings_of_host), (consumers, consumers_of_host)):
                rows = [{**value, **key} for value in values]
                if rows:
                    connection.execute(sa.insert(table), rows)

    def finish(self, run_id: str) -> None:
        """Mark the run as ended. Hosts that are still pending stay so."""
        with self._engine.connect().execution_options(**WRITE) as connection, connection.begin():
            connection.execute(sa.update(runs).where(runs.c.id == run_id).values(finished_at=now()))

    # Reading

    def run(self, run_id: str) -> Row:
        """The row of a run. Raises StoreError when there is none."""
        for row in self._rows(sa.select(*self._columns(runs)).where(runs.c.id == run_id)):
            return row
        raise StoreError(f"the store {self._engine.url} has no run {run_id!r}")

    def latest(self) -> Row:
        """The row of the run that was started last. Raises StoreError when there is none."""
        newest = sa.select(*self._columns(runs)).order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(1)
        for row in self._rows(newest):
            return row
        raise StoreError(f"the store {self._engine.url} has no run yet")

    def count(self, run_id: str) -> dict[str, int]:
        """How many hosts of a run have each status."""
        query = sa.select(run_hosts.c.status, sa.func.count().label("hosts")).where(run_hosts.c.run_id == run_id)
        return {row["status"]: row["hosts"] for row in self._rows(query.group_by(run_hosts.c.status))}

    def hosts(self, run_id: str) -> Iterator[Row]:
        """All hosts of a run in the order of their names, without their snapshots."""
        columns = [column for column in self._columns(run_hosts) if column is not run_hosts.c.snapshot]
        return self._rows(sa.select(*columns).where(run_hosts.c.run_id == run_id).order_by(run_hosts.c.host))

    def findings(self, run_id: str) -> Iterator[Row]:
        """All findings of a run, host by host in the order of ``hosts``."""
        query = sa.select(*self._columns(findings)).where(findings.c.run_id == run_id)
        return self._rows(query.order_by(findings.c.host, findings.c.rule))

    def unsettled(self, run_id: str, baseline_run: str | None = None) -> Iterator[Row]:
        """Findings that neither pass nor are not applicable, rule by rule, without ``actual`` and ``location``.

        ``known``: the rule failed, or couldn't be judged, on the same host in ``baseline_run`` already.
        """
        before = findings.alias()
        known = sa.exists().where(
            before.c.run_id == baseline_run,
            before.c.host == findings.c.host,
            before.c.rule == findings.c.rule,
            before.c.verdict.in_((FAIL, UNKNOWN, ERROR)),
        )
        columns = [column for column in self._columns(findings) if column.name not in ("actual", "location")]
        query = sa.select(*columns, known.label("known")).where(
            findings.c.run_id == run_id, findings.c.verdict.not_in((PASS, NOT_APPLICABLE))
        )
        return self._rows(query.order_by(findings.c.rule, findings.c.host))

    def top_consumers(self, run_id: str, limit: int) -> list[Row]:
        """Who uses most memory on the whole fleet, summed by command over the hosts where it is among the top.

        Keys: command, hosts, count, rss_bytes, pss_low_bytes, pss_high_bytes, pss_bytes; a size is null when a host
        doesn't know it.
        """

        def total(name: str) -> sa.Label[Any]:
            """The sum over the fleet; null when a host doesn't know its part."""
            complete = sa.func.count(consumers.c[name]) == sa.func.count()
            return sa.case((complete, sa.func.sum(consumers.c[name]))).label(name)

        sizes = ("rss_bytes", "pss_low_bytes", "pss_high_bytes", "pss_bytes")
        query = (
            sa.select(
                consumers.c.command,
                sa.func.count().label("hosts"),
                sa.func.sum(consumers.c["count"]).label("count"),
                *map(total, sizes),
            )
            .where(consumers.c.run_id == run_id, consumers.c.rank > 0)
            .group_by(consumers.c.command)
            .order_by(sa.func.sum(consumers.c.pss_high_bytes).desc(), consumers.c.command)
            .limit(limit)
        )
        return list(self._rows(query))

    def snapshot(self, run_id: str, host: str) -> Row:
        """What the host said. Raises StoreError when the run has no snapshot of it."""
        row = self.host(self.run(run_id)["rejudges"] or run_id, host)
        if row is None or row["snapshot"] is None:
            raise StoreError(f"run {run_id!r} has no snapshot of host {host!r}")
        return whole(row["snapshot"])

    def host(self, run_id: str, host: str) -> Row | None:
        """A host of a run, its snapshot included as it came; None when the run wasn't asked to audit it."""
        query = sa.select(*self._columns(run_hosts)).where(run_hosts.c.run_id == run_id, run_hosts.c.host == host)
        return next(self._rows(query), None)

    def _columns(self, table: sa.Table) -> list[sa.ColumnElement[Any]]:
        """The columns of ``table`` to read; null in place of those that a store of an older version lacks."""
        with self._engine.connect() as connection:
            absent = [column.name for column in missing_columns(connection, table)]
        return [sa.null().label(column.name) if column.name in absent else column for column in table.c]

    def _rows(self, query: sa.Select[Any]) -> Iterator[Row]:
        """Rows as dicts, fetched a few hundred at a time: a fleet's findings needn't fit into memory."""
        with self._engine.connect().execution_options(yield_per=500) as connection:
            for row in connection.execute(query).mappings():
                yield dict(row)
