# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A snapshot as it crosses from a host: zlib-compressed JSON in Base64, one string instead of a hundred thousand.

It is two streams: the document without its list of processes, and that list, which is nine tenths of the text.
"""

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


class _Processes(dict[str, Any]):
    """The section ``processes``, of which the list of processes is read when somebody looks at it. Few rules do."""

    def __init__(self, section: dict[str, Any], compressed_list: bytes) -> None:
        super().__init__(section)
        self._compressed_list = compressed_list

    def __missing__(self, key: str) -> Any:
        if key != "processes":
            raise KeyError(key)
        self[key] = json.loads(_inflate(self._compressed_list)[0])
        return self[key]

    def get(self, key: str, default: Any = None) -> Any:
        """Like ``[]``, which dict's own ``get`` is not."""
        try:
            return self[key]
        except KeyError:
            return default


def _inflate(compressed: bytes) -> tuple[bytes, bytes]:
    """The first stream's content, and what stands behind that stream. Raises NotASnapshot and zlib.error."""
    stream = zlib.decompressobj()
    content = stream.decompress(compressed, MAX_BYTES)
    if not stream.eof:
        raise NotASnapshot(f"the host's snapshot is cut off, or larger than {MAX_BYTES >> 20} MiB")
    return content, stream.unused_data


def _document(compressed: bytes) -> Any:
    content, compressed_list = _inflate(compressed)
    document = json.loads(content)
    if isinstance(document, dict) and isinstance(document.get("processes"), dict):
        document["processes"] = _Processes(document["processes"], compressed_list)
    return document


def whole(compressed: bytes) -> dict[str, Any]:
    """The snapshot as the store keeps it, with its list of processes."""
    document = _document(compressed)
    if isinstance(document.get("processes"), dict):
        document["processes"] = dict(document["processes"], processes=document["processes"]["processes"])
    return document


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
    except (binascii.Error, ValueError) as error:
        raise NotASnapshot(f"the host's snapshot can't be unpacked: {error}") from error
    return read(compressed)


def read(compressed: bytes) -> Packed:
    """The same from the bytes that the store keeps. Raises NotASnapshot."""
    try:
        document = _document(compressed)
    except (zlib.error, ValueError, RecursionError) as error:
        raise NotASnapshot(f"the host's snapshot can't be unpacked: {error}") from error
    if not isinstance(document, dict):
        raise NotASnapshot("the host's snapshot is not a mapping")
    version = str(document.get("schema_version"))
    if version.partition(".")[0] != MAJOR_VERSION:
        raise NotASnapshot(
            f"the host's snapshot has schema version {version}, and {MAJOR_VERSION}.x is understood here"
        )
    return Packed(document, compressed)
