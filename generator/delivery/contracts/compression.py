"""How the body of a request is compressed."""

import gzip
from typing import Literal, get_args

from generator.errors import UsageError

Compression = Literal["none", "gzip"]
COMPRESSIONS: tuple[Compression, ...] = get_args(Compression)


def check_compression(compress: str) -> Compression:
    """Give a compression back; refuse what is none."""
    for known in COMPRESSIONS:
        if compress == known:
            return known
    raise UsageError(f"compress={compress!r}: choose one of {', '.join(COMPRESSIONS)}")


def compressed(body: bytes, compress: Compression) -> bytes:
    """Compress a body: the same body, the same bytes."""
    return gzip.compress(body, compresslevel=6, mtime=0) if compress == "gzip" else body
