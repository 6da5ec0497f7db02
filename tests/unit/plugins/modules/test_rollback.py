# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module rollback on hosts made by hand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, Optional

import pytest

pytest.importorskip("ansible.module_utils.testing")

from ansible.module_utils.testing import patch_module_args
from ansible_collections.fleet.memory.plugins.module_utils._change import live, record
from ansible_collections.fleet.memory.plugins.module_utils._change.transaction import Transaction
from ansible_collections.fleet.memory.plugins.modules import rollback

from tests.support.hand_made import hand_made

LIVE = "/proc/sys/vm/swappiness"
OWN = "/etc/a.d/90-fleet-memory.conf"


class Machine:
    """A host that run r1 has changed."""

    def __init__(self, root: Path, capsys: Any) -> None:
        self.root = root
        self._capsys = capsys
        hand_made(root, {LIVE: "60", "/proc/sys/kernel/random/boot_id": "b1\n", "/etc/old": "old\n"})
        with Transaction(str(root), "r1", lambda _command: (0, "", "")) as change:
            change.value(LIVE, "10")
            change.file(OWN, b"vm.swappiness = 10\n")
            change.file("/etc/old", b"new \xff\n")

    def run(self, run: str = "r1", check: bool = False, force: Optional[bool] = None) -> Dict[str, Any]:
        options: Dict[str, Any] = {"run": run, "_ansible_check_mode": check}
        if force is not None:
            options["force"] = force
        with patch_module_args(options), pytest.raises(SystemExit):
            rollback.main()
        return json.loads(self._capsys.readouterr().out)

    def files(self) -> Dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture(name="host")
def machine(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(rollback, "ROOT", str(tmp_path))
    return Machine(tmp_path, capsys)


def test_check_mode_says_what_a_real_run_does_and_does_nothing(host):
    before = host.files()
    predicted = host.run(check=True)
    assert host.files() == before
    assert predicted["changed"] and predicted["rolled_back"] == []
    assert predicted["msg"] == "run r1 would be taken back"
    done = host.run()
    assert done["msg"] == "run r1 was taken back"
    for key in ("changed", "changes", "diff", "conflicts", "found", "record", "state", "run"):
        assert predicted[key] == done[key], key
    assert {each["result"] for each in done["rolled_back"]} == {"restored"}
    owner = "owner %d:%d" % (os.geteuid(), os.getegid())
    mode = "%04o" % ((host.root / "etc/old").stat().st_mode & 0o7777)
    change = {"needs_restart": None}
    assert done["changes"] == [
        dict(change, setting=LIVE, scope="live", where=LIVE, **{"from": "10", "to": "60"}),
        dict(change, setting=OWN, scope="file", where=OWN, **{"from": "19 bytes, mode 0644, %s" % owner, "to": None}),
        dict(
            change,
            setting="/etc/old",
            scope="file",
            where="/etc/old",
            **{"from": "6 bytes, mode %s, %s" % (mode, owner), "to": "4 bytes, mode %s, %s" % (mode, owner)},
        ),
        dict(change, setting="/etc/a.d", scope="file", where="/etc/a.d", **{"from": "folder", "to": None}),
    ]
    assert [(each["before_header"], each["before"], each["after"]) for each in done["diff"]] == [
        (OWN, "vm.swappiness = 10\n", ""),
        ("/etc/old", "new \ufffd\n", "old\n"),
        ("live values", LIVE + " = 10\n", LIVE + " = 60\n"),
    ]
    assert (host.root / "etc/old").read_bytes() == b"old\n"
    assert (host.root / LIVE[1:]).read_text() == "60"
    assert sorted(os.listdir(str(host.root / "etc"))) == ["old"]


def test_the_second_time_nothing_changes(host):
    host.run()
    before = host.files()
    again = host.run()
    assert not again["changed"] and again["changes"] == [] and again["diff"] == []
    assert again["state"] == "rolled_back"
    assert again["msg"] == "run r1 was taken back before"
    assert host.files() == before


@pytest.mark.parametrize("boot", ["b1", "b2"])
def test_a_unit_that_a_boot_started_with_the_drop_in_keeps_it_until_a_restart(host, boot, warned):
    drop_in = "/etc/systemd/system/search.service.d/90-fleet-memory.conf"
    with Transaction(str(host.root), "r2", lambda _command: (0, "", "")) as change:
        change.file(drop_in, b"[Service]\nLimitNOFILE=9\n")
    (host.root / "proc/sys/kernel/random/boot_id").write_text(boot + "\n")
    (restored,) = [each for each in host.run("r2")["changes"] if each["where"] == drop_in]
    assert restored["needs_restart"] == (None if boot == "b1" else "search.service")
    assert any("search.service" in each for each in warned) is (boot == "b2")


def test_a_host_without_a_record_of_the_run(host):
    before = host.files()
    result = host.run("r2")
    assert result["msg"] == "this host has no record of run r2; nothing to take back"
    assert not result["changed"] and not result.get("failed") and result["found"] is False
    assert result["record"] is None and result["state"] is None
    assert host.files() == before


def test_a_host_that_the_collection_never_changed_gets_no_folder(tmp_path, host, monkeypatch):
    (tmp_path / "other").mkdir()
    monkeypatch.setattr(rollback, "ROOT", str(tmp_path / "other"))
    assert host.run("r1")["found"] is False
    assert os.listdir(str(tmp_path / "other")) == []


@pytest.mark.parametrize("check", [False, True])
def test_a_conflict_changes_nothing(host, check):
    (host.root / "etc/old").write_text("edited")
    before = host.files()
    result = host.run(check=check)
    assert result["failed"] and not result["changed"] and result["changes"] == []
    assert result["msg"] == "nothing was changed: /etc/old: changed since by somebody else"
    assert result["conflicts"] == [{"what": "/etc/old", "why": "changed since by somebody else", "later_runs": []}]
    assert result["found"] is True
    assert host.files() == before


def test_force_restores_all_the_same_and_says_so(host, warned):
    (host.root / "etc/old").write_text("edited")
    result = host.run(force=True)
    assert result["changed"] and not result.get("failed")
    assert "forced: /etc/old: changed since by somebody else" in "".join(warned)
    assert (host.root / "etc/old").read_text() == "old\n"


def test_a_later_run_that_changed_the_same_is_named(host):
    with Transaction(str(host.root), "r0", lambda _command: (0, "", "")) as change:
        change.file("/etc/old", b"newer")
    result = host.run()
    assert "/etc/old: changed since, by run r0, which has to be rolled back first" in result["msg"]
    assert result["conflicts"][0]["later_runs"] == ["r0"]


def test_a_failure_half_way_is_gone_on_with(host, monkeypatch):
    monkeypatch.setattr(live, "set_value", lambda place, text: None)
    result = host.run()
    assert result["failed"] and result["changed"]
    assert result["msg"].startswith("run r1 could not be taken back wholly: %s: " % LIVE)
    monkeypatch.undo()
    monkeypatch.setattr(rollback, "ROOT", str(host.root))
    result = host.run()
    assert result["changed"] and [each["setting"] for each in result["changes"]] == [LIVE]
    assert (host.root / LIVE[1:]).read_text() == "60"


def test_another_run_is_changing_the_host(host):
    with record.locked(str(host.root)):
        assert "another run of fleet.memory is changing this host now" in host.run()["msg"]
        assert host.run(check=True)["changed"]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"version": 1, "steps": [{"kind": "file"}]}'])
def test_a_spoilt_record(host, content):
    (host.root / "var/lib/fleet-memory/rollback/r1.json").write_bytes(content)
    result = host.run()
    assert result["failed"]
    assert result["msg"].startswith("nothing was changed: ")
    assert "r1.json" in result["msg"]


def test_what_is_no_id(host):
    assert "is no id" in host.run("../../etc/old")["msg"]
