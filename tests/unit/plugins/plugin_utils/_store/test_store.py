# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import sqlite3
import stat
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.plugin_utils._store import engine
from ansible_collections.fleet.memory.plugins.plugin_utils._store.engine import url_of
from ansible_collections.fleet.memory.plugins.plugin_utils._store.schema import findings, runs
from ansible_collections.fleet.memory.plugins.plugin_utils._store.store import Store, StoreError
from sqlalchemy.exc import IntegrityError, OperationalError

RULES = [{"id": "a-rule", "title": "A rule"}]


def finding(rule: str, verdict: str = "fail", **changes: Any) -> dict[str, Any]:
    return {"rule": rule, "severity": "low", "verdict": verdict, "actual": 7, "message": "m", **changes}


def consumer(rank: int, command: str, pss: int | None, low: int, high: int) -> dict[str, Any]:
    sizes = {"rss_bytes": high * 2, "pss_bytes": pss, "pss_low_bytes": low, "pss_high_bytes": high}
    return {"rank": rank, "command": command, "count": rank + 1, "uss_bytes": pss, "swap_bytes": 0, **sizes}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    opened = Store.create(str(tmp_path / "new" / "folder" / "store.sqlite"))
    opened.begin({"id": "r1", "collection_version": "0.1.0", "policies": RULES}, ["b", "a", "c", "a"])
    return opened


def audited(host: str, **changes: Any) -> dict[str, Any]:
    return {"run_id": "r1", "host": host, "status": "audited", "snapshot": zlib.compress(b'{"x": 1}'), **changes}


def test_every_host_is_there_from_the_beginning(store: Store) -> None:
    assert [(row["host"], row["status"]) for row in store.hosts("r1")] == [(host, "pending") for host in "abc"]
    run = store.run("r1")
    assert (run["expected"], run["policies"], run["finished_at"]) == (3, RULES, None)


def test_a_host_is_written_whole_and_replaced_whole(store: Store) -> None:
    store.write_host(audited("a"), [finding("x"), finding("y")], [consumer(1, "sh", 5, 5, 5)])
    store.write_host(audited("a", summary={"used": 1.5}, seconds=2.5), [finding("z", "pass", actual=None)], [])
    rows = list(store.findings("r1"))
    assert [(row["host"], row["rule"], row["verdict"], row["actual"]) for row in rows] == [("a", "z", "pass", None)]
    assert store.top_consumers("r1", 9) == []
    host = next(store.hosts("r1"))
    assert (host["summary"], host["seconds"], host["reason"]) == ({"used": 1.5}, 2.5, None)
    assert "snapshot" not in host
    assert store.count("r1") == {"audited": 1, "pending": 2}


def test_a_host_that_cannot_be_written_leaves_what_was_there(store: Store) -> None:
    store.write_host(audited("a"), [finding("x")])
    with pytest.raises(IntegrityError):
        store.write_host(audited("a", status="failed"), [finding("y"), finding("y")])
    assert [row["rule"] for row in store.findings("r1")] == ["x"]
    assert store.count("r1") == {"audited": 1, "pending": 2}


def test_findings_come_in_the_order_of_the_hosts(store: Store) -> None:
    for host in "cab":
        store.write_host(audited(host), [finding("y"), finding("x")])
    assert [(row["host"], row["rule"]) for row in store.findings("r1")] == [(h, r) for h in "abc" for r in "xy"]
    assert [row["host"] for row in store.hosts("r1")] == list("abc")


def test_snapshots(store: Store) -> None:
    store.write_host(audited("a"))
    assert store.snapshot("r1", "a") == {"x": 1}
    for run, host in (("r1", "b"), ("r1", "nobody"), ("r2", "a")):
        with pytest.raises(StoreError, match=r"no (snapshot|run)"):
            store.snapshot(run, host)


def test_runs(store: Store) -> None:
    store.begin({"id": "r0", "collection_version": "0.1.0", "policies": [], "started_at": "2999-01-01T00:00:00Z"}, [])
    assert store.latest()["id"] == "r0"
    assert store.run("r0")["expected"] == 0
    store.finish("r1")
    assert store.run("r1")["finished_at"] >= store.run("r1")["started_at"]
    with pytest.raises(StoreError, match="no run 'r9'"):
        store.run("r9")


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no run yet"):
        Store.create(str(tmp_path / "s")).latest()


def test_top_consumers(store: Store) -> None:
    store.write_host(
        audited("a"),
        [],
        [consumer(1, "java", 70, 70, 70), consumer(2, "sh", 8, 8, 8), consumer(0, "(others)", 99, 99, 99)],
    )
    store.write_host(audited("b"), [], [consumer(1, "java", None, 10, 50), consumer(2, "(others)", 3, 3, 3)])
    java, shell, honest = store.top_consumers("r1", 9)
    assert java == {
        "command": "java",
        "hosts": 2,
        "count": 4,
        "rss_bytes": 240,
        "pss_low_bytes": 80,
        "pss_high_bytes": 120,
        "pss_bytes": None,
    }
    assert (shell["command"], shell["pss_bytes"], shell["hosts"]) == ("sh", 8, 1)
    # A process may be called "(others)"; the row of the others is not it.
    assert (honest["command"], honest["pss_bytes"]) == ("(others)", 3)
    assert [row["command"] for row in store.top_consumers("r1", 1)] == ["java"]


def test_a_size_that_one_host_does_not_know_has_no_sum(store: Store) -> None:
    store.write_host(audited("a"), [], [{**consumer(1, "java", 70, 70, 70), "rss_bytes": None, "pss_high_bytes": None}])
    store.write_host(audited("b"), [], [consumer(1, "java", 5, 5, 5)])
    (java,) = store.top_consumers("r1", 9)
    assert (java["rss_bytes"], java["pss_high_bytes"], java["pss_low_bytes"], java["pss_bytes"]) == (None, None, 75, 75)


def test_reading_a_store_that_is_not_there_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OperationalError, match="unable to open"):
        Store.open(str(tmp_path / "no ?store")).latest()
    assert list(tmp_path.iterdir()) == []
    assert Store.create(str(tmp_path / "no ?store")).count("r1") == {}


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        path = tmp_path / "x" / "y" / "store.sqlite"
        store = Store.create(str(path))
        store.begin({"id": "r", "collection_version": "1", "policies": []}, ["a"])
        with store._engine.begin() as connection:
            connection.exec_driver_sql("UPDATE runs SET expected = 5")
            modes = {name.name: stat.S_IMODE(name.stat().st_mode) for name in path.parent.iterdir()}
    finally:
        os.umask(old)
    assert modes == dict.fromkeys(("store.sqlite", "store.sqlite-wal", "store.sqlite-shm"), 0o600)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("x", "x/y")] == [0o700, 0o700]


def test_an_existing_store_is_tightened_and_kept(store: Store) -> None:
    path = url_of(store.url).database
    assert path
    os.chmod(path, 0o644)
    again = Store.create(store.url)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert again.run("r1")["id"] == "r1"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/a/b.sqlite", "sqlite:////a/b.sqlite"),
        ("b.sqlite", "sqlite:////base/b.sqlite"),
        ("../b #1?x=%41.sqlite", "sqlite:////b #1?x=%41.sqlite"),
        ("sqlite:///b.sqlite", "sqlite:////base/b.sqlite"),
        ("postgresql://u:p@h/db", "postgresql://u:p@h/db"),
    ],
)
def test_locations(location: str, expected: str) -> None:
    url = url_of(location, "/base")
    assert url.render_as_string(hide_password=False) == expected or url.database == expected.removeprefix("sqlite:///")


def test_a_store_that_is_asked_by_its_own_url_is_the_same(tmp_path: Path) -> None:
    store = Store.create(str(tmp_path / "odd #1?x=%41 name"))
    store.begin({"id": "r", "collection_version": "1", "policies": []}, [])
    assert Store.open(store.url).latest()["id"] == "r"


def child(write: Any) -> int:
    """Run ``write`` in a forked process; returns its pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        write()
        os._exit(0)
    except BaseException as error:
        os.write(2, repr(error).encode())
        os._exit(1)


def test_fifty_writers_at_once(tmp_path: Path) -> None:
    store = Store.create(str(tmp_path / "s"))
    hosts = [f"h{writer:02}-{number:02}" for writer in range(50) for number in range(20)]
    store.begin({"id": "r1", "collection_version": "1", "policies": []}, hosts)
    rows = [consumer(rank, f"c{rank}", rank, rank, rank) for rank in range(5)]

    def write(writer: int) -> None:
        mine = Store.open(store.url)
        for number in range(20):
            mine.write_host(audited(f"h{writer:02}-{number:02}"), [finding("x"), finding("y")], rows)

    pids = [child(lambda writer=writer: write(writer)) for writer in range(50)]
    assert [os.waitpid(pid, 0)[1] for pid in pids] == [0] * 50
    assert store.count("r1") == {"audited": 1000}
    assert [row["host"] for row in store.hosts("r1")] == hosts
    assert sum(1 for _finding in store.findings("r1")) == 2000
    assert store.top_consumers("r1", 1)[0]["hosts"] == 1000


def test_a_killed_writer_leaves_no_half_host(tmp_path: Path) -> None:
    store = Store.create(str(tmp_path / "s"))
    hosts = [f"h{number:03}" for number in range(300)]
    store.begin({"id": "r1", "collection_version": "1", "policies": []}, hosts)
    rules = [finding(f"rule{number}") for number in range(200)]

    def write() -> None:
        mine = Store.open(store.url)
        for host in hosts:
            mine.write_host(audited(host), rules, [consumer(1, "sh", 1, 1, 1)])

    for delay in (0.05, 0.15, 0.25):
        pid = child(write)
        time.sleep(delay)
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        done = {row["host"] for row in store.hosts("r1") if row["status"] == "audited"}
        found: dict[str, int] = {}
        for row in store.findings("r1"):
            found[row["host"]] = found.get(row["host"], 0) + 1
        assert found == dict.fromkeys(done, 200)
        assert len(list(store.hosts("r1"))) == 300
    store.write_host(audited("h299"), rules)  # the lock has not outlived its holder


def test_a_rehearsal_leaves_nothing_to_compile(store: Store) -> None:
    Store.rehearse()
    compiled = len(engine._COMPILED)
    store.write_host(audited("a", summary={}, reason=None), [finding("x")], [consumer(1, "sh", 5, 5, 5)])
    store.write_host({"run_id": "r1", "host": "b", "status": "failed", "reason": "x"})
    assert len(engine._COMPILED) == compiled


NEW_COLUMNS = {"runs": ["rejudges", "waivers"], "findings": ["location", "waiver"]}


@pytest.fixture
def older(store: Store) -> str:
    """The store as version 0.1 has made it, with a run and a finding."""
    store.write_host(audited("a"), [finding("x")])
    path = str(store._engine.url.database)
    with sqlite3.connect(path) as connection:
        for table, columns in NEW_COLUMNS.items():
            for column in columns:
                connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    connection.close()
    return path


def columns_of(path: str, table: str) -> list[str]:
    with sqlite3.connect(path) as connection:
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    connection.close()
    return names


def test_a_store_of_an_older_version_can_be_read_and_stays_as_it_is(older: str) -> None:
    store = Store.open(older)
    (row,) = store.findings("r1")
    assert (row["rule"], row["actual"], row["location"], row["waiver"]) == ("x", 7, None, None)
    assert (store.run("r1")["waivers"], store.latest()["id"]) == (None, "r1")
    assert [row["host"] for row in store.hosts("r1")] == list("abc")
    assert "waiver" not in columns_of(older, "findings")


def test_a_store_of_an_older_version_gets_the_new_columns_when_it_is_written_to(older: str) -> None:
    store = Store.create(older)
    for table, columns in NEW_COLUMNS.items():
        assert set(columns) <= set(columns_of(older, table))
    place, waiver = {"file": "/etc/x", "line": 3}, {"owner": "o"}
    store.write_host(audited("b"), [finding("x", "waived", location=place, waiver=waiver)])
    assert [(row["location"], row["waiver"]) for row in store.findings("r1")] == [(None, None), (place, waiver)]
    Store.create(older)  # and once more, when nothing is missing


def test_many_open_an_older_store_at_once(older: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _number: Store.create(older), range(8)))
    assert columns_of(older, "findings").count("waiver") == 1


def test_every_column_that_came_later_may_be_null() -> None:
    tables = {"runs": runs, "findings": findings}
    assert all(tables[table].c[column].nullable for table, columns in NEW_COLUMNS.items() for column in columns)
