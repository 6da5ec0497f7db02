# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc/vmstat: the counters of the kernel's memory management since boot, and a few levels (``nr_*``) in pages.

https://man7.org/linux/man-pages/man5/proc_vmstat.5.html

    nr_free_pages 6111096
    pswpin 0
    oom_kill 2
"""

from __future__ import annotations

from .._shapes import flat_keyed


def parse(data: bytes) -> dict[str, int]:
    """Every counter by the kernel's name, as it stands in the file. Raises Malformed when there is none."""
    return flat_keyed.parse(data)
