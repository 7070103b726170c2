"""How is an uploaded file opened safely, and which sheets of cells are in it?

What a file is, is told from its bytes and not from its name. A workbook's unpacked size is read
from the zip directory before anything is unpacked, and a part that declares its own document
type (the way to entity bombs) is refused.
"""

from __future__ import annotations

import csv
import io
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from cycles.annex_a.columns import HEADINGS_WITHIN, find_headings, list_number
from cycles.annex_a.records import FileProblem

LARGEST_FILE = 5 * 1024 * 1024
LARGEST_UNPACKED = 50 * 1024 * 1024
MOST_PARTS = 500
MOST_COLUMNS = 100

# What the zip and spreadsheet readers raise on a broken or hostile workbook.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ParseError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)

WRONG_KIND = "This is not an Excel workbook (.xlsx) or a CSV file. Save it as one and try again."
DAMAGED = (
    "This workbook is damaged and can’t be read. Open it in Excel, save it again and try again."
)

Row = tuple[int, Sequence[Any]]


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, and its rows as (number, cells), numbered as the person sees them."""

    name: str
    rows: Iterator[Row]
    epoch: date = date(1899, 12, 30)


def open_sheets(file: str | os.PathLike[str] | BinaryIO, filename: str) -> list[Sheet]:
    """The sheets of a workbook, of a CSV file, or of a zip of CSV files.

    Raises FileProblem, with one sentence, for a file that is too large or is none of these.
    """
    data = _read(file)
    if not data.strip():
        raise FileProblem("This file is empty.")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileProblem(
            "This workbook has a password or is in the old .xls form. "
            "Save it as .xlsx without a password and try again."
        )
    if data.startswith(b"PK"):
        return _from_zip(data)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"<", b"{") or data.startswith(b"%PDF"):
        raise FileProblem(WRONG_KIND)
    return [_from_csv(data, PurePath(filename).stem)]


def _read(file: str | os.PathLike[str] | BinaryIO) -> bytes:
    if isinstance(file, (str, os.PathLike)):
        with open(file, "rb") as opened:
            data = opened.read(LARGEST_FILE + 1)
    else:
        file.seek(0)
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise FileProblem(
            "This file is larger than 5 MB. Take out the lists that are not needed "
            "(4 to 9 are) and try again."
        )
    return data


def _from_zip(data: bytes) -> list[Sheet]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
        if any(part.flag_bits & 0x1 for part in parts):
            raise FileProblem("This file has a password. Save it without one and try again.")
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise FileProblem(
                "This file unpacks to more than 50 MB. Copy lists 4 to 9 into a new workbook "
                "and try again."
            )
        names = [part.filename for part in parts if not part.is_dir()]
        if "xl/workbook.xml" in names:
            _refuse_document_types(archive, names)
            return _from_workbook(data)
        lists = [name for name in names if not name.startswith("__MACOSX/")]
        if lists and all(name.lower().endswith(".csv") for name in lists):
            stems = [PurePath(name).stem for name in lists]
            titles = stems if len(set(stems)) == len(stems) else lists
            return [_from_csv(archive.read(n), t) for n, t in zip(lists, titles, strict=True)]
    except BROKEN as broken:
        raise FileProblem(DAMAGED) from broken
    raise FileProblem(WRONG_KIND)


def _refuse_document_types(archive: zipfile.ZipFile, names: list[str]) -> None:
    for name in names:
        if name.lower().endswith((".xml", ".rels", ".vml")):
            text = archive.read(name)
            # A NUL means UTF-16, in which the same words would hide; Excel writes UTF-8.
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text or b"\x00" in text:
                raise FileProblem(DAMAGED)


def _from_workbook(data: bytes) -> list[Sheet]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    return [Sheet(sheet.title, _rows_of(sheet), book.epoch.date()) for sheet in book.worksheets]


def _rows_of(sheet: Any) -> Iterator[Row]:
    # Some systems write a wrong size for the sheet; without it every row is read.
    sheet.reset_dimensions()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an impossible date comes as #VALUE!, and is reported
            yield from enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), start=1)
    except BROKEN as broken:
        raise FileProblem(DAMAGED) from broken


def _from_csv(data: bytes, name: str) -> Sheet:
    text = _decoded(data)
    separator, _, rest = text.partition("\n")
    skipped = 0
    if separator.strip().lower() in ("sep=,", "sep=;", "sep=|", "sep="):
        text, skipped = rest, 1
    number = list_number(name)
    best, most = ",", 0
    for delimiter in ",;\t|":
        top = _first_records(text, delimiter)
        headings = find_headings(top, number if number in range(4, 10) else None)
        if headings and len(headings.positions) > most:
            best, most = delimiter, len(headings.positions)
    return Sheet(name, _records(text, best, skipped))


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError as broken:
            raise FileProblem(WRONG_KIND) from broken
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            # Older Windows exports; the five bytes it does not define become a mark.
            text = data.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise FileProblem(
            "This file holds characters that no text file has. "
            "Export it again as CSV or as an Excel workbook (.xlsx)."
        )
    return text


def _records(text: str, delimiter: str, skipped: int = 0) -> Iterator[Row]:
    try:
        for number, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter),
            start=1 + skipped,
        ):
            yield number, cells[:MOST_COLUMNS]
    except csv.Error as broken:
        raise FileProblem(
            "This CSV file can’t be read: a quotation mark may be left open. "
            "Export it again and try again."
        ) from broken


def _first_records(text: str, delimiter: str) -> list[Row]:
    found: list[Row] = []
    try:
        for record in _records(text, delimiter):
            if any(cell.strip() for cell in record[1]):
                found.append(record)
            if len(found) == HEADINGS_WITHIN:
                break
    except FileProblem:
        pass  # this delimiter is not the one; the right one is asked the same question
    return found
