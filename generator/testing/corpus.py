"""Datasets for tests: made when first asked for, the same ones ever after."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from generator import __version__
from generator.datasets.build import build
from generator.datasets.manifest import Manifest
from generator.datasets.writers import FileWriter
from generator.errors import UsageError
from generator.population.traffic import Traffic
from generator.scenarios.loader import choose, find
from generator.scenarios.story import Scenario
from generator.spec.rules import Form, check_form
from generator.world import World


class Corpus:
    """A dataset in a file.

    Attributes:
        path: one event a line, as `footfall generate` writes it; its manifest stands next to it.
    """

    def __init__(self, path: Path, manifest: bytes) -> None:
        self.path = path
        self._manifest = manifest

    @property
    def lines(self) -> list[bytes]:
        """The events as JSON."""
        return self.path.read_bytes().splitlines()

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events as a JSON reader sees them; another list each time, for a test to change as it likes."""
        return [msgspec.json.decode(line) for line in self.lines]

    @property
    def manifest(self) -> dict[str, Any]:
        """What is in it, counted while it was made: `sessions`, `events`, `by_eid`, `by_scenario`, `by_day`."""
        counted: dict[str, Any] = msgspec.json.decode(self._manifest)
        return counted

    def __repr__(self) -> str:
        return f"Corpus({self.path})"


class Corpora:
    """Makes datasets, each once.

    Args:
        folder: where their files go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[object, ...], Corpus] = {}

    def __call__(
        self,
        scenario: str | Scenario | Sequence[str | Scenario] = "practice",
        sessions: int = 10,
        seed: int = 1,
        *,
        form: Form = "documented",
    ) -> Corpus:
        """Return a dataset, which is a function of these alone.

        Args:
            scenario: the name of one of Footfall's own, a function decorated with @scenario, or several.
            sessions: how many.
            seed: decides everything else.
            form: "documented" or "wire".

        Raises:
            ScenarioError: a name is unknown; the text names the nearest.
            UsageError: the form is unknown, or sessions is below 1.
        """
        if sessions < 1:
            raise UsageError(f"sessions={sessions}: at least 1 is needed")
        wanted = (scenario,) if isinstance(scenario, str | Scenario) else tuple(scenario)
        key = (wanted, sessions, seed, check_form(form))
        if key not in self._made:
            self._made[key] = self._make(_scenarios(wanted), sessions, seed, form)
        return self._made[key]

    def _make(self, scenarios: list[Scenario], sessions: int, seed: int, form: Form) -> Corpus:
        options = {
            "scenarios": {scenario.name: scenario.share for scenario in scenarios},
            "sessions": sessions, "seed": seed, "form": form,
        }  # fmt: skip
        manifest = Manifest(options, {"footfall": __version__, "faker": version("faker")})
        path = self._folder / f"corpus-{len(self._made) + 1}.jsonl"
        with FileWriter(path) as writer:
            build(Traffic(seed, scenarios, World()), range(sessions), writer, manifest, form)
            counted = msgspec.json.encode(manifest.as_dict(file=path.name))
            writer.finish(counted)
        return Corpus(path, counted)


def _scenarios(wanted: Sequence[str | Scenario]) -> list[Scenario]:
    bundled = find() if any(isinstance(one, str) for one in wanted) else {}
    return [one if isinstance(one, Scenario) else choose(bundled, [one])[0] for one in wanted]
