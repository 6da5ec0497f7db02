# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""memory_info on this machine, against independent witnesses: free, psutil, sysctl, swapon, uname, the kernel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.available import estimate
from ansible_collections.fleet.memory.plugins.module_utils._procfs import meminfo, zoneinfo
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.memory import scan_memory

from tests.support.live import in_a_quiet_moment, through_ansible
from tests.support.return_doc import assert_documented

MIB = 2**20
DRIFT = 64 * MIB
"""What other programs may take or give back between two readings."""


def run(*command: str) -> str:
    program = shutil.which(command[0], path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not program:
        pytest.skip("%s is not installed" % command[0])
    return subprocess.run([program, *command[1:]], check=True, capture_output=True, text=True).stdout


def in_process() -> dict:
    return scan_memory(Files())


def from_the_module() -> dict:
    return through_ansible("memory_info")


@pytest.fixture(scope="module", params=[in_process, from_the_module], ids=["in process", "through ansible"])
def memory(request):
    return request.param


def test_result_is_what_is_documented(memory):
    assert_documented(memory(), "memory_info")


def test_check_mode_reads_the_same():
    checked, usual = through_ansible("memory_info", "--check"), from_the_module()
    assert checked["changed"] is False
    assert checked.keys() == usual.keys()
    assert checked["sysctl"] == usual["sysctl"]


def test_free(memory):
    def check():
        ram, swap = [line.split() for line in run("free", "-b").splitlines()[1:3]]
        result = memory()
        total, used, available = int(ram[1]), int(ram[2]), int(ram[6])
        assert result["meminfo"]["MemTotal"] == total
        assert result["available_bytes"] == pytest.approx(available, abs=DRIFT)
        if total - available == used:  # procps 3 reckons what is used in another way
            assert result["used_bytes"] == pytest.approx(used, abs=DRIFT)
            assert result["used_percent"] == pytest.approx(100 * used / total, abs=1)
        assert result["swap"]["total_bytes"] == int(swap[1])
        assert result["swap"]["used_bytes"] == pytest.approx(int(swap[2]), abs=DRIFT)

    in_a_quiet_moment(check)


def test_psutil(memory):
    psutil = pytest.importorskip("psutil")

    def check():
        ram, swap = psutil.virtual_memory(), psutil.swap_memory()
        result = memory()
        assert result["meminfo"]["MemTotal"] == ram.total
        assert result["available_bytes"] == pytest.approx(ram.available, abs=DRIFT)
        assert result["used_percent"] == pytest.approx(ram.percent, abs=1)
        assert result["meminfo"]["Shmem"] == pytest.approx(ram.shared, abs=DRIFT)
        assert result["swap"]["total_bytes"] == swap.total
        assert time.time() - result["uptime_seconds"] == pytest.approx(psutil.boot_time(), abs=5)

    in_a_quiet_moment(check)


def test_every_key_of_meminfo_and_vmstat_is_there(memory):
    result = memory()
    for key, path, separator in (("meminfo", "/proc/meminfo", ":"), ("vmstat", "/proc/vmstat", " ")):
        assert set(result[key]) == {line.split(separator)[0] for line in Path(path).read_text().splitlines()}


def test_vmstat_counts_on(memory):
    def faults() -> int:
        return int(dict(line.split() for line in Path("/proc/vmstat").read_text().splitlines())["pgfault"])

    before = faults()
    assert before <= memory()["vmstat"]["pgfault"] <= faults()


def test_sysctl(memory):
    values = memory()["sysctl"]
    named = sorted(key for key, value in values.items() if value is not None)
    assert len(named) > 20
    witness = dict(line.split(" = ", 1) for line in run("sysctl", *named).splitlines())
    assert {key: " ".join(witness[key].split()) for key in named} == {key: str(values[key]) for key in named}


def test_which_kernel_and_which_boot(memory):
    result = memory()
    uname = os.uname()
    assert result["kernel"] == {"release": uname.release, "version": uname.version, "machine": uname.machine}
    assert result["boot_id"] == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert result["page_size_bytes"] == int(run("getconf", "PAGE_SIZE"))


def test_cgroup_version(memory):
    kinds = [line.split()[2] for line in Path("/proc/mounts").read_text().splitlines()]
    memory_v1 = any(line.split()[:2] == ["memory", "0"] for line in Path("/proc/cgroups").read_text().splitlines())
    if "cgroup2" not in kinds:
        expected = "v1" if "cgroup" in kinds else None
    else:
        expected = "v2" if "cgroup" not in kinds or memory_v1 else "hybrid"
    assert memory()["cgroup_version"] == expected


def test_sysctl_writable():
    path = Path("/proc/sys/vm/swappiness")
    if os.geteuid() != 0:
        pytest.skip("only root can try to write")
    try:
        path.write_text(path.read_text())
        written = True
    except OSError:
        written = False
    assert in_process()["sysctl_writable"] is written


def test_numa_nodes(memory):
    # Their sum is no witness: on a virtual machine with memory added while it runs, a node may not count all of it.
    folders = Path("/sys/devices/system/node").glob("node[0-9]*")
    expected = {int(folder.name[4:]): int((folder / "meminfo").read_text().split()[3]) * 1024 for folder in folders}
    assert {node["node"]: node["meminfo"]["MemTotal"] for node in memory()["numa"]} == expected


def test_the_estimate_is_the_kernels_own_reckoning():
    def check():
        files = Files()
        kernel = meminfo.parse(files.read("/proc/meminfo"))
        zones = zoneinfo.parse(files.read("/proc/zoneinfo"), os.sysconf("SC_PAGE_SIZE"))
        assert estimate(kernel, zones) == pytest.approx(kernel["MemAvailable"], abs=MIB)

    in_a_quiet_moment(check)


def test_swap_devices(memory, swap_file):
    columns = ["--show=NAME,SIZE,USED,PRIO", "--bytes", "--noheadings", "--raw"]
    lines = [line.split() for line in run("swapon", *columns).splitlines()]
    result = memory()["swap"]
    found = {device["path"].replace(" ", "\\x20"): device for device in result["devices"]}
    assert set(found) == {line[0] for line in lines}
    for name, size, used, priority in lines:
        assert found[name]["size_bytes"] == int(size)
        assert found[name]["used_bytes"] == pytest.approx(int(used), abs=DRIFT)
        assert found[name]["priority"] == int(priority)
    assert found[swap_file.replace(" ", "\\x20")]["kind"] == "file"
    assert result["total_bytes"] == sum(device["size_bytes"] for device in result["devices"])
    assert result["used_percent"] is not None


@pytest.fixture
def swap_file(tmp_path):
    """The path of a swap file in use, one with a space in its name."""
    if os.geteuid() != 0:
        pytest.skip("only root can add swap")
    path = tmp_path / "swap file"
    path.touch(0o600)
    path.write_bytes(b"\0" * 4 * MIB)
    run("mkswap", str(path))
    try:
        run("swapon", str(path))
    except subprocess.CalledProcessError as error:
        pytest.skip("no swap file can be used here: " + error.stderr.strip())
    try:
        yield str(path)
    finally:
        run("swapoff", str(path))


def test_an_ordinary_user_gets_the_same_figures():
    if os.geteuid() != 0:
        pytest.skip("this run has no privilege to give up")
    code = (
        "import json, sys; sys.path[:] = json.loads(sys.argv[1])\n"
        "from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files\n"
        "from ansible_collections.fleet.memory.plugins.module_utils._scan.memory import scan_memory\n"
        "import os; os.setgid(65534); os.setuid(65534)\n"
        "print(json.dumps(scan_memory(Files())))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code, json.dumps(sys.path)], check=True, capture_output=True, text=True
    ).stdout
    theirs, ours = json.loads(output), in_process()
    assert theirs["sysctl"] == ours["sysctl"]
    assert theirs["meminfo"].keys() == ours["meminfo"].keys()
    only_theirs = {path: reason for path, reason in theirs["unread"].items() if path not in ours["unread"]}
    assert set(only_theirs.values()) <= {"denied"}


def test_the_scan_is_cheap():
    scan_memory(Files())
    costs = []
    for _round in range(20):
        start = time.process_time()
        scan_memory(Files())
        costs.append(time.process_time() - start)
    assert min(costs) < 0.015
