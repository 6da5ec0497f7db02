# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.fleet.memory.plugins.module_utils._derive.address_translation import address_translation

MEMINFO = {
    "MemTotal": 10000, "PageTables": 123, "SecPageTables": 17, "AnonPages": 4000, "AnonHugePages": 1000,
    "ShmemHugePages": 11, "FileHugePages": 12, "DirectMap4k": 301, "DirectMap2M": 302, "DirectMap1G": 303,
}  # fmt: skip


def test_figures():
    vmstat = {"nr_tlb_remote_flush": 5, "nr_tlb_local_flush_all": 6, "nr_free_pages": 7}
    assert address_translation(MEMINFO, vmstat, 2500, 987) == {
        "page_tables_bytes": 123,
        "page_tables_percent": 1.23,
        "secondary_page_tables_bytes": 17,
        "thp": {"anon_bytes": 1000, "anon_percent": 25.0, "shmem_bytes": 11, "file_bytes": 12},
        "hugetlb_bytes": 2500,
        "hugetlb_percent": 25.0,
        "direct_map": {"4k": 301, "2M": 302, "1G": 303},
        "context_switches": 987,
        "tlb": {"tlb_remote_flush": 5, "tlb_local_flush_all": 6},
    }


def test_what_a_kernel_lacks_is_unknown():
    result = address_translation({}, {}, None, None)
    assert result.pop("direct_map") == {}
    assert set(result.pop("thp").values()) == set(result.values()) == {None}
