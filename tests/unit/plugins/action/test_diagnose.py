# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.fleet.memory.plugins.action import diagnose as action
from ansible_collections.fleet.memory.plugins.plugin_utils._bundle.bundle import bundle

from tests.support.return_doc import assert_documented
from tests.support.screen import Screen

HOSTILE = "{{ 7*7 }}\x1b]0;\n<b>"


def snapshot(anon_bytes: int, uptime: float, paging: Any = None, boot: str = "b") -> dict[str, Any]:
    process = {
        "pid": 7,
        "start_ticks": 500,
        "command": HOSTILE,
        "rss_bytes": anon_bytes,
        "rss_anon_bytes": anon_bytes,
        "peak_rss_bytes": anon_bytes,
        "swap_bytes": 0,
    }
    document: dict[str, Any] = {
        "schema_version": "1.1",
        "memory": {"boot_id": boot, "uptime_seconds": uptime, "available_percent": 50.0, "available_bytes": 1 << 30},
        "processes": {"coverage": {"complete": True, "hidepid": False}},
        "limits": {},
        "paging": paging,
    }
    streams = b"".join(zlib.compress(json.dumps(piece).encode()) for piece in (document, [process]))
    return {"snapshot_zlib": base64.b64encode(streams).decode()}


RATES = {name: {"mean": 5.0} for name in ("major_faults_per_second", "minor_faults_per_second")}
FIRST = snapshot(1 << 20, 100.0, {"rates": RATES, "pressure": {"some_percent": {"mean": 0.0}}})
SECOND = snapshot(6 << 20, 105.0)


def with_list(stream: bytes) -> dict[str, Any]:
    """A snapshot with something else in place of its list of processes."""
    document = zlib.compress(json.dumps({"schema_version": "1.1", "processes": {}}).encode())
    return {"snapshot_zlib": base64.b64encode(document + stream).decode()}


NO_LIST, CUT_LIST = with_list(b"nonsense"), with_list(zlib.compress(b"[]")[:-3])


class Host:
    """A host that gives one answer after the other; the action's result, and what was shown and asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.screen = Screen()
        self.asked: list[dict[str, Any]] = []
        self.interpreters: list[Any] = []

    def run(
        self, *answers: Any, check_mode: bool = False, name: str = "web1", transport: str = "ssh", **arguments: Any
    ) -> dict[str, Any]:
        left = list(answers)
        plugin = action.ActionModule(
            SimpleNamespace(
                args={"report_dir": str(self.folder), **arguments}, async_val=0, check_mode=check_mode, diff=False
            ),
            SimpleNamespace(_shell=SimpleNamespace(tmpdir="/nowhere"), transport=transport),
            None,
            None,
            SimpleNamespace(template=lambda value: value),
            None,
        )

        def execute(**call: Any) -> Any:
            assert call["module_name"] == "fleet.memory.snapshot"
            self.asked.append({key: value for key, value in call["module_args"].items() if key != "bundle"})
            assert call["module_args"]["bundle"] == bundle(True)
            self.interpreters.append(call["task_vars"].get("ansible_python_interpreter"))
            answer = left.pop(0)
            if isinstance(answer, BaseException):
                raise answer
            return answer

        plugin._execute_module = execute
        plugin._display = self.screen
        result = plugin.run(task_vars={"inventory_hostname": name})
        assert_documented(result, "diagnose")
        assert not left and result["changed"] is False
        return result

    def written(self, name: str = "web1") -> dict[str, Any]:
        return json.loads((self.folder / "diagnose" / f"{name}.json").read_text())


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / "reports")


def by_name(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["row"]: row for row in rows}


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_leak_is_found_told_and_kept(host: Host, check_mode: bool) -> None:
    result = host.run(FIRST, SECOND, check_mode=check_mode)
    assert result["seconds"] == 5.0
    leak = by_name(result["rows"])["leak"]
    assert leak["applies"] is True and leak["figures"]["leaking"][0]["grown_bytes_per_second"] == 1 << 20
    assert host.written()["rows"] == result["rows"]
    assert host.written()["host"] == "web1" and host.written()["growth"]["processes"][0]["command"] == HOSTILE
    assert "pid 7" in host.screen.screen and result["path"] in host.screen.screen
    assert "\\x1b]0;\\x0a<b>, pid 7" in host.screen.log and "\x1b" not in host.screen.log


def test_paging_is_that_of_the_time_between(host: Host) -> None:
    rows = by_name(host.run(FIRST, SECOND, seconds=2.5)["rows"])
    assert rows["slow"]["applies"] is False and rows["slow"]["figures"]["major_faults_per_second"] == 5.0
    assert host.asked == [{"packed": True, "paging_ms": 2500}, {"packed": True, "paging_ms": 0}]


def test_files_are_private(host: Host) -> None:
    path = Path(host.run(FIRST, SECOND)["path"])
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_reboot_in_between_is_unknown_with_its_reason(host: Host) -> None:
    result = host.run(FIRST, snapshot(9 << 20, 3.0, boot="c"))
    leak = by_name(result["rows"])["leak"]
    assert (result["seconds"], leak["applies"]) == (None, None)
    assert "started again between the two snapshots" in leak["reason"]
    assert "Unknown: Leak: " in host.screen.log


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        ([AnsibleConnectionFailure("refused")], AnsibleConnectionFailure, "refused"),
        ([{"unreachable": True, "msg": "gone"}], AnsibleConnectionFailure, "gone"),
        ([FIRST, {"unreachable": True, "msg": "gone"}], AnsibleConnectionFailure, "gone"),
        ([{"failed": True, "msg": "No.", "module_stderr": "sh: no python"}], AnsibleActionFail, "No: sh: no python"),
        ([FIRST, {}], AnsibleActionFail, "did not say why"),
        ([{"snapshot_zlib": "!"}], AnsibleActionFail, "can't be unpacked"),
        ([FIRST, {"snapshot_zlib": "AAAA"}], AnsibleActionFail, "can't be unpacked"),
        ([FIRST, NO_LIST], AnsibleActionFail, "list of processes can't be unpacked"),
        ([FIRST, CUT_LIST], AnsibleActionFail, "cut off"),
    ],
)
def test_a_host_that_cannot_be_diagnosed(host: Host, answers: list[Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        host.run(*answers)
    assert not host.folder.exists() and not host.screen.log


@pytest.mark.parametrize("seconds", [0, 0.5, -1, "nan", "inf"])
def test_too_short_a_time(host: Host, seconds: Any) -> None:
    with pytest.raises(AnsibleActionFail, match="seconds: expected 1 or more"):
        host.run(seconds=seconds)
    assert not host.asked


@pytest.mark.parametrize("name", ["..", "a/b", "", "a\0b"])
def test_a_name_that_cannot_be_that_of_a_file(host: Host, name: str) -> None:
    with pytest.raises(AnsibleActionFail, match="can't be the name of a file"):
        host.run(name=name)
    assert not host.asked


def test_a_folder_that_cannot_be_written(host: Host) -> None:
    host.folder.write_text("a file")
    with pytest.raises(AnsibleActionFail, match="can't be written below"):
        host.run(FIRST, SECOND)


def test_this_machine_is_asked_by_the_python_that_ansible_runs_on(host: Host) -> None:
    host.run(FIRST, SECOND, transport="local")
    host.run(FIRST, SECOND)
    assert host.interpreters == [sys.executable, sys.executable, None, None]


@pytest.mark.parametrize("section", ["memory", "processes", "limits", "paging"])
@pytest.mark.parametrize("forged", [None, 7, "x", [], {}, [{"a": 1}]])
def test_a_forged_snapshot_breaks_nothing(host: Host, section: str, forged: Any) -> None:
    def spoiled(answer: dict[str, Any]) -> dict[str, Any]:
        stream = zlib.decompressobj()
        document = json.loads(stream.decompress(base64.b64decode(answer["snapshot_zlib"])))
        pieces = zlib.compress(json.dumps({**document, section: forged}).encode()) + stream.unused_data
        return {"snapshot_zlib": base64.b64encode(pieces).decode()}

    rows = host.run(spoiled(FIRST), spoiled(SECOND))["rows"]
    assert len(rows) == 10 and all(row["applies"] is not None or row["reason"] for row in rows)


def test_without_the_libraries_it_says_what_to_install(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(action, "MISSING", ["jmespath>=1.0"])
    with pytest.raises(AnsibleActionFail, match=r"jmespath>=1\.0"):
        host.run()
