# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one program that the lab's processes run. It does what it is told on its standard input, and answers with a line."""

from __future__ import annotations

import sys
from typing import List

# ruff: noqa: E501
SOURCE = r"""
import ctypes, mmap, os, sys, threading, time

PAGE = mmap.PAGESIZE
held, files, waiting = [], [], []

def touch(area, size, write=True):
    for at in range(0, size, PAGE):
        if write:
            area[at] = 120
        else:
            area[at]

def reserve(size):
    held.append(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
    return hex(ctypes.addressof(ctypes.c_char.from_buffer(held[-1])))

def fill(number):
    area = held[number]
    touch(area, len(area))

def read(number):
    area = held[number]
    touch(area, len(area), False)

def advise(number, advice):
    area = held[number]
    libc = ctypes.CDLL(None, use_errno=True)
    address = ctypes.addressof(ctypes.c_char.from_buffer(area))
    if libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(len(area)), advice):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

def map_file(path, shared):
    descriptor = os.open(path, os.O_RDWR if shared else os.O_RDONLY)
    size = os.fstat(descriptor).st_size
    protection = mmap.PROT_READ | mmap.PROT_WRITE if shared else mmap.PROT_READ
    files.append((descriptor, mmap.mmap(descriptor, size, mmap.MAP_SHARED, protection)))

def at_random(number):
    # Nothing is read ahead.
    files[number][1].madvise(mmap.MADV_RANDOM)

def read_file(number):
    descriptor, area = files[number]
    touch(area, len(area), False)

def heap(size):
    # In pieces below malloc's threshold for mappings of their own, so that they lie in the heap.
    held.append([bytes(bytearray(b"x" * 65536)) for _piece in range(size // 65536)])

def leak(size):
    held.append(bytearray(b"x" * size))

def threads(count):
    started = threading.Semaphore(0)
    stop = threading.Event()
    def run():
        here = ctypes.create_string_buffer(16)
        started.release()
        stop.wait()
    for _number in range(count):
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        waiting.append((thread, stop))
    for _number in range(count):
        started.acquire()

def walk(number, count):
    area = held[number]
    pages, state, total = len(area) // PAGE, 12345, 0
    began = time.perf_counter()
    for _step in range(count):
        state = (state * 1103515245 + 12345) & 0x7fffffff
        total += area[(state % pages) * PAGE]
    return time.perf_counter() - began

DOES = {"reserve": reserve, "fill": fill, "read": read, "advise": advise, "map_file": map_file, "at_random": at_random,
        "read_file": read_file, "heap": heap, "leak": leak, "threads": threads, "walk": walk}

print("ready", flush=True)
for line in sys.stdin:
    name, *words = line.split()
    try:
        answer = DOES[name](*(int(word) if word.isdigit() else word for word in words))
        print("ok" if answer is None else "ok %s" % answer, flush=True)
    except Exception as error:
        print("failed %r" % error, flush=True)
"""


def argv() -> List[str]:
    """How to start it: with the interpreter that runs the module, and without the user's site packages."""
    return [sys.executable, "-I", "-c", SOURCE]
