# Copyright (c) 2026 fleet.memory contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stores that an older version has made: the columns that came later."""

from __future__ import annotations

from typing import Any

from .._absent import Absent
from .schema import metadata

try:
    import sqlalchemy as sa
except ImportError:
    sa = Absent()  # type: ignore[assignment]


def missing_columns(connection: sa.Connection, table: sa.Table) -> list[sa.Column[Any]]:
    """Columns of ``table`` that the database doesn't have; where there is no such table, the query itself will tell."""
    inspector = sa.inspect(connection)
    if not inspector.has_table(table.name):
        return []
    present = {column["name"] for column in inspector.get_columns(table.name)}
    return [column for column in table.c if column.name not in present]


def add_missing_columns(connection: sa.Connection) -> None:
    """Add them to every table. Rows that are there have null in them."""
    preparer = connection.dialect.identifier_preparer
    for table in metadata.sorted_tables:
        for column in missing_columns(connection, table):
            definition = sa.schema.CreateColumn(column).compile(dialect=connection.dialect)
            connection.execute(sa.DDL(f"ALTER TABLE {preparer.format_table(table)} ADD COLUMN {definition}"))
