# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units on a machine that was booted with systemd, against what ``systemctl show`` says holds for them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.fleet.memory.plugins.module_utils._config.systemd_values import normalise
from ansible_collections.fleet.memory.plugins.module_utils._procfs import meminfo
from ansible_collections.fleet.memory.plugins.module_utils._scan.files import Files
from ansible_collections.fleet.memory.plugins.module_utils._scan.limits import scan_limits

TEMPLATE = "fleet-memory-test@.service"
INSTANCE = "fleet-memory-test@one.service"
RUN = Path("/run/systemd/system")
UNITS = {
    TEMPLATE: "[Service]\nExecStart=/bin/sleep infinity\nMemoryMax=64M\nLimitNOFILE=100:200\nLimitCORE=0\n",
    TEMPLATE + ".d/10-all.conf": "[Service]\nMemoryHigh=10%\nLimitSTACK=4M\nTasksMax=40\n",
    INSTANCE + ".d/20-one.conf": "[Service]\nMemoryMax=48M\nLimitSTACK=\nLimitMEMLOCK=1M:infinity\n",
}

pytestmark = pytest.mark.skipif(not RUN.is_dir(), reason="this machine wasn't booted with systemd")


def systemctl(*arguments: str) -> str:
    return subprocess.run(["systemctl", *arguments], check=True, capture_output=True, text=True).stdout


def shown(unit: str) -> dict[str, str]:
    # A command with line breaks in it fills lines without a name.
    return dict(line.split("=", 1) for line in systemctl("show", "--", unit).splitlines() if "=" in line)


def units() -> list[dict[str, Any]]:
    return scan_limits(Files())["systemd"]["units"]


@pytest.fixture
def instance() -> Iterator[None]:
    """A running instance of a template, with drop-ins for the template and for itself."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    written = [RUN / name for name in UNITS]
    try:
        for path in written:
            path.parent.mkdir(exist_ok=True)
            path.write_text(UNITS[str(path.relative_to(RUN))])
        systemctl("daemon-reload")
        systemctl("start", INSTANCE)
        # A drop-in of the highest rank.
        systemctl("set-property", "--runtime", INSTANCE, "TasksMax=33")
        yield
    finally:
        for path in written:
            path.unlink(missing_ok=True)
            if path.parent != RUN:
                path.parent.rmdir()
        systemctl("stop", INSTANCE)
        systemctl("revert", INSTANCE)


def theirs(name: str, properties: dict[str, str]) -> list[Any]:
    """The property ``name`` as systemctl shows it: the hard and the soft value of a limit, else one value."""
    return [
        None if raw is None else normalise(name, raw)["value"]
        for raw in ([properties[name], properties[name + "Soft"]] if name.startswith("Limit") else [properties[name]])
    ]


def test_every_property_of_every_running_unit() -> None:
    compared = 0
    for unit in units():
        properties = shown(unit["unit"]) if unit["processes"] else {}
        # A session's scope may have ended since.
        if properties.get("LoadState") != "loaded":
            continue
        for name, decided in unit["properties"].items():
            # Percentages are shown as what they come to; an older systemd doesn't show every property.
            if "of" in decided or name not in properties:
                continue
            ours = [decided["hard"], decided["value"]] if name.startswith("Limit") else [decided["value"]]
            assert theirs(name, properties) == ours, (unit["unit"], name)
            compared += 1
    assert compared > 5


@pytest.mark.usefixtures("instance")
def test_an_instance_with_drop_ins() -> None:
    (unit,) = [unit for unit in units() if unit["unit"] == INSTANCE]
    assert (unit["file"], unit["processes"]) == (str(RUN / TEMPLATE), 1)
    declared = {name: (decided.get("hard"), decided["value"]) for name, decided in unit["properties"].items()}
    assert declared == {
        "MemoryMax": (None, 48 * 2**20),
        "MemoryHigh": (None, "10%"),
        "TasksMax": (None, 33),
        "LimitNOFILE": (200, 100),
        "LimitCORE": (0, 0),
        "LimitMEMLOCK": ("infinity", 2**20),
    }
    properties = shown(INSTANCE)
    for name in set(declared) - {"MemoryHigh"}:
        assert theirs(name, properties) == [value for value in declared[name] if value is not None], name
    tenth = meminfo.parse(Path("/proc/meminfo").read_bytes())["MemTotal"] // 10
    assert int(properties["MemoryHigh"]) == pytest.approx(tenth, abs=4096)
