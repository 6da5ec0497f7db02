# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rollback record and its lock."""

from __future__ import annotations

import json
import os
import stat

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._change import record


def step(path="/etc/a", **more):
    return dict({"kind": "file", "path": path, "before": None, "after": None}, **more)


def test_a_record_is_for_root_only_and_read_as_written(tmp_path):
    kept = record.Record(str(tmp_path), "r1", "b1")
    assert not kept.known
    kept.add(step("/etc/\udcff"))
    place = tmp_path / "var/lib/fleet-memory/rollback/r1.json"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    again = record.Record(str(tmp_path), "r1", "b2")
    assert again.known
    assert again.data["state"] == record.OPEN
    assert again.steps == [step("/etc/\udcff", boot_id="b1")]
    again.add(step())
    assert [each["boot_id"] for each in again.steps] == ["b1", "b2"]
    again.close(record.DONE)
    assert record.Record(str(tmp_path), "r1", "b2").data["state"] == record.DONE


def test_a_record_without_steps_is_not_kept(tmp_path):
    record.Record(str(tmp_path), "r1", "b1").close(record.DONE)
    assert os.listdir(str(tmp_path)) == []


@pytest.mark.parametrize("run", ["", "../x", "a/b", ".hidden", "a b", "a\n", "x" * 129, "ä"])
def test_what_is_no_id(tmp_path, run):
    with pytest.raises(record.RecordError, match="is no id"):
        record.Record(str(tmp_path), run, None)


def test_an_id_is_made_that_is_one(tmp_path):
    assert record.Record(str(tmp_path), record.new_run_id(), None).steps == []


def test_ids_of_one_moment_differ(monkeypatch):
    monkeypatch.setattr(record.time, "gmtime", lambda: (2026, 11, 4, 9, 15, 0, 2, 308, 0))
    made = {record.new_run_id() for _each in range(1000)}
    assert len(made) == 1000
    assert all(each.startswith("20261104T091500Z-") for each in made)


GOOD = {"version": 1, "run": "r", "boot_id": "b", "started_at": "", "finished_at": None, "state": "done", "steps": []}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b"[" * 100000,
        json.dumps(dict(GOOD, version=2)).encode(),
        json.dumps(dict(GOOD, steps={})).encode(),
        json.dumps(dict(GOOD, steps=[1])).encode(),
        json.dumps(dict(GOOD, steps=[{}])).encode(),
        json.dumps(dict(GOOD, steps=[{"kind": "file", "path": "/a"}])).encode(),
        json.dumps(dict(GOOD, steps=[{"kind": "limit", "before": [1, 2]}])).encode(),
        json.dumps({key: GOOD[key] for key in GOOD if key != "started_at"}).encode(),
    ],
)
def test_a_spoilt_record_is_named(tmp_path, content):
    place = tmp_path / "var/lib/fleet-memory/rollback/r.json"
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    with pytest.raises(record.RecordError, match=r"rollback/r\.json "):
        record.Record(str(tmp_path), "r", None)
    with pytest.raises(record.RecordError, match=r"rollback/r\.json "):
        record.all_records(str(tmp_path))


def test_only_one_changes_the_host(tmp_path):
    busy = pytest.raises(record.RecordError, match=r"another run of fleet\.memory is changing this host now")
    with record.locked(str(tmp_path)), busy, record.locked(str(tmp_path)):
        pass
    with record.locked(str(tmp_path)):
        pass


def test_the_lock_holder_removes_what_a_killed_run_left(tmp_path):
    folder = tmp_path / "var/lib/fleet-memory/rollback"
    folder.mkdir(parents=True)
    (folder / ".r1.json.fleet-memory-new").write_bytes(b"{")
    (folder / "r1.json").write_text(json.dumps(GOOD))
    with record.locked(str(tmp_path)):
        assert os.listdir(str(folder)) == ["r1.json"]


def value(before, after):
    return {"kind": "value", "path": "/proc/a", "pid": None, "starttime": None, "before": before, "after": after}


def test_the_original_value_is_the_one_before_the_first_run_that_counts(tmp_path):
    assert record.original_value(str(tmp_path), "/proc/a") is None
    for run, before, state in [("z", "1", record.ROLLED_BACK), ("y", "2", record.DONE), ("x", "3", record.DONE)]:
        kept = record.Record(str(tmp_path), run, None)
        kept.add(value(before, "9"))
        kept.close(state)
    assert record.original_value(str(tmp_path), "/proc/a") == "2"
    assert record.original_value(str(tmp_path), "/proc/b") is None


def test_later_runs(tmp_path):
    for run, state in [("c", record.DONE), ("b", record.DONE), ("a", record.DONE), ("d", record.ROLLED_BACK)]:
        kept = record.Record(str(tmp_path), run, None)
        kept.add(step())
        kept.close(state)
    record.Record(str(tmp_path), "0", None).add(step())
    assert [each["run"] for each in record.later_runs(str(tmp_path), "b")] == ["a", "0"]
    assert [each["run"] for each in record.later_runs(str(tmp_path), "0")] == []
