# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A hand-made host; what is expected is what ``systemctl show`` of systemd 257 (Debian 13) printed for its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Readings
from ansible_collections.fleet.memory.plugins.module_utils._scan.process_table import Process, ProcessTable
from ansible_collections.fleet.memory.plugins.module_utils._scan.systemd import scan_systemd
from ansible_collections.fleet.memory.plugins.module_utils._scan.unit_files import UnitFiles

from tests.support.hand_made import hand_made

ETC, RUN, LIB = "/etc/systemd/system/", "/run/systemd/system/", "/usr/lib/systemd/system/"

FILES = {
    "/etc/systemd/system.conf.d/50-a.conf": "[Manager]\nDefaultLimitNOFILE=2048:4096\nDefaultTasksMax=40%\n",
    "/usr/lib/systemd/system.conf.d/50-a.conf": "[Manager]\nDefaultLimitNOFILE=1:2\n",
    "/usr/lib/systemd/system.conf": "[Manager]\n#DefaultLimitCORE=7\nDefaultOOMPolicy=stop\n",
    "/run/systemd/system.conf.d/60-b.conf": "[Manager]\nDefaultLimitMEMLOCK=1M\nDefaultOOMPolicy=continue\n",
    "/etc/systemd/user.conf": "[Manager]\nDefaultLimitAS=1G\n",
    LIB + "foo-bar-baz.service": "[Service]\nExecStart=/bin/sleep infinity\nLimitNOFILE=100:200\nLimitCPU=1min 30s\n"
    "MemoryMax=64M\nMemoryHigh=50%\nTasksMax=77\nLimitNICE=+5\nLimitRTTIME=5ms\nLimitSTACK=8M:infinity\nLimitFSIZE=1.5G\n",
    ETC + "foo-.service.d/10-x.conf": "[Service]\nLimitNOFILE=111\n",
    LIB + "foo-bar-.service.d/10-x.conf": "[Service]\nLimitNOFILE=222\n",
    RUN + "foo-bar-baz.service.d/10-x.conf": "[Service]\nLimitNOFILE=333\n",
    LIB + "foo-bar-baz.service.d/20-y.conf": "[Service]\nMemorySwapMax=\nMemoryMax=70M\nMemoryMax=\nMemoryMax=bogus\n"
    "MemoryMax=80M\n",
    LIB + "foo-bar-baz.service.d/40-cont.conf": "[Service]\nLimitNPROC=\\\n# c\n 50\n",
    LIB + "foo-bar-baz.service.d/README": "[Service]\nLimitNPROC=1\n",
    ETC + "service.d/05-all.conf": "[Service]\nOOMScoreAdjust=17\nLimitCORE=5M\n",
    ETC + "foo-alias.service.d/30-alias.conf": "[Service]\nLimitCORE=6M\n",
    ETC + "tpl@.service": "[Service]\nExecStart=/bin/sleep infinity\nMemoryMax=30M\n",
    ETC + "tpl@.service.d/a.conf": "[Service]\nLimitNOFILE=1000\n",
    ETC + "tpl@one.service.d/b.conf": "[Service]\nLimitNOFILE=1001\n",
    "/etc/systemd/system.control/tpl@two.service.d/50-MemoryHigh.conf": "[Service]\nMemoryHigh=20971520\n",
    LIB + "masked.service": "[Service]\nLimitNOFILE=5\n",
    LIB + "masked.service.d/x.conf": "[Service]\nLimitNOFILE=6\n",
    LIB + "empty.service": "",
    "/run/systemd/transient/trans.service": "[Service]\nMemoryMax=41943040\nLimitNOFILE=321\n",
    ETC + "system.slice.d/x.conf": "[Slice]\nMemoryMax=250M\n[Service]\nMemoryMax=1M\n",
    LIB + "user-.slice.d/10-defaults.conf": "[Slice]\nTasksMax=33%\n",
    LIB + "graphical.target": "[Unit]\nMemoryMax=1\n",
    LIB + "multi-user.target.wants/x.service": "[Service]\nMemoryMax=1\n",
}
LINKS = {
    ETC + "foo-alias.service": LIB + "foo-bar-baz.service",
    ETC + "masked.service": "/dev/null",
    LIB + "tpl-masked@.service": "/dev/null",
    "/lib": "usr/lib",
}

PROCESSES = [
    (1, None, b"0::/init.scope\n"),
    (20, None, b"0::/system.slice/foo-alias.service\n"),
    (21, None, b"0::/system.slice/system-tpl.slice/tpl@two.service\n"),
    (22, None, b"0::/system.slice/system-tpl.slice/tpl@two.service\n"),
    (23, None, b"0::/user.slice/user-1000.slice/session-3.scope\n"),
    (24, None, b"0::/system.slice/masked.service\n"),
    (25, None, b"garbage"),
]


def scan(readings: Readings, processes: List[Process]) -> Dict[str, Any]:
    return scan_systemd(readings, ProcessTable(processes), UnitFiles(readings))


@pytest.fixture
def scanned(tmp_path: Path) -> Dict[str, Any]:
    readings = Readings(hand_made(tmp_path, FILES, LINKS))
    systemd = scan(readings, PROCESSES)
    assert readings.unread == {"/proc/25/cgroup": "malformed"}
    systemd["units"] = {unit["unit"]: unit for unit in systemd["units"]}
    return systemd


def values(properties: Dict[str, Dict[str, Any]]) -> Dict[str, Any]:
    return {name: (p["value"], p["hard"]) if "hard" in p else p["value"] for name, p in properties.items()}


def test_manager(scanned: Dict[str, Any]) -> None:
    assert scanned["present"] is True
    assert values(scanned["manager"]) == {
        "DefaultLimitNOFILE": (2048, 4096),
        "DefaultTasksMax": "40%",
        "DefaultLimitMEMLOCK": (1048576, 1048576),
        "DefaultOOMPolicy": "continue",
    }
    assert scanned["manager"]["DefaultLimitNOFILE"]["file"] == "/etc/systemd/system.conf.d/50-a.conf"
    assert scanned["manager"]["DefaultOOMPolicy"]["line"] == 3
    assert values(scanned["user_manager"]) == {"DefaultLimitAS": (2**30, 2**30)}


def test_prefix_folders_masks_of_one_name_aliases_and_resets(scanned: Dict[str, Any]) -> None:
    unit = scanned["units"]["foo-bar-baz.service"]
    assert values(unit["properties"]) == {
        "LimitNOFILE": (111, 111),
        "LimitCPU": (90, 90),
        "MemoryMax": 83886080,
        "MemoryHigh": "50%",
        "TasksMax": 77,
        "LimitNICE": (15, 15),
        "LimitRTTIME": (5000, 5000),
        "LimitSTACK": (8388608, "infinity"),
        "LimitFSIZE": (1610612736, 1610612736),
        "OOMScoreAdjust": 17,
        "LimitCORE": (6291456, 6291456),
        "LimitNPROC": (50, 50),
    }
    assert unit["properties"]["LimitNOFILE"]["file"] == ETC + "foo-.service.d/10-x.conf"
    assert unit["properties"]["MemoryMax"]["line"] == 6
    assert (unit["aliases"], unit["processes"]) == (["foo-alias.service"], 1)
    assert "foo-alias.service" not in scanned["units"]


def test_templates_and_their_instances(scanned: Dict[str, Any]) -> None:
    expected = {"MemoryMax": 31457280, "OOMScoreAdjust": 17, "LimitCORE": (5242880, 5242880)}
    units = scanned["units"]
    assert values(units["tpl@.service"]["properties"]) == dict(expected, LimitNOFILE=(1000, 1000))
    assert values(units["tpl@one.service"]["properties"]) == dict(expected, LimitNOFILE=(1001, 1001))
    two = dict(expected, LimitNOFILE=(1000, 1000), MemoryHigh=20971520)
    assert values(units["tpl@two.service"]["properties"]) == two
    assert (units["tpl@two.service"]["file"], units["tpl@two.service"]["processes"]) == (ETC + "tpl@.service", 2)


def test_a_masked_unit_has_no_properties_and_is_told_only_while_it_runs(scanned: Dict[str, Any]) -> None:
    masked = scanned["units"]["masked.service"]
    assert (masked["masked"], masked["properties"], masked["processes"]) == (True, {}, 1)
    assert "empty.service" not in scanned["units"]
    assert "tpl-masked@.service" not in scanned["units"]


def test_slices_scopes_and_transient_units(scanned: Dict[str, Any]) -> None:
    units = scanned["units"]
    assert values(units["system.slice"]["properties"]) == {"MemoryMax": 262144000}
    assert (units["system.slice"]["processes"], units["system.slice"]["file"]) == (4, None)
    assert values(units["user-1000.slice"]["properties"]) == {"TasksMax": "33%"}
    assert units["session-3.scope"]["properties"] == {}
    assert values(units["trans.service"]["properties"])["LimitNOFILE"] == (321, 321)
    assert not {"graphical.target", "x.service"} & set(units)


def test_a_value_that_systemd_refuses_is_told_once(scanned: Dict[str, Any]) -> None:
    assert scanned["rejected"] == [
        {
            "file": LIB + "foo-bar-baz.service.d/20-y.conf",
            "line": 5,
            "reason": "MemoryMax: 'bogus' has no number with a known unit",
        }
    ]


def test_a_host_without_systemd(tmp_path: Path) -> None:
    readings = Readings(hand_made(tmp_path, {"/etc/passwd": ""}))
    assert scan(readings, []) == {
        "present": False,
        "manager": {},
        "user_manager": {},
        "units": [],
        "rejected": [],
    }
    assert readings.unread == {}


def test_lib_that_is_no_link_is_a_place_of_its_own(tmp_path: Path) -> None:
    readings = Readings(hand_made(tmp_path, {"/lib/systemd/system/a.service": "[Service]\nMemoryMax=1M\n"}))
    assert [unit["unit"] for unit in scan(readings, [])["units"]] == ["a.service"]


def test_links_that_lead_in_a_circle_or_nowhere(tmp_path: Path) -> None:
    links = {ETC + "a.service": "b.service", ETC + "b.service": "a.service", ETC + "c.service": "/nowhere/c.service"}
    readings = Readings(hand_made(tmp_path, {}, links))
    assert scan(readings, [])["units"] == []


@pytest.mark.parametrize(
    "folders",
    [
        # The first of each pair masks the second: by place, within one place by the name, the whole type last.
        (ETC + "a-b.service.d", LIB + "a-b.service.d"),
        (ETC + "a-.service.d", RUN + "a-b.service.d"),
        (LIB + "a-b.service.d", LIB + "a-.service.d"),
        (LIB + "a-.service.d", ETC + "service.d"),
        (RUN + "service.d", LIB + "service.d"),
    ],
)
def test_of_two_drop_ins_with_one_name_one_counts(tmp_path: Path, folders: Any) -> None:
    files = {"%s/x.conf" % folder: "[Service]\nTasksMax=%d\n" % number for number, folder in enumerate(folders, 1)}
    readings = Readings(hand_made(tmp_path, {LIB + "a-b.service": "[Service]\nTasksMax=9\n", **files}))
    units = {unit["unit"]: unit["properties"] for unit in scan(readings, [])["units"]}
    assert values(units["a-b.service"]) == {"TasksMax": 1}
    assert units["a-b.service"]["TasksMax"]["file"] == folders[0] + "/x.conf"
