# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts with a service that leaks, and one without."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LEAKING, MIB, QUIET, kept, on


def leak(host: str) -> dict[str, Any]:
    """What the diagnosis says of leaks on ``host``."""
    (row,) = [row for row in kept(f"diagnose/{host}")["rows"] if row["row"] == "leak"]
    return row


@pytest.mark.parametrize("name", LEAKING)
def test_the_leak_is_named_with_its_process(name: str) -> None:
    row = leak(name)
    assert row["applies"] is True
    (process,) = row["figures"]["leaking"]
    assert (process["command"], process["unit"]) == ("python3", "leaker.service")
    # It grows by 1 MiB a second, slower where the machine is busy.
    assert 0.3 * MIB < process["grown_bytes_per_second"] < 2 * MIB
    assert row["meaning"]
    assert "memory_diagnose_seconds" in row["what_to_do"]


@pytest.mark.parametrize("name", LEAKING)
def test_its_process_is_that_of_the_service(name: str) -> None:
    (process,) = leak(name)["figures"]["leaking"]
    assert on(name, "systemctl", "show", "--property=MainPID", "leaker.service") == f"MainPID={process['pid']}"


@pytest.mark.parametrize("name", QUIET)
def test_a_quiet_host_has_no_leak(name: str) -> None:
    row = leak(name)
    assert (row["applies"], row["meaning"], row["figures"]["leaking"]) == (False, None, [])
