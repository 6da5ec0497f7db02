# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""swap_file on this machine's kernel: it really swaps, to files in a temporary folder, which also holds fstab.

swapon(8), findmnt(8), stat(2) and a process whose memory is swapped out are the witnesses. What was turned on is turned
off again, whatever happens.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ansible.module_utils.testing")

from ansible.module_utils.testing import patch_module_args
from ansible_collections.fleet.memory.plugins.module_utils._change import outlook, record, undo
from ansible_collections.fleet.memory.plugins.module_utils._change.transaction import Transaction, boot_id
from ansible_collections.fleet.memory.plugins.module_utils._procfs import pid_status, swaps
from ansible_collections.fleet.memory.plugins.modules import rollback, swap_file

from tests.support.kills import killed
from tests.support.live import program
from tests.support.live import run as witness
from tests.support.return_doc import assert_documented

MIB = 2**20
PAGE = os.sysconf("SC_PAGE_SIZE")
OTHERS = "UUID=6f1c\t/ ext4 errors=remount-ro 0 1"

HOLDER = """
import mmap, os, sys
memory = mmap.mmap(-1, int(sys.argv[1]))
data = os.urandom(len(memory))
memory.write(data)
memory.madvise(21)  # MADV_PAGEOUT
print("out", flush=True)
sys.stdin.readline()
print(memory[:] == data, flush=True)
"""


def areas(root: Path) -> dict[str, swaps.Area]:
    """What the kernel swaps to below ``root``, by its path there."""
    found = swaps.parse(Path("/proc/swaps").read_bytes())
    return {area.path[len(str(root)) :]: area for area in found if area.path.startswith(f"{root}/")}


def command(words: list[str]) -> tuple[int, str, str]:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def turned_off(root: Path) -> None:
    for path in areas(root):
        subprocess.run(["swapoff", f"{root}{path}"], check=True)


@pytest.fixture(name="root")
def host_with_swap(tmp_path: Path) -> Iterator[Path]:
    """A root with the kernel and the programs of this machine. Skips where it can't swap to a file here."""
    if not pid_status.effective_capabilities(Path("/proc/self/status").read_bytes()) & 1 << 21:
        pytest.skip("swap needs CAP_SYS_ADMIN")
    for name in ("mkswap", "swapon", "swapoff"):
        program(name)
    root = tmp_path.resolve() / "root"
    root.mkdir(mode=0o755)
    (root / "usr").mkdir()
    (root / "etc").mkdir()
    (root / "etc/fstab").write_text(OTHERS)
    os.symlink("/proc", root / "proc")
    os.symlink(Path(program("mkswap")).parent, root / "usr/sbin")
    trial = root / "trial"
    trial.write_bytes(bytes(MIB))
    trial.chmod(0o600)
    command(["mkswap", str(trial)])
    code, _said, complained = command(["swapon", str(trial)])
    try:
        if code:
            pytest.skip(f"this machine can't swap to a file of {tmp_path}: {complained.strip()}")
        turned_off(root)
        trial.unlink()
        yield root
    finally:
        turned_off(root)


Run = Callable[..., dict[str, Any]]


@pytest.fixture(name="module")
def runs(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Run:
    """Runs a module, and checks its result against the documentation."""

    def run(module: Any = swap_file, check: bool = False, **options: Any) -> dict[str, Any]:
        monkeypatch.setattr(module, "ROOT", str(root))
        with patch_module_args(dict(options, _ansible_check_mode=check)), pytest.raises(SystemExit):
            module.main()
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        if result.get("not_applicable"):
            pytest.skip(result["not_applicable"])
        if not result.get("failed"):
            assert_documented(result, module.__name__.rpartition(".")[2])
        return result

    def with_force(**options: Any) -> dict[str, Any]:
        # How full the disk of this machine is, is not what is tested.
        return run(**{"force": True, **options})

    return with_force


@pytest.fixture
def holder(root: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """A process with 3 MiB that are swapped out, which tells in the end whether all came back as it was."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        words = [sys.executable, "-c", HOLDER, str(3 * MIB)]
        started.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        assert started[0].stdout is not None and started[0].stdout.readline() == "out\n"
        return started[0]

    yield start
    for each in started:
        each.kill()
        each.communicate()


def as_it_was(process: subprocess.Popen[str]) -> str:
    return process.communicate("\n", timeout=60)[0].strip()


def assert_swap(root: Path, path: str, size: int, priority: int | None) -> None:
    """As the witnesses see it."""
    place = root / path.lstrip("/")
    shown = {
        name: words
        for name, *words in (
            line.split() for line in witness("swapon", "--show=NAME,TYPE,SIZE,PRIO", "--raw", "--bytes").splitlines()
        )
    }
    kind, shown_size, shown_priority = shown[str(place)]
    assert (kind, int(shown_size)) == ("file", size - PAGE)
    assert int(shown_priority) == priority if priority is not None else int(shown_priority) < 0
    status = place.stat()
    assert (status.st_mode & 0o7777, status.st_uid, status.st_size) == (0o600, 0, size)
    assert status.st_blocks * 512 >= size
    columns = ("-n", "-r", "-o", "SOURCE,FSTYPE,OPTIONS")
    table = witness("findmnt", "--fstab", "--tab-file", str(root / "etc/fstab"), *columns)
    chosen = "sw" if priority is None else f"sw,pri={priority}"
    assert [line for line in table.splitlines() if path in line] == [f"{path} swap {chosen}"]


def test_added_grown_shrunk_and_removed_while_it_is_used(root: Path, module: Run, holder: Any) -> None:
    before = (root / "etc/fstab").read_bytes()
    foreseen = module(size="8M", priority=32767, check=True)
    assert areas(root) == {} and not (root / "swapfile").exists()
    added = module(size="8M", priority=32767, run="r1")
    assert foreseen["changes"] == added["changes"] and foreseen["diff"] == added["diff"]
    assert_swap(root, "/swapfile", 8 * MIB, 32767)
    process = holder()
    assert areas(root)["/swapfile"].used_bytes > 2 * MIB
    again = module(size="8M", priority=32767)
    assert (again["changed"], again["record"]) == (False, None)
    for size, priority in ((12, 32767), (4, 32767), (4, 5), (4, 32767)):
        assert module(size=f"{size}M", priority=priority)["changed"]
        assert_swap(root, "/swapfile", size * MIB, priority)
    module(state="absent", run="r2")
    assert areas(root) == {} and not (root / "swapfile").exists()
    assert (root / "etc/fstab").read_bytes().rstrip(b"\n") == before
    assert as_it_was(process) == "True"
    module(module=rollback, run="r2", force=False)
    assert_swap(root, "/swapfile", 4 * MIB, 32767)


def test_taken_back_while_it_is_used(root: Path, module: Run, holder: Any) -> None:
    before = (root / "etc/fstab").read_bytes()
    module(size="8M", priority=32767, run="r1")
    process = holder()
    assert areas(root)["/swapfile"].used_bytes > 2 * MIB
    module(module=rollback, run="r1", force=False)
    assert areas(root) == {} and sorted(os.listdir(root)) == ["etc", "proc", "usr", "var"]
    assert (root / "etc/fstab").read_bytes() == before
    assert as_it_was(process) == "True"


def test_each_drift_alone(root: Path, module: Run) -> None:
    module(size="2M")
    place = root / "swapfile"
    inode = place.stat().st_ino
    turned_off(root)
    assert {each["setting"] for each in module(size="2M")["changes"]} == {"swap.active", "swap.priority"}
    place.chmod(0o644)
    assert {each["setting"] for each in module(size="2M")["changes"]} == {"swap.mode"}
    (root / "etc/fstab").write_text(OTHERS)
    assert {each["setting"] for each in module(size="2M")["changes"]} == {"swap.fstab"}
    assert place.stat().st_ino == inode
    assert_swap(root, "/swapfile", 2 * MIB, None)
    turned_off(root)
    os.truncate(place, 0)
    os.truncate(place, 2 * MIB)
    witness("mkswap", str(place))
    assert {each["setting"] for each in module(size="2M")["changes"]} >= {"swap.whole", "swap.active"}
    assert_swap(root, "/swapfile", 2 * MIB, None)


def test_a_kernel_that_refuses_leaves_no_trace(root: Path, module: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel swaps to no file with holes."""
    before = sorted(os.listdir(root)), (root / "etc/fstab").read_bytes()
    zeros = "ansible_collections.fleet.memory.plugins.module_utils._change.swap_area.write_zeros"

    def write_hole(path: str, size: int) -> None:
        with open(path, "xb") as file:
            file.truncate(size)

    monkeypatch.setattr(zeros, write_hole)
    failed = module(size="2M")
    assert failed["failed"] and "everything was taken back" in failed["msg"] and "swapon" in failed["msg"]
    assert (sorted(set(os.listdir(root)) - {"var"}), (root / "etc/fstab").read_bytes()) == before


def grow(root: Path) -> None:
    wanted = {"size_bytes": 2 * MIB, "mode": 0o600, "uid": 0, "gid": 0, "active": True, "priority": 3}
    with Transaction(str(root), "r2", command) as change:
        change.swap("/swapfile", wanted)


def test_a_growing_file_is_finished_or_taken_back_after_a_kill(root: Path, module: Run) -> None:
    module(size="1M", priority=3)
    fstab = (root / "etc/fstab").read_bytes()
    last, kills = 2, 0
    while killed(grow, root, last, False):
        kills += 1
        if kills % 2:
            grow(root)
            assert_swap(root, "/swapfile", 2 * MIB, 3)
        with record.locked(str(root)):
            kept = record.Record(str(root), "r2", boot_id(str(root)))
            assert outlook.conflicts(kept, str(root)) == []
            assert all(each["result"] != undo.FAILED for each in undo.undo(kept, str(root), command))
        assert_swap(root, "/swapfile", MIB, 3)
        assert (root / "etc/fstab").read_bytes() == fstab
        assert not list(root.glob(".*"))
        (root / "var/lib/fleet-memory/rollback/r2.json").unlink(missing_ok=True)
        last += 4
    assert kills > 5


@pytest.fixture
def mounted(root: Path, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Mounts another file system at /data, for which a file of this machine serves as disk."""
    mounts: list[str] = []

    def mount(kind: str) -> None:
        (root / "data").mkdir()
        image = tmp_path / "disk"
        words = ["tmpfs"]
        if kind != "tmpfs":
            maker = program(f"mkfs.{kind}")
            with open(image, "xb") as file:
                file.truncate(400 * MIB)
            subprocess.run([maker, "-q", str(image)], check=True, capture_output=True)
            words = ["-o", "loop", str(image)]
        code, _said, complained = command(["mount", "-t", kind, *words, str(root / "data")])
        if code:
            pytest.skip(f"this machine can't mount {kind} here: {complained.strip()}")
        mounts.append(str(root / "data"))

    yield mount
    turned_off(root)
    for each in mounts:
        subprocess.run(["umount", each], check=True)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs"])
def test_on_other_file_systems(root: Path, module: Run, mounted: Callable[[str], None], kind: str) -> None:
    mounted(kind)
    path = "/data/swap file"
    refused = module(path=path, size="8M", force=False)
    assert refused["refused"][0]["must_stay_free_bytes"] == 2**30
    for size in ("8M", "12M"):
        assert module(path=path, size=size)["changed"]
        # Of blocks smaller than a page, some are no whole page on the disk.
        assert 0 < int(size[:-1]) * MIB - areas(root)[path].size_bytes <= 16 * PAGE
        assert module(path=path, size=size)["changed"] is False
    module(path=path, state="absent")
    assert areas(root) == {} and "swap" not in (root / "etc/fstab").read_text()


def test_refused_in_memory(root: Path, module: Run, mounted: Callable[[str], None]) -> None:
    mounted("tmpfs")
    refused = module(path="/data/swapfile", size="1M")
    assert "no swap file can be on tmpfs" in refused["msg"] and not refused["refused"][0]["forcible"]
    assert os.listdir(root / "data") == []
