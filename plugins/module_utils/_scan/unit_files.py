# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that make up systemd's units: the search path, aliases, masks, drop-ins.

https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html
"""

from __future__ import annotations

import posixpath
import re
from typing import Dict, List, Optional, Tuple

from .._config.systemd_ini import Assignment, parse
from .._config.systemd_values import known
from .._config.unit_name import SECTIONS, drop_in_folders, split, template
from .._records.unread import UNSUPPORTED, Unread
from .files import Readings
from .if_present import names_if_present
from .links import link_target, resolved

SEARCH_PATH = (
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/run/systemd/generator.late",
)

# Most unit files set no limit at all, and to see that in the bytes is far cheaper than to parse them.
_OF_INTEREST = re.compile(rb"Limit[A-Z]|Memory[A-Z]|OOM|Tasks[A-Z]")

_MOST_LINKS = 8


class UnitFiles:
    """All unit files and drop-in folders of the system's manager. Every folder is listed once, every file read once."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._fragments: Dict[str, str] = {}
        self._folders: Dict[str, List[str]] = {}
        self._listed: Dict[str, List[str]] = {}
        self._parsed: Dict[str, List[Assignment]] = {}
        for place in self._places():
            for name in names_if_present(readings, place):
                if name.endswith(".d"):
                    self._folders.setdefault(name, []).append("%s/%s" % (place, name))
                elif split(name)[2] in SECTIONS:
                    self._fragments.setdefault(name, "%s/%s" % (place, name))
        self._links = {name: link_target(readings.files, path) for name, path in self._fragments.items()}
        self._aliases: Dict[str, List[str]] = {}
        for name in self._fragments:
            real = self.real_name(name)
            if real != name:
                self._aliases.setdefault(real, []).append(name)

    def _places(self) -> List[str]:
        # Where /lib isn't a link to /usr/lib, it is a place of its own with the same rank.
        merged = link_target(self._readings.files, "/lib") is not None
        return list(SEARCH_PATH) if merged else [*SEARCH_PATH, "/lib/systemd/system"]

    def real_name(self, name: str) -> str:
        """The unit that ``name`` is another name of; ``name`` itself when it isn't an alias."""
        for _step in range(_MOST_LINKS):
            target = posixpath.basename(self._links.get(name) or name)
            if target == name or target not in self._fragments or target == template(name):
                return name
            name = target
        return name

    def names(self) -> List[str]:
        """Every unit and template that has a file or a drop-in folder of its own, aliases left out."""
        found = {name for name in self._fragments if self.real_name(name) == name}
        for folder in self._folders:
            prefix, _instance, kind = split(folder[: -len(".d")])
            if kind in SECTIONS and prefix and not prefix.endswith("-"):
                found.add(self.real_name(folder[: -len(".d")]))
        return sorted(found)

    def aliases(self, name: str) -> List[str]:
        """The other names of the unit ``name``."""
        return sorted(self._aliases.get(name, []))

    def fragment(self, name: str) -> Optional[str]:
        """The main file of the unit, that of its template if it has none; None when there is neither."""
        return self._fragments.get(name) or self._fragments.get(template(name) or "")

    def masked(self, name: str) -> bool:
        """Whether the unit is switched off by a link to /dev/null or an empty file."""
        path = self._fragments.get(name)
        if path is None:
            return False
        if self._links[name] is not None:
            return self._links[name] == "/dev/null"
        try:
            return not self._readings.files.read(path)
        except Unread:
            return False

    def _drop_in_names(self, folder: str) -> List[str]:
        if folder not in self._listed:
            names = names_if_present(self._readings, folder)
            self._listed[folder] = [name for name in names if name.endswith(".conf")]
        return self._listed[folder]

    def drop_ins(self, name: str) -> List[str]:
        """The drop-in files in the order in which they apply; of two with one name the one that counts."""
        ranked: List[str] = []
        for one_name in [name, *self.aliases(name)]:
            by_place: List[Tuple[int, str]] = []
            for folder in drop_in_folders(one_name):
                by_place.extend((self._rank(path), path) for path in self._folders.get(folder, []))
            # Sorting is stable, so within one place the more specific folder stays first.
            ranked.extend(path for _rank, path in sorted(by_place, key=lambda item: item[0]))
        ranked.extend(self._folders.get("%s.d" % split(name)[2], []))
        chosen: Dict[str, str] = {}
        for folder in ranked:
            for drop_in in self._drop_in_names(folder):
                chosen.setdefault(drop_in, "%s/%s" % (folder, drop_in))
        return [chosen[drop_in] for drop_in in sorted(chosen)]

    @staticmethod
    def _rank(path: str) -> int:
        place = posixpath.dirname(path)
        return SEARCH_PATH.index(place) if place in SEARCH_PATH else len(SEARCH_PATH)

    def assignments(self, path: str) -> List[Assignment]:
        """The settings of ``path`` that are about memory or limits; none, noted in ``unread``, if it can't be read."""
        if path not in self._parsed:
            self._parsed[path] = read_assignments(self._readings, path)
        return self._parsed[path]


def read_assignments(readings: Readings, path: str) -> List[Assignment]:
    """The settings of the file ``path`` that are about memory or limits; none, noted in ``unread``, if unreadable."""
    path = resolved(readings.files, path)
    if path == "/dev/null":
        return []
    try:
        data = readings.files.read(path)
    except Unread as error:
        if error.reason != UNSUPPORTED:
            readings.unread[path] = error.reason
        return []
    if not _OF_INTEREST.search(data):
        return []
    return [assignment for assignment in parse(data) if known(assignment.key)]
