# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""memory.stat of a cgroup: what its memory consists of, that of all cgroups below it included.

https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files and
https://docs.kernel.org/admin-guide/cgroup-v1/memory.html#stat-file

    anon 1044480
    file 3067904
    workingset_refault_file 12
"""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from .._shapes import flat_keyed


def parse(data: bytes, names: Dict[str, Tuple[str, ...]]) -> Dict[str, Optional[int]]:
    """The keys of ``names``, each with the first of its names that is there; None without any. Raises Malformed.

    Sizes are in bytes, the rest counts, as in the file.
    """
    numbers = flat_keyed.parse(data)
    return {key: next((numbers[name] for name in known if name in numbers), None) for key, known in names.items()}
