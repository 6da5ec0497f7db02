# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host made by hand that can swap: its programs write files, and /proc/swaps tells what they did."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from .hand_made import hand_made

MIB = 2**20
PAGE = os.sysconf("SC_PAGE_SIZE")
SWAPS = "/proc/swaps"
FSTAB = "/etc/fstab"
HEADING = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
ROOT_FS = "UUID=6f1c / ext4 errors=remount-ro 0 1\n"
FILES = {
    SWAPS: HEADING,
    FSTAB: ROOT_FS,
    "/proc/meminfo": "MemTotal: 4096000 kB\nMemAvailable: 2048000 kB\nSwapTotal: 0 kB\nCommitted_AS: 100000 kB\n",
    "/proc/self/status": "Name:\tpython3\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n",
    "/proc/self/mountinfo": "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n",
    "/proc/sys/kernel/osrelease": "6.1.0-28-amd64\n",
    "/proc/sys/kernel/random/boot_id": "b1\n",
    "/proc/sys/vm/overcommit_memory": "0\n",
    "/usr/sbin/mkswap": "",
}


def header(size: int) -> bytes:
    """The first page of a swap area of ``size`` bytes."""
    page = bytearray(PAGE)
    struct.pack_into("=II", page, 1024, 1, size // PAGE - 1)
    page[-10:] = b"SWAPSPACE2"
    return bytes(page)


class SwapHost:
    """``commands``: what was run, without root. ``failing``: what a program says the next times, when it fails."""

    def __init__(self, root: Path, files: Optional[dict[str, str]] = None) -> None:
        self.root = root
        self.commands: list[str] = []
        self.failing: dict[str, list[str]] = {}
        hand_made(root, {**FILES, **(files or {})})

    def place(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def read(self, path: str) -> bytes:
        return self.place(path).read_bytes()

    def command(self, words: Sequence[str]) -> tuple[int, str, str]:
        """``run_command`` of a module."""
        name = os.path.basename(words[0])
        self.told(name, *words[1:])
        if self.failing.get(name):
            return 1, "", self.failing[name].pop()
        if name == "mkswap":
            self.mkswap(words[1])
        return 0, "", ""

    def told(self, *words: str) -> None:
        self.commands.append(" ".join(words).replace(str(self.root), ""))

    def swap_on(self, place: str, priority: Optional[int]) -> None:
        """swapon(2)."""
        self.told("swapon", *([] if priority is None else ["-p", str(priority)]), place)
        if self.failing.get("swapon"):
            raise OSError(22, self.failing["swapon"].pop(), place)
        areas = self.areas()
        assert place not in areas
        assert Path(place).read_bytes()[:PAGE] == header(os.path.getsize(place))
        size = os.path.getsize(place) // 1024 - PAGE // 1024
        areas[place] = f"file {size} 0 {-2 - len(areas) if priority is None else priority}"
        self.set_areas(areas)

    def swap_off(self, place: str) -> None:
        """swapoff(2)."""
        self.told("swapoff", place)
        if self.failing.get("swapoff"):
            raise OSError(12, self.failing["swapoff"].pop(), place)
        areas = self.areas()
        del areas[place]
        self.set_areas(areas)

    def mkswap(self, place: str) -> None:
        with open(place, "r+b") as file:
            file.write(header(os.path.getsize(place)))

    def areas(self) -> dict[str, str]:
        """Type, size, used and priority of each, by its path with root."""
        lines = self.read(SWAPS).decode().splitlines()[1:]
        return {line.split(None, 1)[0].replace("\\040", " "): line.split(None, 1)[1] for line in lines}

    def set_areas(self, areas: dict[str, str]) -> None:
        lines = [f"{path.replace(' ', chr(92) + '040')}\t{rest}\n" for path, rest in areas.items()]
        # In one write, as the kernel changes it.
        self.place(SWAPS).write_text(HEADING + "".join(lines))

    def area(self, path: str) -> Optional[str]:
        return self.areas().get(str(self.place(path)))

    def use(self, path: str, kilobytes: int) -> None:
        """So much is swapped out to the file."""
        areas = self.areas()
        kind, size, _used, priority = areas[str(self.place(path))].split()
        areas[str(self.place(path))] = f"{kind} {size} {kilobytes} {priority}"
        self.set_areas(areas)

    def make(self, path: str, size: int, priority: Optional[int] = None, on: bool = True) -> None:
        """A swap file of somebody else."""
        place = str(self.place(path))
        with open(place, "wb") as file:
            file.write(bytes(size))
        os.chmod(place, 0o600)
        self.mkswap(place)
        if on:
            self.swap_on(place, priority)
            self.commands.clear()
