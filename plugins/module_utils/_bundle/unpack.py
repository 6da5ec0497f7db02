# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes modules of the one string that plugin_utils/_bundle sends."""

from __future__ import annotations

import base64
import importlib.abc
import importlib.util
import sys
import zlib
from typing import Any, Dict, Optional

try:
    import bz2
except ImportError:
    # A Python that was built without it.
    bz2 = None  # type: ignore[assignment]

PACKAGE = "fleet_memory"
_BZ2 = b"BZh"


class WithoutBz2(Exception):
    """The bundle can't be unpacked by this Python; it has to come without bz2."""


class _Bundle(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds and loads the bundled modules below PACKAGE."""

    def __init__(self, sources: Dict[str, str]) -> None:
        self._sources = sources
        self._packages = {PACKAGE} | {name.rpartition(".")[0] for name in sources}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname in self._sources or fullname in self._packages:
            return importlib.util.spec_from_loader(fullname, self, origin="<%s>" % fullname)
        return None

    def is_package(self, fullname: str) -> bool:
        return fullname in self._packages

    def get_source(self, fullname: str) -> Optional[str]:
        return self._sources.get(fullname, "")


def unpack(bundle: str) -> None:
    """From now on ``import fleet_memory._scan.snapshot`` finds what is in ``bundle``. Raises WithoutBz2."""
    packed = base64.b85decode(bundle)
    if packed.startswith(_BZ2):
        if not bz2:
            raise WithoutBz2
        content = bz2.decompress(packed)
    else:
        content = zlib.decompress(packed)
    sources = {}
    for piece in content.decode("utf-8").split("\0"):
        name, _newline, source = piece.partition("\n")
        sources["%s.%s" % (PACKAGE, name)] = source
    sys.meta_path.insert(0, _Bundle(sources))
