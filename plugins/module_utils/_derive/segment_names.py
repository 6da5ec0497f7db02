# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which part of a process each of its mappings is: text, data, bss, heap, stack and so on.

Most mappings say themselves what they are. The parts of the program are told apart by its ELF headers, the stacks of
threads by signs.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Iterable, List, NamedTuple, Optional, Set

from .._procfs.smaps_mappings import Mapping
from .._shapes.elf import Load

_DELETED = b" (deleted)"

# Files that the kernel makes up to hold shared memory: System V, memfd_create(), MAP_SHARED | MAP_ANONYMOUS with and
# without huge pages, buffers of graphics drivers; and POSIX shared memory.
_SHARED_MEMORY = re.compile(
    rb"/SYSV[0-9a-f]{8}(?: |\Z)|/memfd:|/dev/zero \(deleted\)|/anon_hugepage|/dev/shm/|\[anon_shmem:"
    rb"|/drm mm object \(deleted\)|/i915 \(deleted\)"
)
_FROM_KERNEL = re.compile(rb"\[(?:vdso|vvar|vvar_vclock|vsyscall|vectors|sigpage|uprobes)\]\Z")
_DEVICE = re.compile(rb"/dev/|anon_inode:")

# Named like files, and none: a private mapping of zeros, and a queue shared with the kernel.
_ANONYMOUS = re.compile(rb"/dev/zero\Z|/\[aio\] \(deleted\)\Z")

# Given by Linux 3.4 to 4.4, by glibc when its tunable decorate_maps is on, and by bionic.
_THREAD_STACK = re.compile(rb"\[stack:\d+\]|\[anon: glibc: pthread (?:user )?stack|\[anon:stack_and_tls:")


def deleted_file(name: bytes) -> Optional[bytes]:
    """The path of the deleted file that a mapping of this name is of; None when it's of another, or of no file."""
    if not name.endswith(_DELETED) or _SHARED_MEMORY.match(name) or _ANONYMOUS.match(name):
        return None
    return name[: -len(_DELETED)]


class Program(NamedTuple):
    """The main program: what its mappings are called, and what its ELF headers say, when they could be read."""

    name: bytes
    loads: List[Load]


class Classifier:
    """Knows enough of all mappings of a process to name the segment of each."""

    def __init__(
        self,
        mappings: List[Mapping],
        program: Optional[Program],
        stack_pointers: Iterable[int],
        page_bytes: int,
    ) -> None:
        self._page_bytes = page_bytes
        self._program = program and program.name
        self._loads = _placed(mappings, program) if program else []
        self._libraries = {mapping.name for mapping in mappings if "x" in mapping.permissions}
        self._guards = {mapping.end for mapping in mappings if mapping.permissions == "---p"}
        self._pointed_at = _holding(stack_pointers, mappings)

    def segment(self, mapping: Mapping) -> str:
        """The name of the segment that the mapping belongs to."""
        name = mapping.name
        if not name or name.startswith(b"["):
            return self._without_file(mapping)
        # First, for a program may lie in shared memory: container runtimes start a copy of themselves from there.
        if name == self._program:
            if not self._loads:
                return "text" if _is_constant(mapping) else "data"
            load = self._load(mapping)
            if load:
                return "data" if load.writable else "text"
        if _ANONYMOUS.match(name) or (name.startswith(b"/anon_hugepage") and "p" in mapping.permissions):
            return "anonymous"
        if _SHARED_MEMORY.match(name) or b"ht" in mapping.flags.split():
            return "shared_memory"
        if _DEVICE.match(name):
            return "device"
        if name in self._libraries:
            return "library_text" if _is_constant(mapping) else "library_data"
        return "file"

    def _without_file(self, mapping: Mapping) -> str:
        if mapping.name in (b"", b"[heap]") and self._is_bss(mapping):
            return "bss"
        if mapping.name in (b"[heap]", b"[stack]"):
            return mapping.name[1:-1].decode("ascii")
        if _FROM_KERNEL.match(mapping.name):
            return "vdso"
        if _SHARED_MEMORY.match(mapping.name):
            return "shared_memory"
        return "thread_stack" if self._is_thread_stack(mapping) else "anonymous"

    def _load(self, mapping: Mapping) -> Optional[Load]:
        """The part of the program that the mapping is of. No two parts share a page."""
        for load in reversed(self._loads):
            if load.address < mapping.end:
                return load if mapping.start < load.address + load.memory_bytes else None
        return None

    def _is_bss(self, mapping: Mapping) -> bool:
        load = self._load(mapping)
        return (
            load is not None
            and load.writable
            and mapping.start > load.address + load.file_bytes - self._page_bytes
            and mapping.end < load.address + load.memory_bytes + self._page_bytes
        )

    def _is_thread_stack(self, mapping: Mapping) -> bool:
        if mapping.name:
            return bool(_THREAD_STACK.match(mapping.name))
        # No sign alone will do: the pointer of a Go thread points into the heap, between the arenas of malloc there
        # are guards, and a program may refuse huge pages for anything.
        signs = (
            mapping in self._pointed_at,
            mapping.start in self._guards,
            # MAP_STACK refuses huge pages, since Linux 6.7.
            b"nh" in mapping.flags.split(),
        )
        return "w" in mapping.permissions and sum(signs) >= 2


def _holding(addresses: Iterable[int], mappings: List[Mapping]) -> Set[Mapping]:
    """The mappings that the addresses lie in."""
    starts = [mapping.start for mapping in mappings]
    at_or_below = [(address, bisect_right(starts, address) - 1) for address in addresses]
    return {mappings[i] for address, i in at_or_below if i >= 0 and address < mappings[i].end}


def _placed(mappings: List[Mapping], program: Program) -> List[Load]:
    """The parts of the program at their addresses in this process; none when that can't be told."""
    lowest = next((mapping for mapping in mappings if mapping.name == program.name), None)
    if not program.loads or not lowest:
        return []
    first = program.loads[0]
    shift = (lowest.start - lowest.offset) - (first.address - first.offset)
    return [load._replace(address=load.address + shift) for load in program.loads]


def _is_constant(mapping: Mapping) -> bool:
    """Whether a part of a program or library is code or constants.

    Constants that were writable while the loader relocated them (RELRO) are data: "ac" tells that the kernel accounts
    for private copies of the pages.
    """
    return "x" in mapping.permissions or not ("w" in mapping.permissions or b"ac" in mapping.flags.split())
