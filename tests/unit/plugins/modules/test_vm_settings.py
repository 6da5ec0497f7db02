# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module vm_settings on hosts made by hand. Some tests are named after what ansible.posix.sysctl does wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

import pytest

pytest.importorskip("ansible.module_utils.testing")

from ansible.module_utils.testing import patch_module_args
from ansible_collections.fleet.memory.plugins.module_utils._change import live, record, undo
from ansible_collections.fleet.memory.plugins.module_utils._config import tmpfiles_conf
from ansible_collections.fleet.memory.plugins.modules import vm_settings

from tests.support.hand_made import hand_made

OWN = "/etc/sysctl.d/90-fleet-memory.conf"
CONF = "/etc/sysctl.conf"
LIVE = {
    "max_map_count": 65530,
    "min_free_kbytes": 67584,
    "overcommit_kbytes": 0,
    "overcommit_memory": 0,
    "overcommit_ratio": 50,
    "page-cluster": 3,
    "swappiness": 60,
    "vfs_cache_pressure": 100,
}
HUGEPAGE = "/sys/kernel/mm/transparent_hugepage/enabled"
HOST = {
    "/run/systemd/system/x": "",
    "/usr/lib/systemd/system/systemd-sysctl.service": "[Service]\n",
    "/usr/bin/systemd-tmpfiles": "",
    "/proc/self/mountinfo": "20 1 0:5 / /proc rw - proc proc rw\n",
    "/proc/sys/kernel/osrelease": "6.1.0-28-amd64\n",
    "/proc/sys/kernel/random/boot_id": "b1\n",
    "/proc/meminfo": "MemTotal: 4096000 kB\nMemAvailable: 300000 kB\nSwapTotal: 0 kB\nCommitted_AS: 2100000 kB\n",
    "/etc/sysctl.d/README": "",
    HUGEPAGE: "[always] madvise never\n",
    **{"/proc/sys/vm/" + name: "%d\n" % value for name, value in LIVE.items()},
}
PROCPS = {"/run/systemd/generator.late/procps.service": "", "/usr/lib/systemd/system/procps.service": ""}


class Machine:
    """A host whose kernel takes what is written to it; ``run`` runs the module on it."""

    def __init__(self, root: Path, capsys: Any) -> None:
        self.root = root
        self._capsys = capsys
        self.writes: List[str] = []

    def run(self, check: bool = False, **options: Any) -> Dict[str, Any]:
        with patch_module_args(dict(options, _ansible_check_mode=check)), pytest.raises(SystemExit):
            vm_settings.main()
        return json.loads(self._capsys.readouterr().out)

    def set(self, check: bool = False, **values: Any) -> Dict[str, Any]:
        return self.run(check, settings={"vm." + name: value for name, value in values.items()})

    def read(self, path: str) -> bytes:
        return (self.root / path.lstrip("/")).read_bytes()

    def write(self, path: str, content: str) -> None:
        hand_made(self.root, {path: content})

    def live(self, name: str) -> int:
        return int(self.read("/proc/sys/vm/" + name))

    def files(self) -> Dict[str, bytes]:
        """All but the rollback records."""
        return {
            str(path): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file() and "fleet-memory/rollback" not in str(path)
        }

    def set_value(self, place: str, text: str) -> None:
        """As the kernel does, also to the other half of the pair."""
        self.writes.append(place[len(str(self.root)) :] + "=" + text)
        pairs = {"overcommit_ratio": "overcommit_kbytes", "overcommit_kbytes": "overcommit_ratio"}
        path = Path(place)
        path.write_text(
            "always madvise never\n".replace(text, "[%s]" % text) if path.name == "enabled" else text + "\n"
        )
        if path.name in pairs:
            path.with_name(pairs[path.name]).write_text("0\n")


Make = Callable[..., Machine]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Make:
    def make(files: Optional[Dict[str, str]] = None, but: tuple = ()) -> Machine:
        made = Machine(tmp_path, capsys)
        hand_made(tmp_path, {path: text for path, text in {**HOST, **(files or {})}.items() if path not in but})
        monkeypatch.setattr(vm_settings, "ROOT", str(tmp_path))
        monkeypatch.setattr(live, "set_value", made.set_value)
        return made

    return make


def test_live_and_after_the_next_boot(machine: Make) -> None:
    host = machine()
    result = host.set(swappiness=10)
    assert (result["changed"], result["not_applicable"]) == (True, None)
    assert host.live("swappiness") == 10
    assert host.read(OWN).endswith(b"\nvm.swappiness = 10\n")
    assert [(c["scope"], c["where"], c["from"], c["to"]) for c in result["changes"]] == [
        ("boot", OWN, None, "10"),
        ("live", "/proc/sys/vm/swappiness", "60", "10"),
    ]
    assert os.path.exists(str(host.root) + result["record"])


def test_a_second_run_changes_nothing_not_even_the_inode(machine: Make) -> None:
    host = machine()
    host.set(swappiness=10)
    before = os.stat(str(host.root) + OWN)
    result = host.set(swappiness="10")
    after = os.stat(str(host.root) + OWN)
    assert (result["changed"], result["changes"], result["diff"], result["record"]) == (False, [], [], None)
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_check_mode_tells_what_a_real_run_does_and_writes_nothing(machine: Make) -> None:
    host = machine({"/etc/sysctl.d/95-x.conf": "vm.swappiness=95\n"})
    options: Dict[str, Any] = {"settings": {"vm.swappiness": 10}, "takeover": True, "transparent_hugepage": "madvise"}
    before = host.files()
    told = host.run(check=True, **options)
    assert host.files() == before
    assert not (host.root / "var").exists()
    done = host.run(**options)
    assert [told[key] for key in ("changed", "changes", "diff")] == [
        done[key] for key in ("changed", "changes", "diff")
    ]
    assert told["diff"]


def test_what_the_call_does_not_name_stays(machine: Make) -> None:
    host = machine()
    host.set(swappiness=10, max_map_count=70000)
    host.set(swappiness=11)
    assert host.read(OWN).endswith(b"\nvm.max_map_count = 70000\nvm.swappiness = 11\n")


def test_written_to_a_file_that_no_boot_reads(machine: Make) -> None:
    """It writes /etc/sysctl.conf by default, which systemd-sysctl doesn't read without a link."""
    host = machine({CONF: "vm.swappiness = 5\n"})
    host.set(swappiness=10)
    assert host.read(CONF) == b"vm.swappiness = 5\n"
    assert host.read(OWN)


def test_one_of_two_lines_for_a_key_is_dropped_and_the_wrong_one(machine: Make) -> None:
    text = "vm.max_map_count = 1000\nvm.swappiness=1\nvm.max_map_count = 70001\n"
    host = machine({"/etc/sysctl.d/10-a.conf": text})
    host.set(swappiness=10)
    assert host.read("/etc/sysctl.d/10-a.conf") == text.encode()


@pytest.mark.parametrize("line", ["-vm.swappiness = 99", "vm/swappiness=99", "  vm.swappiness =99  ", "-vm.swappiness"])
def test_a_form_of_the_key_that_it_does_not_recognise_wins(machine: Make, line: str) -> None:
    host = machine({"/etc/sysctl.d/99-x.conf": "# x\n%s\n" % line})
    before = host.files()
    refused = host.set(swappiness=10)
    assert refused["failed"] and "/etc/sysctl.d/99-x.conf:2" in refused["msg"]
    assert host.files() == before
    host.run(settings={"vm.swappiness": 10}, takeover=True)
    assert host.read("/etc/sysctl.d/99-x.conf") == b"# x\n#fleet.memory# %s\n" % line.encode()
    host.set(swappiness="absent")
    assert host.read("/etc/sysctl.d/99-x.conf") == b"# x\n%s\n" % line.encode()


def test_a_key_that_the_kernel_lacks_changes_the_file_each_time(machine: Make) -> None:
    host = machine(but=("/proc/sys/vm/page-cluster",))
    before = host.files()
    result = host.run(settings={"vm.page-cluster": 0, "vm.swappiness": 10}, force=["vm.page-cluster"])
    assert result["failed"] and "vm.page-cluster" in result["msg"]
    assert host.files() == before


def test_no_diff_is_shown(machine: Make) -> None:
    diff = machine().set(swappiness=10)["diff"]
    assert [(each["after_header"], each["before"], each["after"].splitlines()[-1]) for each in diff] == [
        (OWN, "", "vm.swappiness = 10"),
        ("live values", "vm.swappiness = 60\n", "vm.swappiness = 10"),
    ]


def test_an_unrelated_bad_line_fails_it_after_the_file_was_changed(machine: Make) -> None:
    host = machine({"/etc/sysctl.d/10-bad.conf": "vm.dirty_ratio 5\nno.such.key = 1\n= 3\n"})
    assert host.set(swappiness=10)["changed"]
    assert host.live("swappiness") == 10


def test_sysctl_conf_that_procps_reads_last_is_taken_over_byte_for_byte(machine: Make) -> None:
    text = "# caf\udce9\r\n\tvm.swappiness=99\t\r\nnet.core.somaxconn=1\r\n\x00vm.swappiness = 98"
    host = machine({CONF: text, **PROCPS})
    before = host.read(CONF)
    refused = host.set(swappiness=10)
    assert refused["msg"].count(CONF) == 2
    host.run(settings={"vm.swappiness": 10}, takeover=True)
    assert host.read(CONF).replace(b"#fleet.memory# ", b"") == before
    assert host.read(CONF).count(b"#fleet.memory# ") == 2
    result = host.set(swappiness="absent")
    assert host.read(CONF) == before
    assert not os.path.exists(str(host.root) + OWN)
    assert (result["changed"], host.live("swappiness")) == (True, 98)


def test_a_packages_file_is_hidden_by_a_copy_that_goes_again(machine: Make) -> None:
    package = "/usr/lib/sysctl.d/95-pkg.conf"
    host = machine({package: "kernel.x = 1\nvm.swappiness = 95\n"})
    host.run(settings={"vm.swappiness": 10}, takeover=True)
    assert host.read(package) == b"kernel.x = 1\nvm.swappiness = 95\n"
    assert host.read("/etc/sysctl.d/95-pkg.conf").endswith(b"\nkernel.x = 1\n#fleet.memory# vm.swappiness = 95\n")
    host.set(swappiness="absent")
    assert not os.path.exists(str(host.root) + "/etc/sysctl.d/95-pkg.conf")
    assert host.live("swappiness") == 95


def test_a_profile_of_tuned_is_named_and_never_touched(machine: Make) -> None:
    profile = "/etc/tuned/own/tuned.conf"
    files = {
        "/etc/tuned/active_profile": "own\n",
        "/etc/tuned/tuned-main.conf": "reapply_sysctl = 0\n",
        "/etc/systemd/system/multi-user.target.wants/tuned.service": "",
        profile: "[sysctl]\nvm.swappiness = 33\n[vm]\ntransparent_hugepages=always\n",
    }
    host = machine(files)
    before = host.files()
    result = host.run(settings={"vm.swappiness": 10}, takeover=True, transparent_hugepage="never")
    assert profile + ":2" in result["msg"] and profile + ":4" in result["msg"]
    assert host.files() == before


def test_absent_without_another_declaration_gives_what_was_before_the_first_run(machine: Make) -> None:
    host = machine()
    host.set(swappiness=10)
    host.set(swappiness=20)
    host.set(swappiness="absent")
    assert host.live("swappiness") == 60


def test_absent_of_what_was_never_set_touches_nothing(machine: Make) -> None:
    host = machine({"/etc/sysctl.d/10-a.conf": "vm.swappiness = 44\n"})
    assert host.set(swappiness="absent")["changed"] is False
    assert host.live("swappiness") == 60


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"swappiness": 201}, "201 is no number from 0 to 200"),
        ({"swappiness": -1}, "no number"),
        ({"swappiness": "60; reboot"}, "no number"),
        ({"swappiness": True}, "no number"),
        ({"overcommit_memory": 3}, "from 0 to 2"),
        ({"overcommit_memory": 2}, "2050 MiB (Committed_AS), and the limit would be 2000 MiB"),
        ({"overcommit_ratio": 0}, "both be 0"),
        ({"overcommit_ratio": 70, "overcommit_kbytes": 5}, "setting one"),
        ({"min_free_kbytes": 409601}, "more than a tenth of the RAM (4000 MiB)"),
        ({"min_free_kbytes": 400000}, "324 MiB more away from programs, and 292 MiB"),
        ({"min_free_kbytes": 100}, "below 1024 kB"),
        ({"max_map_count": 2}, "process 7 (java) has 3 mappings"),
    ],
)
def test_guards_refuse_with_figures_before_anything_is_written(
    machine: Make, values: Dict[str, Any], said: str
) -> None:
    host = machine({"/proc/7/maps": "a\nb\nc\n", "/proc/7/comm": "java\n"})
    before = host.files()
    result = host.set(vfs_cache_pressure=50, **values)
    assert result["failed"] and said in result["msg"], result["msg"]
    assert host.files() == before


def test_an_older_kernel_takes_swappiness_up_to_100_only(machine: Make) -> None:
    host = machine({"/proc/sys/kernel/osrelease": "5.4.0-1\n"})
    assert "from 0 to 100" in host.set(swappiness=101)["msg"]


def test_force_by_name_sets_it_and_says_so(machine: Make, warned: List[str]) -> None:
    host = machine()
    settings = {"vm.overcommit_memory": 2}
    assert host.run(settings=settings, force=["vm.swappiness"])["failed"]
    host.run(settings=settings, force=["vm.overcommit_memory"])
    assert host.live("overcommit_memory") == 2
    assert any("forced" in each for each in warned)


def test_a_ratio_is_in_force_before_the_mode_that_enforces_it(machine: Make) -> None:
    host = machine()
    assert host.set(overcommit_memory=2, overcommit_ratio=90)["changed"]
    assert [each.split("=")[0] for each in host.writes] == [
        "/proc/sys/vm/overcommit_ratio",
        "/proc/sys/vm/overcommit_memory",
    ]


def test_the_pair_that_the_kernel_keeps_comes_back_by_rollback(machine: Make) -> None:
    host = machine()
    host.run(settings={"vm.overcommit_kbytes": 3000000}, run="r1")
    assert (host.live("overcommit_kbytes"), host.live("overcommit_ratio")) == (3000000, 0)
    undo.undo(record.Record(str(host.root), "r1", "b1"), str(host.root), lambda command: (0, "", ""))
    assert (host.live("overcommit_kbytes"), host.live("overcommit_ratio")) == (0, 50)


def test_the_pair_is_idempotent_and_absent_gives_both_back(machine: Make) -> None:
    host = machine()
    host.set(overcommit_kbytes=3000000, overcommit_ratio=0)
    assert host.set(overcommit_kbytes=3000000, overcommit_ratio=0)["changed"] is False
    host.set(overcommit_ratio=80)
    assert (host.live("overcommit_kbytes"), host.live("overcommit_ratio")) == (0, 80)
    assert b"kbytes" not in host.read(OWN)
    host.set(overcommit_ratio="absent", overcommit_kbytes="absent")
    assert (host.live("overcommit_kbytes"), host.live("overcommit_ratio")) == (0, 50)


def test_zero_for_one_of_the_pair_leaves_the_other_in_force_after_the_next_boot(machine: Make) -> None:
    """A line with the 0 would make the kernel clear the other one, which nobody asked for."""
    host = machine()
    host.set(overcommit_kbytes=0)
    assert host.read(OWN).endswith(b"\nvm.overcommit_ratio = 50\n") and b"kbytes" not in host.read(OWN)
    assert host.set(overcommit_kbytes=0)["changed"] is False
    host.set(overcommit_kbytes=0, overcommit_ratio=80)
    assert (host.live("overcommit_ratio"), b"vm.overcommit_ratio = 80\n" in host.read(OWN)) == (80, True)


def test_zero_of_another_file_that_would_clear_ours_is_named(machine: Make) -> None:
    host = machine({"/etc/sysctl.d/99-x.conf": "vm.overcommit_kbytes = 0\n"})
    assert "/etc/sysctl.d/99-x.conf:1" in host.set(overcommit_ratio=80)["msg"]


def test_a_value_that_does_not_stick_takes_everything_back(machine: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    host = machine()
    before = host.files()
    kernel = host.set_value
    monkeypatch.setattr(live, "set_value", lambda place, text: kernel(place, "61" if text == "10" else text))
    result = host.set(swappiness=10, vfs_cache_pressure=50)
    assert result["failed"] and "swappiness is 61 and not 10" in result["msg"]
    assert result["rolled_back"]
    assert host.files() == before


def test_nothing_known_reads_the_file_at_boot(machine: Make) -> None:
    host = machine(but=("/run/systemd/system/x",))
    assert "would be lost" in host.set(swappiness=10)["msg"]
    assert host.run(settings={"vm.swappiness": 10}, force=["vm.swappiness"])["changed"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"/run/systemd/container": "podman\n"}, "a container (podman)"),
        (
            {"/proc/self/mountinfo": HOST["/proc/self/mountinfo"] + "21 20 0:5 /sys /proc/sys ro - proc proc rw\n"},
            "only",
        ),
    ],
)
def test_not_applicable_because(machine: Make, files: Dict[str, str], said: str) -> None:
    host = machine(files)
    before = host.files()
    result = host.set(swappiness=10)
    assert said in result["not_applicable"]
    assert (result["changed"], "failed" in result and result["failed"]) == (False, False)
    assert host.files() == before


def test_huge_pages_and_absent(machine: Make) -> None:
    host = machine()
    host.run(transparent_hugepage="madvise")
    own = "/etc/tmpfiles.d/90-fleet-memory.conf"
    assert host.read(own).endswith(b"\nw %s - - - - madvise\n" % HUGEPAGE.encode())
    assert b"[madvise]" in host.read(HUGEPAGE)
    assert host.run(transparent_hugepage="madvise")["changed"] is False
    host.run(transparent_hugepage="absent")
    assert not os.path.exists(str(host.root) + own)
    assert b"[always]" in host.read(HUGEPAGE)


def test_huge_pages_that_another_file_sets_first(machine: Make) -> None:
    host = machine({"/etc/tmpfiles.d/10-thp.conf": "# x\nw! %s - - - - never\n" % HUGEPAGE})
    assert "/etc/tmpfiles.d/10-thp.conf:2" in host.run(transparent_hugepage="madvise")["msg"]


ZONES = {"/sys/kernel/mm/transparent_hugepage/hpage_pmd_size": "2097152\n", "/proc/buddyinfo": "DMA\nDMA32\nNormal\n"}


@pytest.mark.parametrize(
    ("huge", "reserve", "said"),
    [
        ("madvise", 67583, "to as much as 67584, whenever transparent_hugepage is set to madvise"),
        ("madvise", 67584, None),
        ("never", 8094, "to as much as 8095, whenever transparent_hugepage is set to never"),
        ("never", 8095, None),
    ],
)
def test_a_reserve_that_setting_huge_pages_at_boot_would_raise(
    machine: Make, huge: str, reserve: int, said: Optional[str]
) -> None:
    result = machine(ZONES).run(settings={"vm.min_free_kbytes": reserve}, transparent_hugepage=huge)
    assert result["changed"] if said is None else said in result["msg"]


def test_a_reserve_below_what_our_own_line_of_before_raises(machine: Make) -> None:
    host = machine(ZONES)
    host.run(transparent_hugepage="madvise")
    assert "67584" in host.set(min_free_kbytes=67583)["msg"]
    assert host.set(swappiness=10)["changed"]


@pytest.mark.parametrize("before", [5000, 70000])
def test_the_reserve_that_huge_pages_move_is_set_after_them_and_comes_back(
    machine: Make, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    host = machine({"/proc/sys/vm/min_free_kbytes": "%d\n" % before, **ZONES})
    kernel, reserve = host.set_value, host.root / "proc/sys/vm/min_free_kbytes"

    def moving(place: str, text: str) -> None:
        kernel(place, text)
        if place.endswith("/enabled"):
            reserve.write_text("67584\n")

    monkeypatch.setattr(live, "set_value", moving)
    result = host.run(settings={"vm.min_free_kbytes": 70000}, transparent_hugepage="never", run="r1")
    assert (result["changed"], host.live("min_free_kbytes")) == (True, 70000)
    undo.undo(record.Record(str(host.root), "r1", "b1"), str(host.root), lambda command: (0, "", ""))
    assert (host.live("min_free_kbytes"), b"[always]" in host.read(HUGEPAGE)) == (before, True)


def test_huge_pages_that_a_later_file_of_tmpfiles_sets_are_no_rival(machine: Make) -> None:
    """systemd-tmpfiles ignores a second line for a path."""
    host = machine({"/etc/tmpfiles.d/95-thp.conf": "w %s - - - - never\n" % HUGEPAGE})
    assert host.run(transparent_hugepage="madvise")["changed"]


def test_huge_pages_that_a_boot_would_not_set_take_everything_back(
    machine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = machine()
    before = host.files()
    monkeypatch.setattr(tmpfiles_conf, "render", lambda path, value: b"w /sys/elsewhere - - - - x\n")
    result = host.run(transparent_hugepage="madvise")
    assert "a boot would set transparent_hugepage to None and not madvise" in result["msg"]
    assert host.files() == before


def test_a_result_that_nobody_hears_is_no_failure_before_the_change(
    machine: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = machine()

    def broken(module: Any, **result: Any) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(vm_settings.AnsibleModule, "exit_json", broken)
    with patch_module_args({"settings": {"vm.swappiness": 10}}), pytest.raises(BrokenPipeError):
        vm_settings.main()
    assert host.live("swappiness") == 10


def test_a_kernel_without_huge_pages(machine: Make) -> None:
    assert "no transparent" in machine(but=(HUGEPAGE,)).run(transparent_hugepage="never")["not_applicable"]


def test_cgroups_of_version_1_that_differ(machine: Make) -> None:
    mount = "25 1 0:9 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    base = "/sys/fs/cgroup/memory"
    host = machine(
        {
            "/proc/self/mountinfo": HOST["/proc/self/mountinfo"] + mount,
            base + "/memory.swappiness": "60\n",
            base + "/a/memory.swappiness": "60\n",
            base + "/a/b/memory.swappiness": "30\n",
            base + "/c/memory.swappiness": "10\n",
        }
    )
    result = host.run(settings={"vm.swappiness": 10}, cgroup_swappiness=True)
    changed = [c["where"] for c in result["changes"] if c["setting"] == "memory.swappiness"]
    assert changed == [base + "/a/memory.swappiness", base + "/a/b/memory.swappiness"]
    assert host.read(base + "/a/b/memory.swappiness") == b"10\n"
