# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An earlier run is judged again: which of its hosts, and what it has stored of each. No host is asked anything."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from .packed import NotASnapshot, read
from .schema import AUDITED, FAILED, PENDING
from .store import Row, Store

GONE = "not in the inventory any more"


class NothingToJudge(Exception):
    """The run has nothing to judge again of the hosts that were asked for."""


class NotInRun(Exception):
    """The run was not asked to audit the host. There is nothing to say of it, good or bad."""


class NotAudited(Exception):
    """The run could not audit the host; ``status`` is what it was then."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Scope(NamedTuple):
    """Hosts of a run. ``source`` is the run that measured them, ``gone`` those whose variables nobody knows now."""

    source: str
    hosts: list[str]
    gone: list[str]


class Stored(NamedTuple):
    """A snapshot, and the columns of ``run_hosts`` that tell when and how it was taken."""

    document: dict[str, Any]
    columns: Row


def scope(store: Store, run_id: str, play_hosts: Collection[str], inventory: Collection[str]) -> Scope:
    """The hosts of a run that are in the play, and those that have left the inventory.

    A host that is in the inventory and not in the play was left out by whoever asked. Where the play has less than the
    inventory, that goes for hosts that have left it, too. Raises StoreError, NothingToJudge.
    """
    run = store.run(run_id)
    source = run["rejudges"] or run_id
    hosts = [row["host"] for row in store.hosts(run_id)]
    limited = not set(inventory) <= set(play_hosts)
    gone = [] if limited else sorted(set(hosts) - set(inventory))
    kept = sorted(set(hosts) & set(play_hosts)) + gone
    if not kept:
        raise NothingToJudge(f"run {run_id!r} has none of the hosts that were asked for")
    return Scope(source, kept, gone)


def stored(store: Store, run_id: str, host: str) -> Stored:
    """What a run has of a host. Raises NotInRun, NotAudited, NotASnapshot."""
    row = store.host(run_id, host)
    if row is None:
        raise NotInRun(f"run {run_id} was not asked to audit {host}")
    if row["status"] != AUDITED:
        status = FAILED if row["status"] == PENDING else row["status"]
        raise NotAudited(status, row["reason"] or "no result came back from this host")
    if row["snapshot"] is None:
        raise NotASnapshot(f"run {run_id} has no snapshot of this host")
    columns = {name: row[name] for name in ("audited_at", "seconds")}
    return Stored(read(row["snapshot"]).document, columns)
