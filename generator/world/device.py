"""Devices: the phones, browsers and desktops of learners, as device profiles and telemetry describe them."""

from functools import cache, cached_property
from typing import Any, NamedTuple

from generator.chance import SeededChance
from generator.errors import WorldError
from generator.spec.edata import Position
from generator.spec.envelope import Object, Producer
from generator.world.traits import Traits
from generator.world.words import engines

KINDS = ("mobile", "web", "desktop")
"""The kinds of device; the first is the most common."""

_PRODUCERS: dict[str, tuple[Producer, ...]] = {
    "mobile": tuple(
        Producer(id="staging.sunbird.app", pid="sunbird.app", ver=ver)
        for ver in ("2.8.263", "3.2.485", "2.8.263", "2.0.93")
    ),
    "web": (Producer(id="staging.sunbird.portal", pid="sunbird-portal", ver="2.8.10"),),
    "desktop": (Producer(id="staging.sunbird.desktop", pid="desktop.app", ver="1.0.3"),),
}


class PhoneModel(NamedTuple):
    """One kind of phone: make, Android version, screen in inches and in points."""

    make: str
    os: str
    inches: float
    width: int
    height: int


_MODELS = (
    PhoneModel("Xiaomi Redmi Note 6 Pro", "Android 9", 6.23, 393, 808),
    PhoneModel("Xiaomi Redmi 6A", "Android 9", 5.45, 360, 720),
    PhoneModel("samsung SM-J701F", "Android 9", 5.46, 360, 640),
    PhoneModel("samsung SM-M307F", "Android 10", 6.38, 412, 892),
    PhoneModel("vivo 1906", "Android 9", 6.35, 360, 772),
    PhoneModel("realme RMX2030", "Android 10", 6.48, 360, 800),
    PhoneModel("OPPO CPH1909", "Android 8.1.0", 6.18, 360, 760),
    PhoneModel("motorola moto e5 plus", "Android 8.0.0", 6.0, 360, 720),
    PhoneModel("Nokia TA-1053", "Android 9", 5.2, 360, 640),
    PhoneModel("LENOVO Lenovo TB-8304F1", "Android 7.0", 8.0, 600, 960),
)
_CPU = "abi: {abi}  {core} Processor rev {revision} ({arch}) "
_DISKS = (16, 32, 32, 64, 64, 128)
_SYSTEMS = (
    ("Windows", "Windows NT 10.0; Win64; x64", "WebKit"),
    ("Windows", "Windows NT 10.0; Win64; x64", "WebKit"),
    ("Windows", "Windows NT 6.1; Win64; x64", "WebKit"),
    ("Mac OS", "Macintosh; Intel Mac OS X 10_14_6", "WebKit"),
    ("Linux", "X11; Linux x86_64", "Linux x86_64"),
)
_SCREENS = ((1366, 768), (1920, 1080), (1536, 864), (1280, 720))
_POINTS = 1024


def check_kind(kind: str) -> str:
    """Return the kind of device unchanged; raise `WorldError` if it does not exist."""
    if kind not in KINDS:
        raise WorldError(f"device {kind!r} is not one of {', '.join(KINDS)}")
    return kind


@cache
def points(width: int, height: int) -> tuple[Position, ...]:
    """Return the points that learners touch on a screen of this size, in points from the upper left corner.

    Most of them lie around the middle and below it, at the answers and buttons.
    """
    chance = SeededChance("points", width, height)

    def along(length: int, centre: int) -> int:
        return (chance.between(0, length - 1) + chance.between(0, length - 1) + centre) // 3

    return tuple(
        Position(x=along(width, width // 2), y=along(height, height * 7 // 10), z=0) for _ in range(_POINTS)
    )


class Device:
    """One phone, browser or desktop computer.

    Attributes:
        kind: mobile, web or desktop.
        index: its number in the world.
        id: the `did`: 40 hex digits on mobile, 32 on the web, 64 on the desktop.
        pdata: the program that runs on it, as `context.pdata`.
        player: the content player inside that program.
    """

    def __init__(self, kind: str, index: int, id: str, seed: int, make: str | None = None) -> None:  # noqa: A002  the field's word
        traits = Traits(seed, "device", kind, index)
        self.kind = kind
        self.index = index
        self.id = id
        self.pdata = traits.pick(_PRODUCERS[kind])
        self.player = _player(self.pdata)
        self.model = traits.pick(_MODELS)
        if make:
            self.model = self.model._replace(make=make)
        self._seed = seed

    def known_as(self, did: str) -> "Device":
        """The same device under another id."""
        return Device(self.kind, self.index, did, self._seed, self.model.make)

    @cached_property
    def screen(self) -> tuple[int, int]:
        """Width and height of its screen, in points."""
        if self.kind == "mobile":
            return self.model.width, self.model.height
        return self._traits("screen").pick(_SCREENS)

    @cached_property
    def points(self) -> tuple[Position, ...]:
        """The points that learners touch on its screen."""
        return points(*self.screen)

    @cached_property
    def dspec(self) -> dict[str, Any]:
        """The device profile that a mobile START carries; -1 is unknown, disks are in gigabytes."""
        if self.kind != "mobile":
            return {"os": self._system[0], "make": "", "id": self.id, "mem": -1, "idisk": -1, "edisk": -1,
                    "scrn": -1, "camera": "", "cpu": "", "sims": -1, "cap": []}  # fmt: skip
        traits = self._traits("dspec")
        disk = round(traits.pick(_DISKS) * traits.between(650, 880) / 1000, 2)
        small = traits.below(4) == 0
        return {
            "os": self.model.os, "make": self.model.make, "id": self.id, "mem": -1, "idisk": disk, "edisk": disk,
            "scrn": self.model.inches, "camera": "", "cpu": _cpu(small, traits.between(1, 4)),
            "sims": -1, "cap": [],
        }  # fmt: skip

    @cached_property
    def uaspec(self) -> dict[str, str]:
        """The user agent that a web START carries, in parts."""
        engine = self._traits("engine").pick(engines(self._seed))
        if self.kind == "mobile":
            raw = f"Mozilla/5.0 (Linux; {self.model.os}; {self.model.make}) {engine}"
            return {
                "agent": "UNKNOWN",
                "ver": "UNKNOWN",
                "system": "Android",
                "platform": "Linux",
                "raw": raw,
            }
        system, platform, kit = self._system
        version = engine.split("Chrome/")[1].split(" ")[0]
        raw = f"Mozilla/5.0 ({platform}) {engine}"
        return {"agent": "Chrome", "ver": version, "system": system, "platform": kit, "raw": raw}

    @cached_property
    def object(self) -> Object:
        """The device as an event's object."""
        return Object(id=self.id, type="Device", ver="1.0")

    @cached_property
    def _system(self) -> tuple[str, str, str]:
        return self._traits("system").pick(_SYSTEMS)

    def _traits(self, what: str) -> Traits:
        return Traits(self._seed, what, self.kind, self.index)

    def __repr__(self) -> str:
        return f"Device({self.kind!r}, {self.index}, {self.id!r})"


@cache
def _player_of(id: str, pid: str, ver: str) -> Producer:  # noqa: A002  the field's word
    return Producer(id=id, pid=f"{pid}.contentplayer", ver=ver)


def _player(producer: Producer) -> Producer:
    return _player_of(producer.id, str(producer.pid), str(producer.ver))


def _cpu(small: bool, revision: int) -> str:
    if small:
        return _CPU.format(abi="armeabi-v7a", core="ARMv7", revision=revision, arch="v7l")
    return _CPU.format(abi="arm64-v8a", core="AArch64", revision=revision, arch="aarch64")
