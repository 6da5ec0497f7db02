# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sums over the mappings of a process, by segment and by deleted file."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Tuple

from .._procfs.smaps_mappings import Mapping
from .._records.text import text
from .segment_names import deleted_file

MOST_MAPPINGS = 2000

Named = Tuple[str, Mapping]
"""A mapping with the name of its segment."""

_OF_FILES = ("text", "data", "library_text", "library_data", "file")


def _sum(figures: Iterable[Optional[int]]) -> Optional[int]:
    total = 0
    for figure in figures:
        if figure is None:
            return None
        total += figure
    return total


def _segment(name: str, mappings: List[Mapping]) -> Dict[str, Any]:
    return {
        "segment": name,
        "first_address": hex(mappings[0].start),
        "last_address": hex(mappings[-1].end),
        "mappings": len(mappings),
        "permissions": sorted({mapping.permissions for mapping in mappings}),
        "virtual_bytes": sum(mapping.end - mapping.start for mapping in mappings),
        "rss_bytes": sum(mapping.rss_bytes for mapping in mappings),
        "pss_bytes": sum(mapping.pss_bytes for mapping in mappings),
        "uss_bytes": sum(mapping.uss_bytes for mapping in mappings),
        "swap_bytes": sum(mapping.swap_bytes for mapping in mappings),
        "huge_page_bytes": sum(mapping.huge_page_bytes for mapping in mappings),
        "hugetlb_bytes": _sum(mapping.hugetlb_bytes for mapping in mappings),
    }


def segments(named: Iterable[Named]) -> List[Dict[str, Any]]:
    """The segments that the process has, lowest first address first."""
    mappings: Dict[str, List[Mapping]] = {}
    for name, mapping in named:
        mappings.setdefault(name, []).append(mapping)
    return [_segment(*item) for item in sorted(mappings.items(), key=lambda item: item[1][0].start)]


def deleted_files(named: Iterable[Named]) -> List[Dict[str, Any]]:
    """Files that were removed or replaced since they were mapped, largest RSS first. Shared memory isn't among them."""
    files: Dict[bytes, Dict[str, Any]] = {}
    for name, mapping in named:
        path = deleted_file(mapping.name) if name in _OF_FILES else None
        if path is not None:
            file = files.setdefault(path, {"path": text(path), "mappings": 0, "rss_bytes": 0, "private_bytes": 0})
            file["mappings"] += 1
            file["rss_bytes"] += mapping.rss_bytes
            file["private_bytes"] += mapping.uss_bytes
    return sorted(files.values(), key=lambda file: -file["rss_bytes"])


def _shown(name: str, mapping: Mapping) -> Dict[str, Any]:
    return {
        "start": hex(mapping.start),
        "end": hex(mapping.end),
        "permissions": mapping.permissions,
        "offset": mapping.offset,
        "path": text(mapping.name) or None,
        "segment": name,
        "virtual_bytes": mapping.end - mapping.start,
        "rss_bytes": mapping.rss_bytes,
        "pss_bytes": mapping.pss_bytes,
        "swap_bytes": mapping.swap_bytes,
    }


def largest_mappings(named: List[Named]) -> List[Dict[str, Any]]:
    """The mappings with the largest RSS, MOST_MAPPINGS of them, in the order of their addresses."""
    largest = sorted(named, key=lambda item: -item[1].rss_bytes)[:MOST_MAPPINGS]
    return [_shown(*item) for item in sorted(largest, key=lambda item: item[1].start)]
