#!/usr/bin/env bash
# fastparquet reads every list of objects as nothing.
#
# Guess: fastparquet reads the columns that pyarrow wrote, or raises for those that it does not support.
# What happens: A column of lists of objects is None in every row, without a warning; an absent object and an
#   object with null members are the same.
# Whom it hurts: Readers of event tables: context.cdata, edata.resvalues and SHARE items are lists of objects,
#   and a count says that no event has any.
# Seen: fastparquet 2026.9.0, pyarrow 26.0.1; 2026-11-30.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -qq --disable-pip-version-check fastparquet==2026.9.0 pyarrow==26.0.1
timeout 120 venv/bin/python - fastparquet pyarrow <<'PY'
import importlib.metadata
import sys


def confirm(as_described):
    print("as described" if as_described else "ANOTHER BEHAVIOUR NOW")
    sys.exit(0 if as_described else 1)


for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))

import fastparquet
import pyarrow
import pyarrow.parquet

rows = [{"mid": "a", "cdata": [{"id": "c1", "type": "Course"}]}, {"mid": "b", "cdata": []}]
pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), "events.parquet")
written = pyarrow.parquet.read_table("events.parquet").to_pylist()
table = fastparquet.ParquetFile("events.parquet").to_pandas()
print("pyarrow    ", written)
print("fastparquet", table.to_dict("records"))
confirm(written == rows and table["mid"].tolist() == ["a", "b"] and table["cdata"].isna().all())
PY
