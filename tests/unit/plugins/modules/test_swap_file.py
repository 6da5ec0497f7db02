# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module swap_file on hosts made by hand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Callable, Optional

import pytest

pytest.importorskip("ansible.module_utils.testing")

from ansible.module_utils.testing import patch_module_args
from ansible_collections.fleet.memory.plugins.module_utils._change import outlook, record, swap_calls, undo
from ansible_collections.fleet.memory.plugins.modules import rollback, swap_file

from tests.support.swap_host import FSTAB, MIB, PAGE, ROOT_FS, SwapHost

SWAP = "/swapfile"
BESIDE = "/.swapfile.fleet-memory-new"
LINE = b"/swapfile none swap sw 0 0\n"
OWNER = "%d:%d" % (os.geteuid(), os.getegid())


class Machine(SwapHost):
    """``run`` runs the module on it, ``take_back`` the module rollback."""

    capsys: Any

    def run(self, check: bool = False, module: Any = swap_file, **options: Any) -> dict[str, Any]:
        with patch_module_args(dict(options, _ansible_check_mode=check)), pytest.raises(SystemExit):
            module.main()
        return json.loads(self.capsys.readouterr().out)

    def set(self, size: Any = "1M", **options: Any) -> dict[str, Any]:
        """Where there is only what the test has made, the disk of this machine doesn't matter."""
        return self.run(size=size, force=options.pop("force", True), **options)

    def take_back(self, run: str, **options: Any) -> dict[str, Any]:
        return self.run(module=rollback, run=run, **options)

    def tree(self) -> dict[str, tuple[bytes, int]]:
        """All but the rollback records."""
        return {
            str(path): (path.read_bytes(), path.stat().st_mode)
            for path in self.root.rglob("*")
            if path.is_file() and "fleet-memory/rollback" not in str(path)
        }


Make = Callable[..., Machine]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Make:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)

    def make(files: Optional[dict[str, str]] = None) -> Machine:
        made = Machine(tmp_path, files)
        made.capsys = capsys
        monkeypatch.setattr(swap_calls, "swap_on", made.swap_on)
        monkeypatch.setattr(swap_calls, "swap_off", made.swap_off)
        for module in (swap_file, rollback):
            monkeypatch.setattr(module, "ROOT", str(tmp_path))
            monkeypatch.setattr(
                module.AnsibleModule, "run_command", lambda _module, words, **_options: made.command(words)
            )
        return made

    return make


def told(result: dict[str, Any]) -> dict[str, tuple[Optional[str], Optional[str]]]:
    return {each["setting"]: (each["from"], each["to"]) for each in result["changes"]}


def test_a_new_swap_file_now_and_after_the_next_boot(machine: Make) -> None:
    host = machine()
    result = host.set(run="r1")
    assert (result["changed"], result["not_applicable"], result["run"]) == (True, None, "r1")
    assert host.area(SWAP) == "file %d 0 -2" % (1024 - PAGE // 1024)
    assert host.read(FSTAB) == ROOT_FS.encode() + LINE
    assert host.commands == ["mkswap " + BESIDE, "swapon " + SWAP]
    assert os.stat(host.place(SWAP)).st_mode & 0o7777 == 0o600
    assert os.stat(host.place(SWAP)).st_blocks * 512 >= MIB
    assert told(result) == {
        "swap.size_bytes": (None, "1048576"),
        "swap.mode": (None, "0600"),
        "swap.owner": (None, OWNER),
        "swap.active": (None, "true"),
        "swap.priority": (None, "auto"),
        "swap.fstab": (None, LINE.decode().strip()),
    }
    assert {each["scope"] for each in result["changes"]} == {"swap", "boot"}
    assert {each["where"] for each in result["changes"]} == {SWAP, FSTAB}
    assert os.path.exists(str(host.root) + result["record"])


def test_a_second_run_changes_nothing(machine: Make) -> None:
    host = machine()
    host.set(priority=7)
    before, commands = host.tree(), list(host.commands)
    inode = os.stat(host.place(SWAP)).st_ino
    for again in (host.set(priority=7), host.set(1048576), host.set(str(MIB + PAGE - 1), force=False)):
        assert (again["changed"], again["changes"], again["diff"], again["record"]) == (False, [], [], None)
    assert (host.tree(), host.commands) == (before, commands)
    assert os.stat(host.place(SWAP)).st_ino == inode


Change = Callable[[Machine], Any]
DRIFTS: dict[str, tuple[Change, dict[str, Any], set[str]]] = {
    "turned off": (lambda host: host.swap_off(str(host.place(SWAP))), {}, {"swap.active", "swap.priority"}),
    "another priority": (lambda host: None, {"priority": 9}, {"swap.priority", "swap.fstab"}),
    "readable": (lambda host: os.chmod(host.place(SWAP), 0o644), {}, {"swap.mode"}),
    "not at boot": (lambda host: host.place(FSTAB).write_text(ROOT_FS), {}, {"swap.fstab"}),
    "no fstab": (lambda host: host.place(FSTAB).unlink(), {}, {"swap.fstab"}),
    "twice at boot": (lambda host: host.place(FSTAB).write_bytes(LINE * 2), {}, {"swap.fstab"}),
    "larger": (lambda host: None, {"size": "3M"}, {"swap.size_bytes"}),
    "smaller": (lambda host: None, {"size": "1M"}, {"swap.size_bytes"}),
    "left over": (lambda host: host.place(BESIDE).write_bytes(bytes(9000)), {}, {"swap.leftover"}),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_what_drifted_is_put_right_alone_as_check_mode_said(machine: Make, name: str) -> None:
    drift, options, settings = DRIFTS[name]
    host = machine()
    host.set("2M", run="first")
    drift(host)
    options = {"size": "2M", **options}
    before = host.tree()
    records = sorted(os.listdir(host.place("/var/lib/fleet-memory/rollback")))
    foreseen = host.set(check=True, **options)
    assert host.tree() == before
    assert sorted(os.listdir(host.place("/var/lib/fleet-memory/rollback"))) == records
    inode = os.stat(host.place(SWAP)).st_ino
    done = host.set(run="r2", **options)
    assert [foreseen[key] for key in ("changed", "changes", "diff")] == [
        done[key] for key in ("changed", "changes", "diff")
    ]
    assert set(told(done)) == settings and done["diff"]
    assert (os.stat(host.place(SWAP)).st_ino == inode) == ("swap.size_bytes" not in settings)
    assert host.set(**options)["changed"] is False
    if name == "left over":
        return
    assert host.take_back("r2")["changed"]
    assert {path: mode for path, (_data, mode) in host.tree().items()} == {
        path: mode for path, (_data, mode) in before.items()
    }
    assert (host.area(SWAP) is None) == (name == "turned off")
    assert host.place(FSTAB).exists() == (name != "no fstab")
    if name != "no fstab":
        assert host.read(FSTAB) == before[str(host.place(FSTAB))][0]
    assert len(host.read(SWAP)) == 2 * MIB


def test_holes_and_a_header_for_less_are_made_whole(machine: Make) -> None:
    for spoil in (lambda place: os.truncate(place, 4 * MIB), lambda place: os.truncate(place, 2 * MIB)):
        host = machine()
        host.make(SWAP, MIB, on=False)
        spoil(host.place(SWAP))
        size = os.path.getsize(host.place(SWAP))
        result = host.set(size)
        assert told(result)["swap.whole"] == ("false", "true")
        assert os.stat(host.place(SWAP)).st_blocks * 512 >= size
        assert host.set(size)["changed"] is False
        host.run(state="absent")


def test_the_size_changes_while_memory_is_swapped_out(machine: Make) -> None:
    host = machine()
    host.set("2M", priority=3)
    host.use(SWAP, 1000)
    host.commands.clear()
    assert host.set("4M")["changed"]
    # The new one is complete before the old is turned off.
    assert host.commands == ["mkswap " + BESIDE, "swapoff " + SWAP, "swapon -p 3 " + SWAP]
    assert host.area(SWAP) == "file %d 0 3" % (4096 - PAGE // 1024)
    assert host.read(FSTAB).count(b"pri=3") == 1


def test_gone_without_a_trace(machine: Make) -> None:
    host = machine()
    before = host.tree()
    host.set("2M")
    host.place(BESIDE).write_bytes(b"half")
    foreseen = host.run(check=True, state="absent")
    result = host.run(state="absent", run="r2")
    assert (foreseen["changes"], foreseen["diff"]) == (result["changes"], result["diff"])
    assert told(result)["swap.size_bytes"] == ("2097152", None)
    assert told(result)["swap.leftover"] == ("4096", None)
    assert host.tree() == before
    assert host.run(state="absent")["changed"] is False


def test_the_line_of_fstab_goes_before_the_file_and_comes_after_it(machine: Make) -> None:
    host = machine({"/run/systemd/system/x": ""})
    host.set()
    assert host.commands[-1] == "systemctl --no-ask-password daemon-reload"
    host.commands.clear()
    host.run(state="absent")
    assert [each.split()[0] for each in host.commands] == ["systemctl", "swapoff"]
    host.commands.clear()
    host.take_back(str(host.set(run="r2")["run"]))
    # systemd makes units of fstab's lines.
    assert [each.split()[0] for each in host.commands][-2:] == ["swapoff", "systemctl"]


def test_a_removed_file_is_made_again_by_rollback(machine: Make) -> None:
    host = machine()
    host.make(SWAP, 3 * MIB, priority=12)
    os.chmod(host.place(SWAP), 0o640)
    host.place(FSTAB).write_bytes(b"/swapfile none swap pri=12" + b"\t0 0")
    before = host.tree()
    host.run(state="absent", run="r1")
    assert not host.place(SWAP).exists() and host.areas() == {}
    foreseen = host.take_back("r1", check=True)
    back = host.take_back("r1")
    assert foreseen["changes"] == back["changes"]
    assert [(each["setting"], each["scope"], each["from"], each["to"]) for each in back["changes"]] == [
        (FSTAB, "file", *("%d bytes, mode 0644, owner %s" % (size, OWNER) for size in (0, 30))),
        (SWAP, "swap", None, "3145728 bytes, mode 0640, owner %s, on, priority 12" % OWNER),
    ]
    assert host.tree() == before
    assert host.area(SWAP) == "file %d 0 12" % (3072 - PAGE // 1024)


def test_an_added_file_goes_by_rollback(machine: Make) -> None:
    host = machine()
    before = host.tree()
    host.set(run="r1")
    assert outlook.conflicts(record.Record(str(host.root), "r1", "b1"), str(host.root)) == []
    host.take_back("r1")
    assert host.tree() == before


def test_rollback_without_room_is_a_conflict_with_figures(machine: Make, warned: list[str]) -> None:
    host = machine({"/proc/meminfo": "MemTotal: 4096000 kB\nMemAvailable: 66000 kB\n"})
    host.set("2M", run="r1")
    host.use(SWAP, 1000)
    refused = host.take_back("r1")
    assert refused["failed"] and "turning off /swapfile moves 0 MiB into memory, of which 64 MiB" in refused["msg"]
    assert host.area(SWAP) is not None and LINE in host.read(FSTAB)
    assert host.take_back("r1", force=True)["changed"]
    assert host.areas() == {} and not host.place(SWAP).exists()


def test_without_room_a_run_is_not_taken_back_wholly(machine: Make) -> None:
    host = machine({"/proc/meminfo": "MemTotal: 4096000 kB\nMemAvailable: 66000 kB\n"})
    host.set("2M", run="r1")
    host.use(SWAP, 1000)
    undone = undo.undo(record.Record(str(host.root), "r1", "b1"), str(host.root), host.command)
    assert [(each["what"], each["result"]) for each in undone] == [(FSTAB, undo.RESTORED), (SWAP, undo.FAILED)]
    assert host.area(SWAP) and record.Record(str(host.root), "r1", "b1").data["state"] == record.DONE


def test_rollback_tells_what_others_did_since(machine: Make) -> None:
    host = machine()
    host.set(run="r1")
    host.swap_off(str(host.place(SWAP)))
    os.unlink(host.place(SWAP))
    host.make(SWAP, 5 * MIB)
    assert "/swapfile: changed since by somebody else" in host.take_back("r1")["msg"]
    host.swap_off(str(host.place(SWAP)))
    host.place(SWAP).write_bytes(b"a diary")
    assert host.take_back("r1")["failed"]
    forced = host.take_back("r1", force=True)
    assert forced["failed"] and host.read(SWAP) == b"a diary"


def test_a_later_run_is_named(machine: Make) -> None:
    host = machine()
    host.set(run="r1")
    host.set("2M", run="r2")
    assert "by run r2" in host.take_back("r1")["msg"]
    host.take_back("r2")
    assert len(host.read(SWAP)) == MIB
    host.take_back("r1")
    assert not host.place(SWAP).exists()


def symlink(host: Machine) -> None:
    os.symlink("etc/fstab", host.place(SWAP))


def hard_link(host: Machine) -> None:
    host.make(SWAP, MIB, on=False)
    os.link(host.place(SWAP), host.place("/other"))


@pytest.mark.parametrize(
    ("spoil", "options", "said"),
    [
        (lambda host: host.place(SWAP).write_bytes(b"a diary"), {}, "/swapfile is a file that is no swap file"),
        (lambda host: host.place(SWAP).write_bytes(b""), {}, "a file that is no swap file"),
        (lambda host: host.place(SWAP).write_bytes(b"a diary"), {"state": "absent"}, "a file that is no swap file"),
        (lambda host: host.place(SWAP).mkdir(), {}, "/swapfile is a folder"),
        (symlink, {}, "is a symbolic link"),
        (symlink, {"state": "absent"}, "is a symbolic link"),
        (hard_link, {"size": "2M"}, "has 2 names (hard links)"),
        (lambda host: os.mkfifo(host.place(SWAP)), {}, "is a FIFO"),
        (lambda host: None, {"path": "/no/such/s"}, "there is no folder /no/such"),
        (lambda host: None, {"path": "/etc/fstab/s"}, "there is no folder /etc/fstab"),
        (lambda host: None, {"size": "1023K"}, "from 1048576 bytes (1 MiB)"),
        (lambda host: None, {"size": "16T"}, "from 1048576 bytes (1 MiB)"),
        (lambda host: None, {"size": "15T"}, "are free on the file system"),
        (lambda host: os.chmod(host.root, 0o777), {}, "everybody may replace files in / (mode 0777)"),
        (lambda host: host.place("/usr/sbin/mkswap").unlink(), {}, "mkswap is not installed"),
        (lambda host: host.place("/proc/self/mountinfo").write_text("20 1 8:1 / / rw - zfs x rw\n"), {}, "on zfs"),
    ],
)  # fmt: skip
def test_refused_even_by_force_and_nothing_written(
    machine: Make, spoil: Change, options: dict[str, Any], said: str
) -> None:
    host = machine()
    spoil(host)
    names, before = sorted(host.root.rglob("*")), {**host.tree()} if said != "is a FIFO" else {}
    refused = host.run(**{"size": "1M", "force": True, **options})
    assert refused["failed"] and said in refused["msg"], refused["msg"]
    assert not refused["refused"][0]["forcible"]
    assert sorted(host.root.rglob("*")) == names and host.commands == []
    assert not before or host.tree() == before


@pytest.mark.parametrize("case", ["disk", "room", "file system"])
def test_refused_with_figures_unless_forced(
    machine: Make, warned: list[str], monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    host = machine({"/proc/meminfo": "MemTotal: 4096000 kB\nMemAvailable: 60000 kB\nCommitted_AS: 1 kB\n"})
    options: dict[str, Any] = {"size": "2M"}
    space = os.statvfs(host.root)
    free = 1 << 34

    def statvfs(_place: str) -> Any:
        return os.statvfs_result((4096, 4096, 1 << 26, free // 4096, free // 4096, *tuple(space)[5:]))

    if case == "disk":
        free = 13 * 2**30
    elif case == "room":
        host.make(SWAP, MIB)
        host.use(SWAP, 900)
    else:
        host.place("/proc/self/mountinfo").write_text("20 1 8:1 / / rw - odd /dev/x rw\n")
    monkeypatch.setattr(os, "statvfs", statvfs)
    if case == "disk":
        free = (1 << 26) * 4096 // 20 - 1
    before = host.tree()
    refused = host.run(**options)
    assert refused["failed"] and refused["refused"][0]["forcible"], refused
    assert len(refused["refused"]) == 1
    assert host.tree() == before
    assert host.run(force=True, **options)["changed"]
    assert any(each.startswith("forced: ") for each in warned)


def test_what_a_killed_run_left_counts_as_room_on_the_disk(machine: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    host = machine()
    host.place(BESIDE).write_bytes(bytes(2 * MIB))
    space = os.statvfs(host.root)
    free = (2**30 + MIB) // 4096
    full = os.statvfs_result((4096, 4096, 1 << 22, free, free, *tuple(space)[5:]))
    monkeypatch.setattr(os, "statvfs", lambda _place: full)
    assert "1025 MiB are free" not in host.set("4M", force=False)["msg"]
    assert host.set("3M", force=False)["changed"]


def test_swap_that_is_promised_is_not_turned_off(machine: Make) -> None:
    meminfo = "MemTotal: 4096000 kB\nMemAvailable: 2048000 kB\nCommitted_AS: 999999 kB\nCommitLimit: 1000000 kB\n"
    host = machine({"/proc/meminfo": meminfo, "/proc/sys/vm/overcommit_memory": "2\n"})
    host.make(SWAP, MIB)
    assert "vm.overcommit_memory is 2" in host.run(state="absent", force=True)["msg"]


def test_a_python_without_ctypes_is_told(machine: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap_calls, "ctypes", None)
    host = machine()
    assert "no ctypes" in host.set()["msg"]
    host.make(SWAP, MIB)
    host.place(FSTAB).write_bytes(LINE)
    assert host.set()["changed"] is False


def test_unused_swap_needs_no_room(machine: Make) -> None:
    host = machine({"/proc/meminfo": "MemTotal: 4096000 kB\nMemAvailable: 0 kB\nCommitted_AS: 1 kB\n"})
    host.make(SWAP, MIB)
    assert host.run(state="absent")["changed"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"/proc/1/environ": "container=lxc\0"}, "this is a container (lxc)"),
        ({"/proc/self/status": "Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffdfffff\n"}, "CAP_SYS_ADMIN"),
    ],
)
def test_not_applicable(machine: Make, files: dict[str, str], said: str) -> None:
    host = machine(files)
    before = host.tree()
    result = host.set()
    assert said in result["not_applicable"] and result["changed"] is False
    assert host.tree() == before


def test_a_kernel_without_swap(machine: Make) -> None:
    host = machine()
    host.place("/proc/swaps").unlink()
    assert "without swap" in host.set()["not_applicable"]


def test_an_ordinary_user_is_told(machine: Make) -> None:
    host = machine({"/proc/self/status": "Uid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\n"})
    assert "only root" in host.set()["msg"]


@pytest.mark.parametrize(
    "options",
    [
        {"size": "1M", "path": "swapfile"},
        {"size": "1M", "path": "/a/../swapfile"},
        {"size": "1M", "path": "//swapfile"},
        {"size": "1M", "path": "/swapfile/"},
        {"size": "1M", "path": "/"},
        {"size": "1M", "path": "/a\nb"},
        {"size": "1M", "path": "/" + "x" * 250},
        {"size": "1M", "priority": -1},
        {"size": "1M", "priority": 32768},
        {"size": "unlimited"},
        {"size": "-1"},
        {"size": "1M; reboot"},
        {"size": 1.5},
        {"size": True},
        {"size": "9" * 30},
        {},
    ],
)
def test_options_that_make_no_sense(machine: Make, options: dict[str, Any]) -> None:
    host = machine()
    before = host.tree()
    assert host.run(**options)["failed"]
    assert host.tree() == before


def test_a_path_with_blanks_in_a_linked_folder(machine: Make) -> None:
    host = machine()
    host.place("/data").mkdir()
    os.symlink("data", host.place("/var"))
    path = "/var/my swap"
    result = host.set(path=path)
    assert {each["where"] for each in result["changes"]} == {"/data/my swap", FSTAB}
    assert b"/data/my\\040swap none swap sw 0 0\n" in host.read(FSTAB)
    assert host.area("/data/my swap")
    assert host.set(path=path)["changed"] is False
    host.run(path=path, state="absent")
    assert host.read(FSTAB) == ROOT_FS.encode() and host.areas() == {}


def test_a_priority_of_fstab_that_nobody_asks_for_stays(machine: Make) -> None:
    host = machine()
    host.make(SWAP, MIB)
    host.place(FSTAB).write_text("/swapfile none swap pri=4 0 0\n")
    assert host.set()["changed"] is False
    host.set("2M")
    assert host.read(FSTAB) == b"/swapfile none swap pri=4 0 0\n"


def test_a_priority_that_nobody_asks_for_stays(machine: Make) -> None:
    host = machine()
    host.make(SWAP, MIB, priority=10)
    assert host.set()["changed"]
    assert host.read(FSTAB).endswith(b"/swapfile none swap sw,pri=10 0 0\n")
    host.swap_off(str(host.place(SWAP)))
    host.set()
    assert str(host.area(SWAP)).endswith(" 10")


@pytest.mark.parametrize("fails", ["mkswap", "swapon", "swapoff"])
def test_a_failure_takes_everything_back(machine: Make, fails: str) -> None:
    host = machine()
    host.make(SWAP, MIB, priority=10)
    before = host.tree()
    host.failing[fails] = ["read swap header failed"]
    result = host.set("2M")
    assert result["failed"] and "read swap header failed" in result["msg"], result["msg"]
    assert result["msg"].endswith("; everything was taken back")
    assert host.tree() == before


def test_swap_that_does_not_hold_is_a_failure(machine: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    host = machine()
    before = host.tree()
    monkeypatch.setattr(swap_calls, "swap_on", lambda place, priority: None)
    result = host.set()
    assert result["failed"] and "off and not 1048576 bytes" in result["msg"]
    assert host.tree() == before


@pytest.mark.parametrize("swaps", ["", "Filename\nnonsense\n"])
def test_swaps_that_cannot_be_read_change_nothing(machine: Make, swaps: str) -> None:
    host = machine({"/proc/swaps": swaps})
    before = host.tree()
    assert host.set()["failed"]
    assert host.tree() == before


def test_undo_of_a_partial_run(machine: Make) -> None:
    """The record is there, and the file was never begun."""
    host = machine()
    before = host.tree()
    kept = record.Record(str(host.root), "r1", "b1")
    kept.add({"kind": "swap", "path": SWAP, "before": None, "after": {"size_bytes": MIB, "active": True}})
    host.place(BESIDE).write_bytes(b"half")
    assert [each["result"] for each in undo.undo(kept, str(host.root), host.command)] == [undo.AS_BEFORE]
    assert host.tree() == before
