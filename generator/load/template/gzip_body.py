"""How a stamped body is compressed: gzip, by the fastest library that is installed."""

from collections.abc import Callable

from generator.delivery.contracts import Contract

try:
    from isal.igzip import compress
except ImportError:  # it is an extra: `pip install footfall[fast]`
    from gzip import compress  # type: ignore[assignment]  # its arguments that matter are the same


def gzip_body(body: bytes) -> bytes:
    """Compress a body: the same body, the same bytes, as long as the library is the same."""
    return compress(body, compresslevel=1, mtime=0)


def compressor(contract: Contract) -> Callable[[bytes], bytes] | None:
    """Return what compresses bodies as a contract wants them; None where it wants them plain."""
    return gzip_body if getattr(contract, "compress", "none") == "gzip" else None
