# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it costs to turn addresses into pages: page tables, how much lies in huge pages, and what empties the TLB.

https://docs.kernel.org/admin-guide/mm/transhuge.html, https://docs.kernel.org/filesystems/proc.html#meminfo
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from .share import percent

_DIRECT_MAP = "DirectMap"
_TLB = "nr_tlb_"


def address_translation(
    meminfo: Dict[str, int], vmstat: Dict[str, int], hugetlb: Optional[int], context_switches: Optional[int]
) -> Dict[str, Any]:
    """The contract's ``address_translation``. ``hugetlb``: bytes in all pools of huge pages."""
    total, tables, anon_huge = meminfo.get("MemTotal"), meminfo.get("PageTables"), meminfo.get("AnonHugePages")
    tlb = {key[len("nr_") :]: count for key, count in vmstat.items() if key.startswith(_TLB)}
    return {
        "page_tables_bytes": tables,
        "page_tables_percent": percent(tables, total),
        "secondary_page_tables_bytes": meminfo.get("SecPageTables"),
        "thp": {
            "anon_bytes": anon_huge,
            "anon_percent": percent(anon_huge, meminfo.get("AnonPages")),
            "shmem_bytes": meminfo.get("ShmemHugePages"),
            "file_bytes": meminfo.get("FileHugePages"),
        },
        "hugetlb_bytes": hugetlb,
        "hugetlb_percent": percent(hugetlb, total),
        "direct_map": {key[len(_DIRECT_MAP) :]: size for key, size in meminfo.items() if key.startswith(_DIRECT_MAP)},
        "context_switches": context_switches,
        "tlb": tlb or None,
    }
