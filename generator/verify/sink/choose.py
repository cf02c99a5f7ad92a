"""Which sink a name means."""

from collections.abc import Iterable
from glob import iglob
from pathlib import Path
from typing import TypeVar

from generator.delivery.sink_name import APART, SinkName
from generator.errors import UsageError
from generator.verify.sink.files import FileSink
from generator.verify.sink.places import check_no_log, table_kind
from generator.verify.sink.sink import Kind, Sink
from generator.verify.sink.store import StoreSink, is_store
from generator.verify.stage import Stage

_Key = TypeVar("_Key", bound=str)
_TABLES = (
    ".parquet", ".parq", ".pq", ".csv", ".csv.gz", ".csv.zst", ".tsv", ".tsv.gz", ".duckdb", ".db",
)  # fmt: skip
_DATABASE = "duckdb:"
_KAFKA = "kafka://"


def sink_named(text: str) -> Sink:
    """Give the sink that a name means.

    Args:
        text: the folder of a collector's store; `kafka://host:port/topic`; a Parquet file, a glob of such, or
            `duckdb:FILE`; a file or glob of JSON, plain or compressed; "-" for standard input.

    Raises:
        UsageError: for a folder that is no store, and an address that is none.
    """
    if text.startswith(_KAFKA):
        from generator.verify.sink.kafka import KafkaSink  # noqa: PLC0415  an extra

        return KafkaSink(text)
    if text.startswith(_DATABASE) or text.lower().endswith(_TABLES) or _is_table(text):
        from generator.verify.sink.tables import TableSink  # noqa: PLC0415  an extra

        return TableSink(text)
    if is_store(Path(text)):
        return StoreSink(Path(text))
    _check_no_folder(text)
    return FileSink({"accepted": text})


def sinks_named(texts: Iterable[str], stage: str) -> dict[str, Sink]:
    """Give the sinks that names mean, by the stage at which each stands.

    Args:
        texts: names as for `sink_named`; before one may stand its stage, `raw=…`, or before a file what is found in
            it, `rejected=…` or `duplicate=…`.
        stage: of a name without one.

    Raises:
        UsageError: also for two sinks of one stage, and for a stage that does not exist.
    """
    Stage.named(stage)
    sinks: dict[str, Sink] = {}
    apart: dict[Kind, str] = {}
    names: dict[str, str] = {}
    for text in texts:
        role, place = SinkName.parse(text, "--against")
        if role in APART:
            _take(apart, "rejected" if role == "rejected" else "duplicate", place, text)
        else:
            _take(names, role or stage, place, text)
    for at, name in names.items():
        sinks[at] = sink_named(name)
    if apart:
        first = next(iter(names), stage)
        sinks[first] = _with_apart(sinks.get(first), names.get(first, ""), apart)
    return sinks


def _is_table(text: str) -> bool:
    """Return whether the first file that is meant is a table by its first bytes, whatever its name."""
    path = Path(text)
    # A name may hold what a pattern reads otherwise.
    first = str(path) if path.is_file() else next(iglob(text, recursive=True), "")  # noqa: PTH207  may be absolute
    return bool(first and table_kind(Path(first)))


def _take(taken: dict[_Key, str], key: _Key, name: str, text: str) -> None:
    if not name:
        raise UsageError(f"--against {text}: names no sink; write {key}=FILE")
    if key in taken:
        raise UsageError(
            f"--against {text}: {key} events are found in {taken[key]} already; give one glob for both"
        )
    taken[key] = name


def _with_apart(sink: Sink | None, name: str, apart: dict[Kind, str]) -> Sink:
    kind = next(iter(apart))
    if not isinstance(sink, FileSink):
        raise UsageError(
            f"--against {kind}={apart[kind]}: stands beside files alone; "
            + (f"{name} is another kind of sink" if name else "name the file of the accepted events as well")
        )
    for pattern in apart.values():
        _check_no_folder(pattern)
    return FileSink({"accepted": name, **apart})


def _check_no_folder(text: str) -> None:
    if Path(text).is_dir():
        check_no_log(Path(text))
        raise UsageError(
            f"--against {text}: is no store of a collector, which holds accepted-*.jsonl; of other folders name the "
            f"files: '{text.rstrip('/')}/*.jsonl'"
        )
