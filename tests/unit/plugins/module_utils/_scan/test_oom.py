# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the kernel's log, with programs and devices that misbehave; and the whole section."""

from __future__ import annotations

import errno
import json
import os
from functools import partial
from pathlib import Path
from typing import Any, Optional

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan import kernel_log, oom
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.kernel_log import read_kmsg
from ansible_collections.fleet.memory.plugins.module_utils._scan.kernel_log_copies import (
    other_logs,
    read_dmesg,
    read_journal,
)

from tests.support.trees import copy_of

FIXTURES = Path(__file__).resolve().parents[4] / "fixtures" / "kernel-log-6.18"
BOOT = "04eddd82-3503-4817-b346-63307a2c59a7"
BOOTED = 1795560539906000


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/kmsg").write_bytes((FIXTURES / "kmsg").read_bytes())
    return tmp_path


def unread(name: str, reason: str) -> dict[str, Any]:
    return {
        "source": name, "read": False, "reason": reason, "first_at": None, "last_at": None, "lost_lines": None,
    }  # fmt: skip


class TestKmsg:
    def test_read(self, ring: Path) -> None:
        log = read_kmsg(str(ring), BOOT, BOOTED)
        assert log.source == {
            "source": "kmsg", "read": True, "reason": None, "first_at": "2026-11-25T02:08:36Z",
            "last_at": "2026-11-25T02:08:37Z", "lost_lines": True,
        }  # fmt: skip
        assert {line.boot_id for line in log.lines} == {BOOT}
        assert log.lines[0].realtime == BOOTED + log.lines[0].microseconds

    def test_from_the_first_line_on(self, ring: Path) -> None:
        (ring / "dev/kmsg").write_bytes(b"5,0,0,-;Linux version\n")
        assert read_kmsg(str(ring), BOOT, BOOTED).source["lost_lines"] is False

    @pytest.mark.parametrize("content, reason", [(None, "unsupported"), (b"", "malformed"), (b"\xff\n", "malformed")])
    def test_unread(self, content: Optional[bytes], reason: str, ring: Path) -> None:
        (ring / "dev/kmsg").unlink()
        if content is not None:
            (ring / "dev/kmsg").write_bytes(content)
        assert read_kmsg(str(ring), BOOT, BOOTED) == (unread("kmsg", reason), [])

    @pytest.mark.parametrize("error, reason", [(errno.EPERM, "denied"), (errno.EINVAL, "unsupported")])
    def test_refused(self, error: int, reason: str, ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_arguments: Any, **_named: Any) -> int:
            raise OSError(error, os.strerror(error))

        monkeypatch.setattr(os, "open", refuse)
        assert read_kmsg(str(ring), BOOT, BOOTED).source == unread("kmsg", reason)

    def test_another_device_is_not_read(self, ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A link to a terminal, as in some containers: reading would steal what somebody types there."""
        (ring / "dev/kmsg").unlink()
        os.symlink("/dev/zero", ring / "dev/kmsg")
        left = self.answers(monkeypatch, b"6,0,1,-;a\n", b"")
        log = read_kmsg(str(ring), BOOT, BOOTED)
        monkeypatch.undo()
        assert (log.source, len(left)) == (unread("kmsg", "malformed"), 2)

    def test_a_fifo_does_not_hang(self, ring: Path) -> None:
        (ring / "dev/kmsg").unlink()
        os.mkfifo(ring / "dev/kmsg")
        assert read_kmsg(str(ring), BOOT, BOOTED).source == unread("kmsg", "malformed")

    def answers(self, monkeypatch: pytest.MonkeyPatch, *answers: Any) -> list[Any]:
        left = list(answers)

        def read(_descriptor: int, _size: int) -> bytes:
            answer = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(answer, int):
                raise OSError(answer, os.strerror(answer))
            return answer

        monkeypatch.setattr(kernel_log.os, "read", read)
        return left

    def test_overwritten_while_it_is_read(self, ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers(monkeypatch, b"6,0,1,-;a\n", errno.EPIPE, b"6,9,2,-;b\n", errno.EAGAIN)
        log = read_kmsg(str(ring), BOOT, BOOTED)
        monkeypatch.undo()
        assert log.source["lost_lines"] is True
        assert [line.message for line in log.lines] == [b"a", b"b"]

    def test_a_log_without_end(self, ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kernel_log, "_ENOUGH", 1000)
        self.answers(monkeypatch, b"6,0,1,-;a\n")
        log = read_kmsg(str(ring), BOOT, BOOTED)
        monkeypatch.undo()
        assert len(log.lines) == 100

    def test_an_error_in_the_midst(self, ring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers(monkeypatch, b"6,0,1,-;a\n", errno.EACCES)
        log = read_kmsg(str(ring), BOOT, BOOTED)
        monkeypatch.undo()
        assert log.source == unread("kmsg", "denied")


def program(*results: Any) -> Any:
    left = list(results)

    def run(*command: str) -> Any:
        run.commands.append(command)  # type: ignore[attr-defined]
        return left.pop(0)

    run.commands = []  # type: ignore[attr-defined]
    return run


JOURNAL = (FIXTURES / "journal").read_bytes()


class TestJournal:
    def test_read_though_it_comes_newest_first(self) -> None:
        log = read_journal(program((0, JOURNAL, b"")))
        assert log.source == {
            "source": "journal", "read": True, "reason": None, "first_at": "2026-11-25T02:08:37Z",
            "last_at": "2026-11-25T02:08:37Z", "lost_lines": None,
        }  # fmt: skip
        assert len(log.lines) == 12
        assert log.lines[0].message.startswith(b"python invoked oom-killer")

    def test_no_match(self) -> None:
        log = read_journal(program((1, b"-- No entries --\n", b""), (0, JOURNAL, b"")))
        assert (log.source["read"], log.source["first_at"], log.lines) == (True, None, [])

    def test_an_old_journalctl(self) -> None:
        run = program((1, b"", b"journalctl: unrecognized option '--output-fields'"), (0, JOURNAL, b""))
        assert len(read_journal(run).lines) == 12
        assert not [word for word in run.commands[1] if word.startswith(("--grep", "--output-fields"))]

    @pytest.mark.parametrize(
        "results, reason",
        [
            ([None], "unsupported"),
            ([(124, b"", b"")], "skipped_budget"),
            ([(0, b"", b"No journal files were found.\n")], "unsupported"),
            ([(0, b"", b"No journal files were opened due to insufficient permissions.\n")], "denied"),
            ([(0, JOURNAL, b"Hint: You are currently not seeing messages from other users and the system.")], "denied"),
            ([(1, b"", b"Failed to open files\n"), (1, b"", b"Failed to open files\n")], "unsupported"),
            ([(127, b"", b"x"), (127, b"", b"x")], "unsupported"),
            # A container's journal, which has no kernel lines at all.
            ([(1, b"-- No entries --\n", b""), (1, b"-- No entries --\n", b"")], "unsupported"),
        ],
    )
    def test_unread(self, results: Any, reason: str) -> None:
        assert read_journal(program(*results)) == (unread("journal", reason), [])


class TestDmesg:
    def test_read(self) -> None:
        log = read_dmesg(program((0, (FIXTURES / "dmesg").read_bytes(), b"")), BOOT, BOOTED)
        assert (log.source["first_at"], log.source["lost_lines"]) == ("2026-11-25T02:08:36Z", None)

    @pytest.mark.parametrize(
        "result, reason",
        [
            (None, "unsupported"),
            ((1, b"", b"dmesg: read kernel buffer failed: Operation not permitted\n"), "denied"),
            ((1, b"", b"dmesg: klogctl: Function not implemented"), "unsupported"),
            ((124, b"", b""), "skipped_budget"),
            ((0, b"", b""), "malformed"),
        ],
    )
    def test_unread(self, result: Any, reason: str) -> None:
        assert read_dmesg(program(result), BOOT, BOOTED) == (unread("dmesg", reason), [])


def test_dmesg_is_asked_only_where_there_is_no_ring(ring: Path) -> None:
    logs = other_logs(program((0, JOURNAL, b"")), read_kmsg(str(ring), BOOT, BOOTED), BOOT, BOOTED)
    assert [log.source["source"] for log in logs] == ["journal"]
    (ring / "dev/kmsg").unlink()
    run = program((0, JOURNAL, b""), (0, (FIXTURES / "dmesg").read_bytes(), b""))
    logs = other_logs(run, read_kmsg(str(ring), BOOT, BOOTED), BOOT, BOOTED)
    assert [log.source["source"] for log in logs] == ["journal", "dmesg"]


TREES = ["linux-6.18-vm", "linux-6.12-debian-13", "linux-5.10-debian-11", "linux-6.1-uml"]


@pytest.mark.parametrize("tree", TREES)
def test_hosts_without_a_log(tree: str, tmp_path: Path) -> None:
    pytest.importorskip("yaml")
    from tests.support.return_doc import assert_documented

    result = oom.scan_oom(Files(str(copy_of(tree, tmp_path))))
    assert_documented(result, "oom_info")
    assert result["sources"] == [unread("kmsg", "unsupported")]
    assert result["kills"] == [] and result["counts"]["kills_logged_this_boot"] is None
    assert json.loads(json.dumps(result)) == result


@pytest.fixture
def host(tmp_path: Path) -> Path:
    root = copy_of("linux-6.12-debian-13", tmp_path)
    (root / "dev").mkdir()
    (root / "dev/kmsg").write_bytes((FIXTURES / "kmsg").read_bytes())
    vmstat = root / "proc/vmstat"
    lines = [line for line in vmstat.read_bytes().splitlines() if not line.startswith(b"oom_kill ")]
    vmstat.write_bytes(b"\n".join([*lines, b"oom_kill 5", b""]))
    (root / "proc/sys/kernel/random/boot_id").write_bytes(BOOT.encode() + b"\n")
    return root


def test_the_whole(host: Path) -> None:
    pytest.importorskip("yaml")
    from tests.support.return_doc import assert_documented

    result = oom.scan_oom(Files(str(host)), partial(other_logs, program((0, JOURNAL, b""))))
    assert_documented(result, "oom_info")
    assert [(kill["pid"], kill["source"]) for kill in result["kills"]][-3:] == [
        (9734, "kmsg"), (9735, "kmsg"), (9783, "kmsg"),
    ]  # fmt: skip
    assert result["counts"]["kills_logged_this_boot"] == 4
    assert result["counts"]["missing_from_log"] == 1
    assert "overwritten" in result["counts"]["explanation"]
    # The capture has a service that was killed at its cgroup's limit.
    assert result["cgroup_events"] and all(entry["version"] == "v2" for entry in result["cgroup_events"])
    assert [victim["oom_score"] for victim in result["next_victims"]] == sorted(
        (victim["oom_score"] for victim in result["next_victims"]), reverse=True
    )
    assert result["next_victim_is_largest"] in (True, False)
    assert not [path for path in result["unread"] if path.startswith("/proc/sys")]


def test_only_the_newest_kills_are_told(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oom, "NEWEST", 2)
    result = oom.scan_oom(Files(str(host)))
    assert ([kill["pid"] for kill in result["kills"]], result["kills_left_out"]) == ([9735, 9783], 1)
    assert result["counts"]["kills_logged_this_boot"] == 3


def test_a_score_that_is_denied_is_said(host: Path) -> None:
    scores = sorted(host.glob("proc/[0-9]*/oom_score"))
    for path in scores:
        path.write_bytes(b"x")
    result = oom.scan_oom(Files(str(host)))
    assert result["next_victims"] == [] and result["next_victim_is_largest"] is None
    assert set(result["unread"].values()) == {"malformed"}
    assert len(result["unread"]) >= 3


def test_the_count_is_read_before_the_log(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    files = Files(str(host))
    real = files.read
    monkeypatch.setattr(files, "read", lambda path: seen.append(path) or real(path))
    monkeypatch.setattr(kernel_log, "_records", lambda path: seen.append("kmsg") or (b"6,0,0,-;x\n", False))
    oom.scan_oom(files)
    assert seen.index("/proc/vmstat") < seen.index("kmsg")
