# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where all of the guest's memory is: the ledger closes on a kernel of its own."""

from __future__ import annotations

from tests.kernels.conftest import Observed
from tests.kernels.guest import Guest


def test_it_closes(observed: Observed) -> None:
    ledger = observed.snapshot["memory"]["ledger"]
    known = sum(entry["bytes"] or 0 for entry in ledger["entries"])
    assert known + ledger["residual_bytes"] == ledger["total_bytes"]
    assert ledger["total_bytes"] == observed.snapshot["memory"]["meminfo"]["MemTotal"]
    assert abs(ledger["residual_percent"]) < 3 and ledger["closes"]


def test_it_closes_with_much_in_a_tmpfs(guest: Guest) -> None:
    """Shared memory is in Cached and in Shmem: counted twice, it would tear the ledger open by a tenth."""
    guest.run("head -c 50M /dev/zero > /dev/shm/held")
    try:
        memory = guest.module("memory_info")
    finally:
        guest.run("rm /dev/shm/held")
    entries = {entry["name"]: entry["bytes"] for entry in memory["ledger"]["entries"]}
    assert entries["shared_memory"] >= 50 * 2**20
    assert memory["ledger"]["closes"] and abs(memory["ledger"]["residual_percent"]) < 3
    tmpfs = {mount["mount_point"]: mount for mount in memory["shared_memory"]["tmpfs"]}
    assert tmpfs["/dev/shm"]["used_bytes"] >= 50 * 2**20
