"""A collector with a defect: `python tests/probe/planted.py DEFECT --store DIR [--mode …] [--form …]`.

It prints `ready URL`, and ends when its standard input does.
"""

import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from msgspec import Raw

from generator.collector import CollectorProcess, ingest, server
from generator.collector.endpoint import Endpoint
from generator.collector.group_commit import GroupCommit
from generator.collector.message import JSON, HttpResponse

_YES, _LINE_SEPARATOR = b'"pass":"YES"', "\u2028".encode()


class AcceptsYES:
    """It takes `pass: "YES"` for "Yes"."""

    @staticmethod
    def plant():
        read_valid, check = ingest.read_valid, ingest.check

        def lenient(event):
            return bytes(event).replace(_YES, b'"pass":"Yes"')

        ingest.read_valid = lambda event, form: read_valid(lenient(event), form)
        ingest.check = lambda event, form: check(lenient(event), form)


class LosesLastOfGzip(Endpoint):
    """It loses the last event of a batch in gzip."""

    @classmethod
    def plant(cls):
        server.Endpoint = cls

    def handle(self, request, reply):
        if request.head.headers.get("content-encoding") == "gzip":
            request = request._replace(body=_without_last(request.body))
        super().handle(request, reply)


def _without_last(body):
    batch = json.loads(body)
    return json.dumps(batch | {"events": batch["events"][:-1]}, ensure_ascii=False).encode()


class FailsOnEmptyTopn(Endpoint):
    """It answers 500 to an empty `topn`."""

    @classmethod
    def plant(cls):
        server.Endpoint = cls

    def handle(self, request, reply):
        if b'"topn":[]' in request.body:
            reply(
                HttpResponse(
                    500,
                    JSON,
                    b'{"id":"api.telemetry","params":{"err":"Request failed"},"responseCode":"SERVER_ERROR"}',
                )
            )
        else:
            super().handle(request, reply)


class LosesEmptyTopn(GroupCommit):
    """It loses an event with an empty `topn`, and says nothing."""

    @classmethod
    def plant(cls):
        server.GroupCommit = cls

    def enqueue(self, write_batch, done):
        write_batch.accepted = [event for event in write_batch.accepted if b'"topn":[]' not in bytes(event)]
        super().enqueue(write_batch, done)


class StoresResentTwice(GroupCommit):
    """It stores a batch that is sent again once more."""

    @classmethod
    def plant(cls):
        server.GroupCommit = cls

    def enqueue(self, write_batch, done):
        if write_batch.duplicate and write_batch.duplicate[0][1] == "msgid seen before":
            write_batch.accepted = [event for event, _ in write_batch.duplicate]
            write_batch.duplicate = []
        super().enqueue(write_batch, done)


class DropsLineSeparator(GroupCommit):
    """It drops U+2028 from texts."""

    @classmethod
    def plant(cls):
        server.GroupCommit = cls

    def enqueue(self, write_batch, done):
        write_batch.accepted = [
            Raw(bytes(event).replace(_LINE_SEPARATOR, b"")) for event in write_batch.accepted
        ]
        super().enqueue(write_batch, done)


class DiesOfShare(Endpoint):
    """It dies of a SHARE without items."""

    @classmethod
    def plant(cls):
        server.Endpoint = cls

    def handle(self, request, reply):
        if b'"items":[]' in request.body:
            os._exit(9)
        super().handle(request, reply)


class Healthy:
    """It has no defect."""

    @staticmethod
    def plant():
        """Change nothing."""


class Planted(CollectorProcess):
    """A collector with a defect, in a child process."""

    def __init__(self, defect, store, *, mode="sunbird", form="wire", port=0):
        super().__init__(store, mode=mode, form=form)
        self._command = [
            sys.executable, __file__, defect, "--store", str(store), "--mode", mode, "--form", form, "--port", str(port),
        ]  # fmt: skip


DEFECTS = {
    "accepts-YES": AcceptsYES,
    "loses-last-of-gzip": LosesLastOfGzip,
    "fails-on-empty-topn": FailsOnEmptyTopn,
    "loses-empty-topn": LosesEmptyTopn,
    "stores-resent-twice": StoresResentTwice,
    "drops-U+2028": DropsLineSeparator,
    "dies-of-empty-items": DiesOfShare,
    "none": Healthy,
}


def main():
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("defect", choices=DEFECTS)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--mode", default="sunbird")
    parser.add_argument("--form", default="wire")
    parser.add_argument("--port", type=int, default=0)
    options = vars(parser.parse_args())
    DEFECTS[options.pop("defect")].plant()
    server.serve(
        server.ServerOptions(**options, with_parent=True), lambda url: print("ready", url, flush=True)
    )


if __name__ == "__main__":
    sys.exit(main())
