# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._store import rejudge
from ansible_collections.fleet.memory.plugins.plugin_utils._store.packed import NotASnapshot
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store, StoreError

RUN = {"collection_version": "1", "policies": []}


def packed(version: str) -> bytes:
    document = {"schema_version": version, "memory": {}, "processes": {"groups": []}}
    return b"".join(zlib.compress(json.dumps(part).encode()) for part in (document, [{"pid": 7}]))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.create(str(tmp_path / "store"))
    store.begin({"id": "old", **RUN}, ["a", "b", "c"])
    return store


@pytest.mark.parametrize(
    ("play", "inventory", "hosts", "gone"),
    [
        ("abc", "abc", ["a", "b", "c"], []),
        ("abcd", "abcd", ["a", "b", "c"], []),
        ("ab", "ab", ["a", "b", "c"], ["c"]),
        ("ab", "abc", ["a", "b"], []),
        ("a", "ab", ["a"], []),
        ("d", "d", ["a", "b", "c"], ["a", "b", "c"]),
    ],
)
def test_scope(store: Store, play: str, inventory: str, hosts: list[str], gone: list[str]) -> None:
    assert rejudge.scope(store, "old", play, inventory) == ("old", hosts, gone)


def test_a_scope_without_hosts_is_an_error(store: Store) -> None:
    with pytest.raises(rejudge.NothingToJudge, match="'old' has none of the hosts"):
        rejudge.scope(store, "old", "d", "abcd")
    with pytest.raises(StoreError, match="no run 'new'"):
        rejudge.scope(store, "new", "a", "a")


def test_what_was_judged_again_leads_to_the_run_that_measured(store: Store) -> None:
    store.write_host({"run_id": "old", "host": "a", "status": "audited", "snapshot": packed("1.0")})
    store.begin({"id": "again", "rejudges": "old", **RUN}, ["a"])
    assert rejudge.scope(store, "again", "abc", "abc") == ("old", ["a"], [])
    assert store.snapshot("again", "a") == store.snapshot("old", "a")
    assert store.snapshot("again", "a")["processes"]["processes"] == [{"pid": 7}]


def test_stored(store: Store) -> None:
    when = {"audited_at": "2026-11-17T21:00:00Z", "seconds": 1.5}
    store.write_host({"run_id": "old", "host": "a", "status": "audited", "snapshot": packed("1.0"), **when})
    document, columns = rejudge.stored(store, "old", "a")
    assert document["schema_version"] == "1.0"
    assert document["processes"]["processes"] == [{"pid": 7}]
    assert columns == when


@pytest.mark.parametrize(
    ("row", "status", "reason"),
    [
        ({}, "failed", "no result came back from this host"),
        ({"status": "unreachable", "reason": "refused"}, "unreachable", "refused"),
        ({"status": "failed", "reason": "no Python"}, "failed", "no Python"),
    ],
)
def test_a_missed_host_stays_missed(store: Store, row: dict[str, str], status: str, reason: str) -> None:
    if row:
        store.write_host({"run_id": "old", "host": "a", **row})
    with pytest.raises(rejudge.NotAudited, match=reason) as caught:
        rejudge.stored(store, "old", "a")
    assert caught.value.status == status


@pytest.mark.parametrize("snapshot", [None, b"", b"nonsense", packed("2.0")])
def test_a_snapshot_that_cannot_be_used_is_none(store: Store, snapshot: bytes | None) -> None:
    store.write_host({"run_id": "old", "host": "a", "status": "audited", "snapshot": snapshot})
    with pytest.raises(NotASnapshot):
        rejudge.stored(store, "old", "a")


def test_a_host_of_today_has_no_part_in_it(store: Store) -> None:
    with pytest.raises(rejudge.NotInRun, match="old was not asked to audit new"):
        rejudge.stored(store, "old", "new")
