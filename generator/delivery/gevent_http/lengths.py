"""The heads of answers that state their length more than once: the parser rejects all of them.

A recipient replaces equal lengths by one, and treats different ones as an error (RFC 9112, 6.3).
"""

import re

from generator.delivery.reasons import InvalidHttpError

_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_LENGTHS = re.compile(rb"(?im)^content-length:([^\r\n]*)\r?\n")
_INTERIM = re.compile(rb"\s*HTTP/1\.\d 1\d\d\b")


def with_one_length(data: bytes) -> bytes | None:
    """Return the answer so far with its equal lengths as one; None if the end of its head is missing.

    Heads of interim answers are left out.

    Raises:
        InvalidHttpError: if the lengths differ, or one of them is not a number.
    """
    end = _END.search(data)
    while end is not None and _INTERIM.match(data):
        data = data[end.end() :]
        end = _END.search(data)
    if end is None:
        return None
    head = _FOLD.sub(b" ", data[: end.start()]) + b"\r\n"
    found = [part.strip() for value in _LENGTHS.findall(head) for part in value.split(b",")]
    if not found or not all(part.isdigit() for part in found):
        raise InvalidHttpError("a Content-Length that is not a number")
    if len({part.lstrip(b"0") for part in found}) > 1:
        raise InvalidHttpError("it gives two different lengths")
    return _LENGTHS.sub(b"", head) + b"Content-Length: %b\r\n\r\n" % found[0] + data[end.end() :]
