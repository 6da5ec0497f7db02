# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory map of one process: its segments, the deleted files that it maps, its mappings."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional

from .._derive.segment_names import Classifier, Program
from .._derive.segments import MOST_MAPPINGS, deleted_files, largest_mappings, segments
from .._procfs import pid_stat, pid_syscall, smaps_mappings
from .._records.unread import DENIED, VANISHED, Unread
from .._shapes import elf
from .files import Files, read_link, read_once, reason_of
from .process_files import Gone, ProcessFiles, pids_of

_PIECE = 1 << 20

_ELF_HEAD = 8192
"""Linkers put the program headers right behind the file header."""

_UNKNOWN: Dict[str, Any] = dict.fromkeys(
    ("segments", "deleted_files", "mappings", "mappings_count", "mappings_truncated")
)


def _read_mappings(name: str, dir_fd: int) -> List[smaps_mappings.Mapping]:
    """All mappings. The text, more than a kilobyte for each of maybe a million, is never in memory as a whole."""
    mappings: List[smaps_mappings.Mapping] = []
    text = b""
    descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=dir_fd)
    try:
        while True:
            chunk = os.read(descriptor, _PIECE)
            text += chunk
            if not chunk:
                return mappings + smaps_mappings.parse(text)
            if len(text) >= _PIECE:
                # The last mapping may go on in the next chunk.
                complete = smaps_mappings.last_begin(text)
                mappings += smaps_mappings.parse(text[:complete])
                text = text[complete:]
    finally:
        os.close(descriptor)


def _read_elf(name: str, dir_fd: int) -> List[elf.Load]:
    descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=dir_fd)
    try:
        return elf.parse(os.read(descriptor, _ELF_HEAD))
    finally:
        os.close(descriptor)


def _read_stack_pointers(name: str, dir_fd: int) -> List[int]:
    """Of the threads that wait in the kernel, as nearly all threads do. A thread that ended meanwhile has none."""
    folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=dir_fd)
    pointers: List[Optional[int]] = []
    try:
        for thread in pids_of(os.listdir(folder)):
            try:
                pointers.append(pid_syscall.parse(read_once("%d/syscall" % thread, folder)))
            except OSError as error:
                if reason_of(error) == DENIED:
                    raise
        if not pointers:
            raise FileNotFoundError("this kernel has no /proc/PID/syscall")
    finally:
        os.close(folder)
    return [pointer for pointer in pointers if pointer is not None]


def _program(files: ProcessFiles) -> Optional[Program]:
    link = files.parsed("exe", bytes, read_link)
    if link is None:
        return None
    try:
        loads = files.walk("exe", _read_elf)
    except Unread as error:
        files.unread["exe"] = error.reason
        loads = []
    # In smaps a newline is escaped, in a link it isn't.
    return Program(link.replace(b"\n", b"\\012"), loads)


def _map(files: ProcessFiles, process: Dict[str, Any]) -> Dict[str, Any]:
    # Since it was scanned the number may have been given to another process.
    if files.must("stat", pid_stat.parse).start_ticks != process["start_ticks"]:
        raise Gone
    program = _program(files)
    try:
        stack_pointers = files.walk("task", _read_stack_pointers)
    except Unread as error:
        files.unread["task"] = error.reason
        stack_pointers = []
    mappings = files.walk("smaps", _read_mappings)
    if not mappings and process["vsz_bytes"]:
        raise Gone
    classifier = Classifier(mappings, program, stack_pointers, os.sysconf("SC_PAGE_SIZE"))
    named = [(classifier.segment(mapping), mapping) for mapping in mappings]
    return {
        "segments": segments(named),
        "deleted_files": deleted_files(named),
        "mappings": largest_mappings(named),
        "mappings_count": len(named),
        "mappings_truncated": len(named) > MOST_MAPPINGS,
    }


def scan_segments(files: Files, process: Dict[str, Any]) -> Dict[str, Any]:
    """``{segments, deleted_files, mappings, mappings_count, mappings_truncated}`` of a process that was scanned.

    Each is None, with the reason in the process's ``unread``, when it could not be read.
    """
    if process["state"] == "Z":
        return {"segments": [], "deleted_files": [], "mappings": [], "mappings_count": 0, "mappings_truncated": False}
    try:
        with ProcessFiles(files, process["pid"]) as process_files:
            try:
                return _map(process_files, process)
            finally:
                process["unread"].update(process_files.unread)
    except Gone:
        process["unread"]["smaps"] = VANISHED
    except Unread as error:
        process["unread"][error.path] = error.reason
    return dict(_UNKNOWN)
