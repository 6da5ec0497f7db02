# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A swap file: how it stands with it, and making it what it is to be, from wherever a run that was killed left it.

The kernel lets nobody rename, remove or write to a file that it swaps to. So one of another size is made beside it, and
takes its name in the moment in which it is off.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import Any, Callable, Dict, List, Optional, TypeVar

from .._derive.guard_swap import guard_off
from .._procfs import meminfo, swaps
from .._records.text import text
from .._records.unread import Malformed
from .._scan.files import read_all
from .._scan.swap_file import NOTHING, SWAP_FILE, look
from . import live, swap_calls, whole_file
from .zeros import write_zeros

Record = TypeVar("Record")

SwapState = Dict[str, Any]
"""``{size_bytes, mode, uid, gid, active, priority}``; size of the file; priority None is the kernel's choice."""

NO_SWAP_FILE: SwapState = dict.fromkeys(("size_bytes", "mode", "uid", "gid", "active", "priority"))
"""Stands for anything else at the path; it equals no swap file's state."""

_PROGRAMS = ("/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/")
"""An ordinary user's PATH may lack those of root."""


def state_of(root: str, place: str) -> Optional[SwapState]:
    """The swap file ``place`` (with ``root``); None where there is nothing. Raises OSError."""
    found = look(place)
    if found.what == NOTHING:
        return None
    if found.what != SWAP_FILE:
        return dict(NO_SWAP_FILE)
    area = area_of(root, place)
    return {
        "size_bytes": found.size_bytes,
        "mode": found.mode,
        "uid": found.uid,
        "gid": found.gid,
        "active": area is not None,
        # The kernel gives negative ones.
        "priority": area.priority if area and area.priority >= 0 else None,
    }


def area_of(root: str, place: str) -> Optional[swaps.Area]:
    """The file as the kernel swaps to it; None where it doesn't. Raises OSError."""
    name = text(os.fsencode(place))
    return next((area for area in _areas(root) if area.path == name), None)


def others_free(root: str, place: str) -> int:
    """Bytes that are free in the other swap areas. Raises OSError."""
    name = text(os.fsencode(place))
    return sum(area.size_bytes - area.used_bytes for area in _areas(root) if area.path != name)


def idle(state: Optional[SwapState]) -> Optional[SwapState]:
    """The same file, not swapped to."""
    return dict(state, active=False, priority=None) if state and state["active"] else state


def words(state: SwapState) -> str:
    """For a reader."""
    if state["size_bytes"] is None:
        return "no swap file"
    swapped = "off"
    if state["active"]:
        swapped = "on, priority %s" % ("auto" if state["priority"] is None else state["priority"])
    owner = (state["size_bytes"], state["mode"], state["uid"], state["gid"], swapped)
    return "%d bytes, mode %04o, owner %d:%d, %s" % owner


def to_be_made(root: str, place: str, wanted: Optional[SwapState]) -> bool:
    """Whether the file has to be made, or made anew: another size, holes, a header that isn't for all of it."""
    if wanted is None:
        return False
    found = look(place)
    if found.what != SWAP_FILE or found.size_bytes != wanted["size_bytes"]:
        return True
    return not found.whole and area_of(root, place) is None


def goes_off(root: str, place: str, wanted: Optional[SwapState]) -> bool:
    """Whether ``put`` turns it off, be it for a moment."""
    state = state_of(root, place)
    if not state or not state["active"]:
        return False
    stays = wanted is not None and wanted["active"] and wanted["priority"] == state["priority"]
    return not stays or to_be_made(root, place, wanted)


def held(root: str, place: str, wanted: Optional[SwapState]) -> Optional[str]:
    """Why ``put`` can't turn it off without force; None where it can, or needn't. Raises OSError."""
    area = area_of(root, place)
    if area is None or not goes_off(root, place, wanted):
        return None
    figures = _parsed(root, "/proc/meminfo", meminfo.parse)
    refused = guard_off(place[len(root) :], area.used_bytes, others_free(root, place), figures)
    return refused["why"] if refused else None


def put(root: str, place: str, wanted: Optional[SwapState], command: live.Run, force: bool = False) -> None:
    """Make ``place`` what ``wanted`` says; None turns it off and removes it. Raises OSError and CommandFailed.

    ``force`` turns off swap even where its pages hardly find room.
    """
    whole_file.sweep(place)
    if state_of(root, place) == NO_SWAP_FILE:
        raise OSError(errno.EINVAL, "not a swap file", place)
    why = None if force else held(root, place, wanted)
    if why:
        raise OSError(errno.ENOMEM, why, place)
    if to_be_made(root, place, wanted):
        _make(root, whole_file.temporary(place), (wanted or {})["size_bytes"], command)
        _off(root, place)
        os.rename(whole_file.temporary(place), place)
        whole_file.sync_folder(os.path.dirname(place))
    elif goes_off(root, place, wanted):
        _off(root, place)
    if wanted is None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(place)
        whole_file.sync_folder(os.path.dirname(place))
        return
    os.chown(place, wanted["uid"], wanted["gid"])
    os.chmod(place, wanted["mode"])
    if wanted["active"] and area_of(root, place) is None:
        swap_calls.swap_on(place, wanted["priority"])


def mkswap(root: str) -> Optional[str]:
    """Path of the program, with ``root``; None where the host lacks it."""
    found = (root + folder + "mkswap" for folder in _PROGRAMS)
    return next((place for place in found if os.path.exists(place)), None)


def _make(root: str, beside: str, size: int, command: live.Run) -> None:
    try:
        write_zeros(beside, size)
        live.called(command, [mkswap(root) or "mkswap", beside])
        whole_file.sync_folder(os.path.dirname(beside))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def _off(root: str, place: str) -> None:
    if area_of(root, place) is not None:
        swap_calls.swap_off(place)


def _areas(root: str) -> List[swaps.Area]:
    return _parsed(root, "/proc/swaps", swaps.parse)


def _parsed(root: str, path: str, parse: Callable[[bytes], Record]) -> Record:
    try:
        return parse(read_all(root + path))
    except Malformed as error:
        raise OSError(errno.EIO, str(error), path) from error
