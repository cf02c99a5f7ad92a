"""The heads of answers that give their length more than once, which the parser refuses in either case.

A recipient replaces equal lengths by one, and takes different ones as an error (RFC 9112, 6.3).
"""

import re

from generator.delivery.reasons import InvalidHttpError

_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_LENGTHS = re.compile(rb"(?im)^content-length:([^\r\n]*)\r?\n")
_INTERIM = re.compile(rb"\s*HTTP/1\.\d 1\d\d\b")


def with_one_length(said: bytes) -> bytes | None:
    """Return an answer so far with its equal lengths as one; None if its head has not come to its end.

    Heads of interim answers are left out.

    Raises:
        InvalidHttpError: the lengths differ, or one of them is no number.
    """
    end = _END.search(said)
    while end is not None and _INTERIM.match(said):
        said = said[end.end() :]
        end = _END.search(said)
    if end is None:
        return None
    head = _FOLD.sub(b" ", said[: end.start()]) + b"\r\n"
    found = [part.strip() for value in _LENGTHS.findall(head) for part in value.split(b",")]
    if not found or not all(part.isdigit() for part in found):
        raise InvalidHttpError("a Content-Length that is no number")
    if len({part.lstrip(b"0") for part in found}) > 1:
        raise InvalidHttpError("it gives two different lengths")
    return _LENGTHS.sub(b"", head) + b"Content-Length: %b\r\n\r\n" % found[0] + said[end.end() :]
