# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the units there declare, against what systemd says holds for them."""

from __future__ import annotations

from typing import Any

import pytest

# The parser alone: systemd shows sizes and limits as unit files may write them.
from ansible_collections.fleet.memory.plugins.module_utils._config.systemd_values import normalise

from tests.kernels.conftest import Observed
from tests.kernels.guest import Guest

MIB = 2**20


@pytest.fixture
def units(observed: Observed) -> dict[str, dict[str, Any]]:
    return {unit["unit"]: unit for unit in observed.snapshot["limits"]["systemd"]["units"]}


def test_every_property_of_every_running_unit(units: dict[str, Any], observed: Observed) -> None:
    compared = 0
    for name, ours in units.items():
        shown = observed.witness["units"].get(name, {})
        if not ours["processes"] or shown.get("LoadState") != "loaded":
            continue
        # One folder by two names: /lib is a link to /usr/lib.
        assert (ours["file"] or "").removeprefix("/usr") == shown.get("FragmentPath", "").removeprefix("/usr")
        for key, declared in ours["properties"].items():
            if "of" in declared or key not in shown:  # a percentage is shown as what it comes to
                continue
            mine = [declared["hard"], declared["value"]] if key.startswith("Limit") else [declared["value"]]
            raw = [shown[key], shown[key + "Soft"]] if key.startswith("Limit") else [shown[key]]
            assert mine == [normalise(key, value)["value"] for value in raw], (name, key)
            compared += 1
    assert compared > 12


def test_drop_ins(units: dict[str, Any]) -> None:
    database = units["database.service"]["properties"]
    values = {key: declared["value"] for key, declared in database.items()}
    assert values == {
        "MemoryMin": 4 * MIB,
        "MemoryHigh": 100 * MIB,
        "MemoryMax": 120 * MIB,
        "LimitMEMLOCK": 16 * MIB,
        "LimitNOFILE": 1000,
        "TasksMax": 40,
    }
    assert database["MemoryMax"]["file"] == "/etc/systemd/system/database.service.d/10-memory.conf"
    assert units["worker@two.service"]["properties"]["MemoryMax"]["value"] == "25%"


@pytest.mark.parametrize("user", ["root", "alice", "carol"])
def test_limits_of_a_real_login(guest: Guest, observed: Observed, user: str) -> None:
    """``alice`` has a line of her own, ``carol`` is in a group that has one, and root is let off the wildcard."""
    # prlimit would have to be installed; /proc/self/limits is the login's own.
    lines = guest.run("cat /proc/self/limits", user=user).splitlines()[1:]
    columns = {line[:26].strip(): line[26:].split()[:2] for line in lines}
    names = {
        "AS": "Max address space",
        "CORE": "Max core file size",
        "DATA": "Max data size",
        "MEMLOCK": "Max locked memory",
        "NOFILE": "Max open files",
        "NPROC": "Max processes",
        "STACK": "Max stack size",
    }
    (session,) = [each for each in observed.snapshot["limits"]["login_sessions"] if each["user"] == user]
    ours = {name: [str(session["limits"][name][kind]) for kind in ("soft", "hard")] for name in names}
    assert ours == {name: columns[label] for name, label in names.items()}
