"""The answers on one connection, one after another, parsed by llhttp, Node's own parser."""

from email.utils import parsedate_to_datetime

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from generator.delivery.contracts import Answer
from generator.delivery.gevent_http.content_encoding import inflate, unknown_coding
from generator.delivery.gevent_http.lengths import with_one_length
from generator.delivery.reasons import InvalidHttpError, NoHttpError, TlsAlertError

MOST_OF_AN_ANSWER = 65_536
"""Bytes of an answer that are kept; no contract's answer is longer."""
MOST_ON_THE_WIRE = 1_048_576
"""Bytes of one answer that are read, whatever they are: a head without end, a body in chunks of one byte."""
_TLS_ALERT = b"\x15\x03"
"""How TLS begins its answer to a plain request."""
_CODING = b"content-encoding"
_LENGTH = "Content-Length"
"""The name in the parser's errors about lengths."""
_FIRST_FINAL = 200
_FIRST_THAT_IS_NO_SUCCESS = 300


class ResponseParser:
    """Reads the answers on one connection after another.

    Attributes:
        is_whole: whether the answer has arrived, as far as it is kept.
        keeps: whether the connection can carry another one.
        headers: of the answer, by lower-case name.
    """

    __slots__ = (
        "_coding", "_ended", "_head", "_is_held", "_length", "_parser", "_parts", "_received", "_status", "headers",
        "is_whole", "keeps",
    )  # fmt: skip

    def __init__(self) -> None:
        self.headers: dict[bytes, bytes] = {}
        self._parts: list[bytes] = []
        self.renew()

    def renew(self) -> None:
        """Prepare for another connection: a parser continues where the last answer ended."""
        self._parser = self._new_parser()
        self.begin()

    def begin(self) -> None:
        """Prepare for the next answer."""
        self.is_whole = self.keeps = self._ended = False
        self._status = self._length = self._received = 0
        self._coding = self._head = b""
        self._is_held = False
        self.headers.clear()
        self._parts.clear()

    def feed(self, data: bytes) -> None:
        """Parse bytes of an answer.

        Raises:
            NoHttpError: if they are not an HTTP answer.
        """
        self._received += len(data)
        if not self._status:
            self._head += data
        try:
            if self._is_held:
                self._parse_held()
            else:
                self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._recover(error)
        if not self.is_whole:
            self._check_size()

    def _recover(self, error: Exception) -> None:
        """Continue after an error of the parser if possible: a head that repeats its length is held until it is whole.

        Raises:
            NoHttpError: if that is impossible.
        """
        if not self._status and _LENGTH in str(error):
            self._is_held = True
            try:
                self._parse_held()
            except HttpParserError as again:
                error = again
            else:
                return
        self.keeps = False
        # Bytes behind an answer, or behind the part that is kept, do not invalidate it.
        if not self.is_whole and self._length <= MOST_OF_AN_ANSWER:
            raise self._meaning(error) from error

    def _parse_held(self) -> None:
        """Parse a head that repeats its length, once its end has arrived."""
        text = with_one_length(self._head)
        if text is not None:
            self._is_held = False
            self.headers.clear()
            self._parser = self._new_parser()
            self._parser.feed_data(text)

    def _new_parser(self) -> HttpResponseParser:
        """Return a parser that reads what RFC 9112 lets a recipient read: folded lines, and line ends without CR."""
        parser = HttpResponseParser(self)
        parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )
        return parser

    def _meaning(self, error: Exception) -> NoHttpError:
        """Return the error of the endpoint that an error of the parser shows."""
        if isinstance(error, HttpParserUpgrade):
            return InvalidHttpError("it changes to another protocol, which was not asked for")
        if self._status or self._head.lstrip().startswith(b"HTTP/"):
            return InvalidHttpError(str(error))
        return (TlsAlertError if self._head.startswith(_TLS_ALERT) else NoHttpError)(str(error))

    def end(self) -> None:
        """Note the end of the connection: it ends a body that has neither a length nor chunks."""
        coding = self.headers.get(b"transfer-encoding", b"")
        if self._status and b"content-length" not in self.headers and not coding.lower().endswith(b"chunked"):
            self.is_whole = self._ended = True

    @property
    def is_enough(self) -> bool:
        """Whether the answer is known before the request was sent whole: it is an error, or has arrived whole."""
        return self.is_whole or self._status >= _FIRST_THAT_IS_NO_SUCCESS

    @property
    def retry_after(self) -> float | None:
        """The seconds that the answer asks to wait, by its own clock if it names an instant; None if it does not ask."""
        text = self.headers.get(b"retry-after", b"").decode("latin-1").strip()
        if text.isdecimal():
            return float(text[:9])
        try:
            wanted = parsedate_to_datetime(text)
            now = parsedate_to_datetime(self.headers.get(b"date", b"").decode("latin-1"))
            return max(0.0, (wanted - now).total_seconds())
        except (ValueError, TypeError):
            return None

    @property
    def has_begun(self) -> bool:
        """Whether any byte of the answer has arrived."""
        return self._received > 0

    def answer(self) -> Answer:
        """Return the answer.

        Raises:
            CodingError: if its body does not match its head.
        """
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        if (
            self._ended
            and not self._coding
            and self._length <= MOST_OF_AN_ANSWER
            and b"location" not in self.headers
        ):
            return Answer(self._status, body)  # as nearly all are
        is_cut = not self._ended or self._length > MOST_OF_AN_ANSWER
        coding = unknown_coding(self._coding) if body else ""
        if coding:
            body = b""
        elif self._coding and body:
            body = inflate(body[:MOST_OF_AN_ANSWER], self._coding, MOST_OF_AN_ANSWER + 1, is_whole=not is_cut)
        is_cut = is_cut or len(body) > MOST_OF_AN_ANSWER
        location = self.headers.get(b"location", b"").decode("latin-1")
        return Answer(self._status, body[:MOST_OF_AN_ANSWER], location, is_cut, coding=coding)

    def _check_size(self) -> None:
        """Stop reading an answer that is longer than what is kept of it; its connection is not used again."""
        if self._length > MOST_OF_AN_ANSWER:
            self.is_whole = True
        elif self._received > MOST_ON_THE_WIRE:
            if not self._status:
                raise InvalidHttpError("a head without end")
            self.is_whole = True

    # What the parser calls back.

    def on_message_begin(self) -> None:
        """Stop the parser if another answer follows, without a request."""
        if self.is_whole:
            raise NoHttpError("an answer to nothing")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; codings may stand in several lines."""
        name = name.lower()
        if name == _CODING and name in self.headers:
            value = self.headers[name] + b"," + value
        self.headers[name] = value

    def on_headers_complete(self) -> None:
        """Keep the status; 100 and the like only announce an answer."""
        status = self._parser.get_status_code()
        if status >= _FIRST_FINAL:
            self._status = status
            self._coding = self.headers.get(_CODING, b"").strip().lower()

    def on_body(self, part: bytes) -> None:
        """Keep a part of the body."""
        self._parts.append(part)
        self._length += len(part)

    def on_message_complete(self) -> None:
        """Note the end of an answer."""
        if self._status:
            self.is_whole = self._ended = True
            self.keeps = self._parser.should_keep_alive()
        else:
            self.headers.clear()
            self._parts.clear()
            self._length = 0
