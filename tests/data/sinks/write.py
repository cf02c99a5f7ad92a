r"""Write the files of this folder again: `python write.py < sent.jsonl`.

They hold the run of tests/verify/laid_run.py as pandas 3.1.1, pyarrow 26.0.1, polars 2.1.0, deltalake 1.6.6 and
fastavro 1.13.1 lay it out. The tests read the files, and do not need these libraries. What was sent is printed by

    PYTHONPATH=tests/verify python -c 'from laid_run import *; print(b"\n".join(all_sent()).decode())' > sent.jsonl
"""

import io
import json
import shutil
import sqlite3
import sys
from pathlib import Path

import fastavro
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.json
import pyarrow.orc
import pyarrow.parquet as pq
from deltalake import write_deltalake

HERE = Path(__file__).parent
SENT = sys.stdin.read().splitlines()
OBJECTS = [json.loads(one) for one in SENT]
LINES = "\n".join(SENT).encode()


def write():
    """Write each file."""
    table = pa.Table.from_pylist(
        [{"object": None, **one} for one in OBJECTS]
    )  # the first row decides the columns
    pq.write_table(table, HERE / "pyarrow.parquet")
    pq.write_table(pyarrow.json.read_json(io.BytesIO(LINES)), HERE / "pyarrow-json.parquet")
    pq.write_table(
        table.rename_columns([name.upper() for name in table.column_names]), HERE / "pyarrow-capitals.parquet"
    )
    pl.DataFrame(OBJECTS, infer_schema_length=None, strict=False).write_parquet(HERE / "polars.parquet")
    pl.read_ndjson(io.BytesIO(LINES), infer_schema_length=None).write_ndjson(HERE / "polars.jsonl")
    pl.read_ndjson(io.BytesIO(LINES), infer_schema_length=None).write_parquet(HERE / "polars-ndjson.parquet")
    frame = pd.DataFrame(OBJECTS)
    frame.to_parquet(HERE / "pandas.parquet")
    frame.to_json(HERE / "pandas.jsonl", orient="records", lines=True)
    frame.to_json(HERE / "pandas-records.json", orient="records", indent=1)
    flat = pd.json_normalize(OBJECTS)
    flat.to_parquet(HERE / "pandas-flat.parquet")
    frame.assign(ets=pd.to_datetime(frame["ets"], unit="ms")).to_parquet(HERE / "pandas-times.parquet")
    frame.to_csv(HERE / "pandas.csv", index=False)
    frame.assign(
        **{
            name: frame[name].map(lambda one: json.dumps(one) if isinstance(one, (dict, list)) else None)
            for name in ("actor", "context", "object", "edata", "tags")
        }
    ).to_csv(HERE / "pandas-json.csv", index=False)
    pd.DataFrame({"event": SENT}).to_csv(HERE / "pandas-text.csv")
    pyarrow.feather.write_feather(pa.table({"event": SENT}), HERE / "pyarrow.feather")
    pyarrow.orc.write_table(pa.table({"event": SENT}), HERE / "pyarrow.orc")
    schema = {"type": "record", "name": "line", "fields": [{"name": "event", "type": "string"}]}
    with (HERE / "fastavro.avro").open("wb") as file:
        fastavro.writer(file, schema, [{"event": one} for one in SENT])
    shutil.rmtree(HERE / "delta", ignore_errors=True)
    write_deltalake(HERE / "delta", pa.table({"event": SENT}))
    write_deltalake(HERE / "delta", pa.table({"event": SENT}), mode="overwrite")
    (HERE / "sqlite.db").unlink(missing_ok=True)
    with sqlite3.connect(HERE / "sqlite.db") as base:
        base.execute("CREATE TABLE events (event TEXT)")
        base.executemany("INSERT INTO events VALUES (?)", [(one,) for one in SENT])


if __name__ == "__main__":
    write()
