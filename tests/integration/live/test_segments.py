# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The segments of a program whose sizes are known, against its source, readelf and the kernel's own sums."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from ansible_collections.fleet.memory.plugins.module_utils._derive.selection import Selection
from ansible_collections.fleet.memory.plugins.module_utils._procfs import smaps_rollup
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_memory import Wanted, scan_process_memory
from ansible_collections.fleet.memory.plugins.module_utils._scan.segments import scan_segments
from ansible_collections.fleet.memory.plugins.module_utils._shapes import elf

from tests.support.live import through_ansible
from tests.support.return_doc import assert_documented

MIB = 1 << 20
PAGE = os.sysconf("SC_PAGE_SIZE")
SOURCE = Path(__file__).with_name("known_segments.c")

LINKED = {
    "pie": ["-fPIE", "-pie"],
    "fixed": ["-fno-pie", "-no-pie"],
    "static": ["-static"],
    "static pie": ["-fPIE", "-static-pie"],
    "without randomisation": ["-fno-pie", "-no-pie"],
}


@pytest.fixture(scope="module", params=LINKED)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[psutil.Process]:
    """The program, once it holds what it is to hold, and stopped."""
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("this machine has no C compiler")
    path = tmp_path_factory.mktemp("known segments") / "known"
    subprocess.run([compiler, "-O1", "-pthread", *LINKED[request.param], "-o", path, SOURCE], check=True)
    command = [str(path), str(path.with_name("mapped"))]
    if request.param == "without randomisation":
        command = ["setarch", "-R", *command]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "ready\n"
        os.kill(process.pid, signal.SIGSTOP)
        yield psutil.Process(process.pid)
        process.kill()


def map_of(pid: int) -> dict[str, Any]:
    wanted = Wanted(selection=Selection(pids=frozenset({pid})))
    (process,) = scan_process_memory(Files(), wanted)[0]["processes"]
    process.update(scan_segments(Files(), process))
    assert process["unread"] == {}
    return process


def by_name(process: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {segment["segment"]: segment for segment in process["segments"]}


def sizes(program: psutil.Process) -> dict[str, int]:
    """By what ``size`` and ``readelf`` count."""
    columns = subprocess.run(["size", program.exe()], capture_output=True, text=True, check=True).stdout.split()
    return dict(zip(("text", "data", "bss"), map(int, columns[6:9])))


def test_each_segment_has_its_size(program: psutil.Process) -> None:
    segments, linked = by_name(map_of(program.pid)), sizes(program)
    # Parts begin on pages of their own, and the loader writes to what it relocates.
    assert 0 <= segments["text"]["virtual_bytes"] - linked["text"] <= 4 * PAGE
    assert segments["text"]["rss_bytes"] >= 3 * MIB
    assert 0 <= segments["data"]["virtual_bytes"] - linked["data"] <= 4 * PAGE
    assert segments["data"]["rss_bytes"] >= 5 * MIB
    assert abs(segments["bss"]["virtual_bytes"] - linked["bss"]) <= 2 * PAGE
    assert segments["bss"]["rss_bytes"] >= 7 * MIB - PAGE
    assert 9 * MIB <= segments["heap"]["rss_bytes"] <= segments["heap"]["virtual_bytes"] <= 9 * MIB + 40 * PAGE
    assert 2 * MIB <= segments["stack"]["rss_bytes"] <= 2 * MIB + 20 * PAGE
    assert 11 * MIB <= segments["anonymous"]["rss_bytes"] <= 12 * MIB
    assert segments["file"]["rss_bytes"] >= 12 * MIB
    shared = segments["shared_memory"]
    assert (shared["virtual_bytes"], shared["rss_bytes"], shared["mappings"]) == (7 * MIB, 7 * MIB, 3)


def test_the_stacks_of_the_threads(program: psutil.Process) -> None:
    stacks = by_name(map_of(program.pid))["thread_stack"]
    # Stacks may touch each other: then the kernel makes one mapping of them.
    assert stacks["mappings"] <= 3
    assert 3 * MIB - 3 * PAGE <= stacks["virtual_bytes"] <= 3 * MIB + 4 * PAGE
    assert 3 * (MIB // 2) <= stacks["rss_bytes"] <= 2 * MIB


def test_the_sums_are_those_of_the_rollup(program: psutil.Process) -> None:
    process = map_of(program.pid)
    with open(f"/proc/{program.pid}/smaps_rollup", "rb") as file:
        rollup = smaps_rollup.parse(file.read())
    sums = {
        figure: sum(segment[figure] for segment in process["segments"])
        for figure in ("virtual_bytes", "rss_bytes", "pss_bytes", "uss_bytes", "swap_bytes", "huge_page_bytes")
    }
    # The PSS of each mapping is rounded down to a kB.
    assert 0 <= rollup.pss_bytes - sums["pss_bytes"] <= process["mappings_count"] * 1024
    assert sums["rss_bytes"] == rollup.rss_bytes
    assert sums["uss_bytes"] == rollup.uss_bytes
    assert sums["swap_bytes"] == rollup.swap_bytes
    assert sums["huge_page_bytes"] == rollup.huge_page_bytes
    # VmSize leaves out [vsyscall], which is the kernel's.
    outside = sum(each["virtual_bytes"] for each in process["mappings"] if each["path"] == "[vsyscall]")
    assert sums["virtual_bytes"] == process["vsz_bytes"] + outside
    with open(f"/proc/{program.pid}/maps", "rb") as file:
        assert len(file.readlines()) == process["mappings_count"] == len(process["mappings"])


def test_the_map_is_drawn_as_it_lies(program: psutil.Process) -> None:
    process = map_of(program.pid)
    starts = [int(segment["first_address"], 16) for segment in process["segments"]]
    assert starts == sorted(starts)
    places = {segment["segment"]: place for place, segment in enumerate(process["segments"])}
    assert places["text"] < places["data"] < places["bss"]
    assert max(places, key=lambda name: places[name] if name != "vdso" else -1) == "stack"
    assert by_name(process)["text"]["permissions"] == ["r--p", "r-xp"]
    assert by_name(process)["bss"]["permissions"] == ["rw-p"]


def test_the_deleted_file_and_not_the_shared_memory(program: psutil.Process) -> None:
    (deleted,) = map_of(program.pid)["deleted_files"]
    assert deleted["path"] == str(Path(program.exe()).with_name("mapped"))
    assert (deleted["mappings"], deleted["rss_bytes"]) == (2, 12 * MIB)
    # The page cache of the shared mapping is mapped by no other process, the private one has its own copy.
    assert deleted["private_bytes"] == 12 * MIB


def test_against_readelf(program: psutil.Process) -> None:
    if not shutil.which("readelf"):
        pytest.skip("readelf is not installed")
    with open(program.exe(), "rb") as file:
        ours = elf.parse(file.read(8192))
    command = ["readelf", "--wide", "--segments", program.exe()]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split() for line in lines if line.split()[:1] == ["LOAD"]]
    loads = [(int(r[2], 16), int(r[1], 16), int(r[4], 16), int(r[5], 16), "E" in r[6:-1], "W" in r[6]) for r in rows]
    assert [tuple(load) for load in ours] == loads


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> Iterator[psutil.Process]:
    """A program with many threads and mappings that nobody here has written."""
    if not shutil.which("java"):
        pytest.skip("this machine has no Java")
    source = tmp_path_factory.mktemp("java") / "Sleeper.java"
    source.write_text(
        "public class Sleeper {"
        "  static void sleep(int ms) { try { Thread.sleep(ms); } catch (InterruptedException e) { } }"
        "  public static void main(String[] arguments) {"
        "    for (int i = 0; i < 20; i++) new Thread(() -> sleep(600000)).start();"
        '    sleep(500); System.out.println("ready"); sleep(600000); } }'
    )
    with subprocess.Popen(["java", "-Xmx64m", source], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "ready\n"
        yield psutil.Process(process.pid)
        process.kill()


def test_each_thread_of_java_has_a_stack(java: psutil.Process) -> None:
    process = map_of(java.pid)
    stacks = by_name(process)["thread_stack"]
    # Neighbours may share a mapping, and a thread of the runtime may run just now.
    assert 20 <= stacks["mappings"] <= process["threads"]
    assert stacks["virtual_bytes"] < 2 * MIB * process["threads"]


def test_the_module_documents_itself(program: psutil.Process) -> None:
    result = through_ansible("process_memory_info", "-a", json.dumps({"pids": [program.pid], "maps": True}))
    (process,) = result["processes"]
    assert by_name(process)["bss"]["rss_bytes"] >= 7 * MIB - PAGE
    assert_documented(result, "process_memory_info")
