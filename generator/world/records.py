"""The user's own world: channels, contents, users, devices and DIAL codes, read from files."""

import csv
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from hashlib import sha256
from io import StringIO
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from generator.errors import WorldError
from generator.world.device import check_kind
from generator.world.words import check_locale

Row = TypeVar("Row", bound="Record")

_Id = Annotated[str, Meta(min_length=1)]
_Text = str | None
_Version = str | int | float | None
_EXPECTED = {
    "ver": "a text or a number", "ability": "a number from -6 to 6", "speed": "a number from 0.1 to 10",
    "persistence": "a number from 0 to 1",
}  # fmt: skip
"""The values of a column, in words; any other column takes a text."""


class Record(Struct, kw_only=True, gc=False):
    """A row of any file; only `id` is required."""

    id: _Id

    def check(self) -> None:
        """Raise `WorldError` for a value that its type allows but its meaning forbids."""


class ChannelRecord(Record, kw_only=True, gc=False):
    """A row of channels.csv or channels.jsonl."""

    name: _Text = None


class ContentRecord(Record, kw_only=True, gc=False):
    """A row of contents.csv or contents.jsonl; `textbook`, `course` and `unit` are ids of its parents."""

    type: _Text = None
    ver: _Version = None
    name: _Text = None
    mimetype: _Text = None
    textbook: _Text = None
    course: _Text = None
    unit: _Text = None


class UserRecord(Record, kw_only=True, gc=False):
    """A row of users.csv or users.jsonl; `channel` is a channel's id."""

    channel: _Text = None
    locale: _Text = None
    ability: Annotated[float, Meta(ge=-6, le=6)] | None = None
    speed: Annotated[float, Meta(ge=0.1, le=10)] | None = None
    persistence: Annotated[float, Meta(ge=0, le=1)] | None = None

    def check(self) -> None:
        """Raise `WorldError` for a locale that Faker does not have."""
        if self.locale is not None:
            self.locale = check_locale(self.locale)


class DeviceRecord(Record, kw_only=True, gc=False):
    """A row of devices.csv or devices.jsonl; without a `kind` it is used as any kind."""

    kind: _Text = None
    make: _Text = None

    def check(self) -> None:
        """Raise `WorldError` for a kind of device that does not exist."""
        if self.kind is not None:
            check_kind(self.kind)


class DialCodeRecord(Record, kw_only=True, gc=False):
    """A row of dialcodes.csv or dialcodes.jsonl."""


class Records(Struct, kw_only=True):
    """All rows of one directory; an empty tuple for each missing file.

    Attributes:
        digest: the sha256 of the files' names and bytes, in hex.
    """

    channels: tuple[ChannelRecord, ...] = ()
    contents: tuple[ContentRecord, ...] = ()
    users: tuple[UserRecord, ...] = ()
    devices: tuple[DeviceRecord, ...] = ()
    dialcodes: tuple[DialCodeRecord, ...] = ()
    digest: str = ""


_KINDS: dict[str, type[Record]] = {
    "channels": ChannelRecord, "contents": ContentRecord, "users": UserRecord, "devices": DeviceRecord,
    "dialcodes": DialCodeRecord,
}  # fmt: skip
_SUFFIXES = (".csv", ".jsonl")
_DATA_SUFFIXES = {*_SUFFIXES, ".json", ".ndjson", ".tsv", ".xlsx", ".xls", ".ods", ".gz", ".zip", ".parquet"}
_NAMES = [kind + suffix for kind in _KINDS for suffix in _SUFFIXES]
_MOST_LISTED, _MOST_SHOWN = 5, 60
_KNOWN = "channels, contents, users, devices and dialcodes, each as .csv or .jsonl"


def read_records(directory: Path) -> Records:
    """Read the files of a world's directory; raise `WorldError` with file, line and next step for a bad one."""
    rows: dict[str, tuple[Record, ...]] = {}
    lines: dict[str, dict[str, str]] = {}
    seen = sha256()
    for path in _files(directory):
        data = _bytes(path)
        seen.update(f"{path.name}\0{len(data)}\0".encode() + data)
        read = _read_csv if path.suffix == ".csv" else _read_jsonl
        numbered = list(read(path, _text(path, data), _KINDS[path.stem]))
        if not numbered:
            raise WorldError(f"{path}: no rows in it; give it at least one, or remove the file")
        lines[path.stem] = _lines(path, numbered)
        rows[path.stem] = tuple(record for _, record in numbered)
    records = Records(digest=seen.hexdigest(), **rows)  # type: ignore[arg-type]
    _check_channels(records, lines)
    return records


def _lines(path: Path, numbered: list[tuple[int, Row]]) -> dict[str, str]:
    """Return the file and line of every id; raise `WorldError` for an id on two lines."""
    found: dict[str, int] = {}
    for line, record in numbered:
        first = found.setdefault(record.id, line)
        if first != line:
            raise WorldError(
                f"{path}:{line}: id {record.id!r} is on line {first} already; "
                "every row needs an id of its own, so remove one of the two"
            )
    return {name: f"{path}:{line}" for name, line in found.items()}


def _check_channels(records: Records, lines: dict[str, dict[str, str]]) -> None:
    """Raise `WorldError` for a user whose channel is not among the channels, if these are given."""
    known = lines.get("channels")
    if not known:
        return
    for user in records.users:
        if user.channel is None or user.channel in known:
            continue
        near = get_close_matches(user.channel, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "add it there, or leave it out here"
        file = next(iter(known.values())).rpartition(":")[0]
        raise WorldError(f"{lines['users'][user.id]}: channel {user.channel!r} is not in {file}; {hint}")


def _files(directory: Path) -> list[Path]:
    """Return the files to read, by name; raise `WorldError` for a bad directory or an unknown file name."""
    if not directory.exists():
        raise WorldError(f"{directory}: no such directory; it should hold {_KNOWN}")
    if not directory.is_dir():
        raise WorldError(f"{directory}: not a directory; give the one that holds the files, not a file")
    found: dict[str, Path] = {}
    for path in _listing(directory):
        if path.name not in _NAMES:
            _refuse_data(path)
            continue
        if path.stem in found:
            raise WorldError(f"{path}: {found[path.stem].name} is there too; keep one of the two")
        found[path.stem] = path
    if not found:
        raise WorldError(f"{directory}: none of its files is known; it should hold {_KNOWN}")
    return list(found.values())


def _listing(directory: Path) -> list[Path]:
    try:
        return sorted(directory.iterdir())
    except OSError as error:
        raise WorldError(f"{directory}: cannot be listed: {error.strerror}") from None


def _refuse_data(path: Path) -> None:
    """Raise `WorldError` for a file that looks like data but would not be read because of its name."""
    if path.name.startswith((".", "~")) or path.suffix.lower() not in _DATA_SUFFIXES:
        return
    near = get_close_matches(path.name.lower(), _NAMES, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"known are {_KNOWN}"
    raise WorldError(f"{path}: not a name that is read; {hint}")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WorldError(f"{path}: cannot be read: {error.strerror}") from None


def _text(path: Path, data: bytes) -> str:
    try:
        # Spreadsheets put a byte order mark first.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise WorldError(
            f"{path}:{line}: byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from None


def _read_csv(path: Path, text: str, kind: type[Row]) -> Iterator[tuple[int, Row]]:
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if not header:
            raise WorldError(f"{path}: empty; its first line should be a header such as {_header(kind)}")
        if "id" not in header:
            shown = ",".join(header)[:80]
            raise WorldError(
                f"{path}:1: no column id in the header {shown!r}; it may look like {_header(kind)}"
            )
        _check_header(path, header, kind)
        for cells in reader:
            if not any(map(str.strip, cells)):
                continue
            if len(cells) > len(header):
                raise WorldError(
                    f"{path}:{reader.line_num}: {len(cells)} values for {len(header)} columns; "
                    "put a value that holds a comma into double quotes"
                )
            if len(cells) < len(header):
                raise WorldError(
                    f"{path}:{reader.line_num}: {len(cells)} {'value' if len(cells) == 1 else 'values'} for "
                    f"{len(header)} columns; leave a value empty, but keep its comma"
                )
            filled = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
            yield reader.line_num, _convert(path, reader.line_num, filled, kind)
    except csv.Error as error:
        raise WorldError(
            f"{path}:{reader.line_num}: not CSV: {error}; quotes inside quotes are doubled"
        ) from None


def _check_header(path: Path, header: list[str], kind: type[Record]) -> None:
    if "" in header:
        raise WorldError(
            f"{path}:1: column {header.index('') + 1} of the header has no name; name it or remove the column"
        )
    for place, name in enumerate(header):
        if name in header[:place]:
            raise WorldError(
                f"{path}:1: column {name!r} is in the header twice, as number {header.index(name) + 1} and "
                f"{place + 1}; remove one of the two"
            )
    _check_names(path, 1, "column", header, kind)


def _check_names(path: Path, line: int, what: str, names: Iterable[str], kind: type[Record]) -> None:
    """Raise `WorldError` for unknown columns or keys, with the nearest known ones."""
    known = [field.name for field in msgspec.structs.fields(kind)]
    unknown = []
    for name in names:
        if name not in known:
            near = get_close_matches(name.lower(), known, n=1)
            unknown.append(f"{name[:40]!r}" + (f" (did you mean {near[0]}?)" if near else ""))
    if unknown:
        more = f" and {len(unknown) - _MOST_LISTED} more" if len(unknown) > _MOST_LISTED else ""
        raise WorldError(
            f"{path}:{line}: unknown {what} {', '.join(unknown[:_MOST_LISTED])}{more}; known: {', '.join(known)}"
        )


def _read_jsonl(path: Path, text: str, kind: type[Row]) -> Iterator[tuple[int, Row]]:
    # Not splitlines(), which also breaks at characters that JSON allows inside of text.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            raise WorldError(
                f"{path}:{number}: {line.strip()[:60]!r} is not JSON: {error}; put one object on each line"
            ) from None
        if not isinstance(value, dict):
            raise WorldError(
                f'{path}:{number}: {line.strip()[:60]!r} is not an object; write {{"id": ...}} on each line'
            )
        _check_names(path, number, "key", value, kind)
        filled = {key: item for key, item in value.items() if item not in (None, "")}
        yield number, _convert(path, number, filled, kind)


def _convert(path: Path, line: int, row: dict[str, Any], kind: type[Row]) -> Row:
    if str(row.get("id", "")).strip() == "":
        raise WorldError(f"{path}:{line}: id is missing; every row needs one")
    try:
        record = msgspec.convert(row, kind, strict=False)
    except msgspec.ValidationError as error:
        name = str(error).partition(" - at `$.")[2].rstrip("`") or "id"
        raise _unexpected(path, line, name, row) from None
    for name, value in msgspec.structs.asdict(record).items():
        if isinstance(value, float) and not isfinite(value):
            raise _unexpected(path, line, name, row)
    try:
        record.check()
    except WorldError as error:
        raise WorldError(f"{path}:{line}: {error}") from None
    return record


def _unexpected(path: Path, line: int, name: str, row: dict[str, Any]) -> WorldError:
    way_out = "mend it" if name == "id" else "mend it or leave it out"
    expected = _EXPECTED.get(name, "a text")
    return WorldError(f"{path}:{line}: {name} is {_shown(row.get(name))}: {expected} is expected; {way_out}")


def _shown(value: Any) -> str:
    """Return a value as its file has it, shortened if it is long."""
    text = repr(value) if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


def _header(kind: type[Record]) -> str:
    return ",".join(field.name for field in msgspec.structs.fields(kind))
