# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A snapshot as it crosses from a host: zlib-compressed JSON in base64, one string instead of a hundred thousand."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any, NamedTuple

MAJOR_VERSION = "1"
"""Of the snapshot's schema. A snapshot with another one means something else by the same words."""

MAX_BYTES = 256 * 1024 * 1024
"""Of the JSON. A hundred thousand processes stay below it; a host that sends more wants to fill our memory."""


class NotASnapshot(Exception):
    """What came from the host is no snapshot. The message says what is wrong, in words."""


class Packed(NamedTuple):
    """``document`` is the snapshot, ``compressed`` the same as it came, which is how the store keeps it."""

    document: dict[str, Any]
    compressed: bytes


def unpack(text: Any) -> Packed:
    """The snapshot in ``text``. Raises NotASnapshot."""
    if not isinstance(text, str):
        raise NotASnapshot("the host's answer has no snapshot")
    try:
        compressed = base64.b64decode(text, validate=True)
        inflate = zlib.decompressobj()
        data = inflate.decompress(compressed, MAX_BYTES)
        if not inflate.eof:
            raise NotASnapshot(f"the host's snapshot is cut off, or larger than {MAX_BYTES >> 20} MiB")
        document = json.loads(data)
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:
        raise NotASnapshot(f"the host's snapshot can't be unpacked: {error}") from error
    if not isinstance(document, dict):
        raise NotASnapshot("the host's snapshot is not a mapping")
    version = str(document.get("schema_version"))
    if version.partition(".")[0] != MAJOR_VERSION:
        raise NotASnapshot(
            f"the host's snapshot has schema version {version}, and {MAJOR_VERSION}.x is understood here"
        )
    return Packed(document, compressed)
