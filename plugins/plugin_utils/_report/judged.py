# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts of a run together with their findings, one host at a time: ten thousand hosts needn't fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from .._store.schema import AUDITED, FAILED, PENDING, UNREACHABLE
from .._store.store import Row, Store
from .severity import worst_first

STATUSES = (AUDITED, UNREACHABLE, FAILED)

NO_RESULT = "no result came back from this host"
NO_REASON = "no reason was given"


def judged_hosts(store: Store, run_id: str) -> Iterator[tuple[Row, list[Any]]]:
    """Every host of the run in the store's order, with its findings, worst first.

    A host that is still pending has missed its audit: its status is ``failed``. Findings come in the order of the
    hosts, so the two lists merge in one pass.
    """
    groups = groupby(store.findings(run_id), key=itemgetter("host"))
    name, found = next(groups, (None, iter(())))
    for host in store.hosts(run_id):
        findings: list[Any] = []
        if host["host"] == name:
            findings = worst_first(found)
            name, found = next(groups, (None, iter(())))
        if host["status"] == PENDING:
            host = {**host, "status": FAILED, "reason": NO_RESULT}
        elif host["status"] != AUDITED and not host["reason"]:
            host = {**host, "reason": NO_REASON}
        yield host, findings
