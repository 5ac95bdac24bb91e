"""What can be asked of regraft, as values: each says its command, its Python, and the files that belong to it.

The command line, the pages of `regraft explore` and the key of a kept result are made from these and nothing else.
Importing this loads nothing but the standard library, so that a server can speak of requests that it never runs.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Literal, final

from regraft.api.command_line import command_line

Value = str | int | float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """A trial simulated: what `regraft run` is asked."""

    protocol: str
    patients: int | None = None
    replicates: int = 200
    years: float | None = None
    seed: int = 2016

    def command(self) -> str:
        """Return the command that makes the same results again."""
        return command_line(
            "run",
            self.protocol,
            patients=self.patients,
            replicates=self.replicates,
            years=self.years,
            seed=self.seed,
        )

    def python(self) -> str:
        """Return the Python that makes the same results again."""
        asked = {"replicates": self.replicates, "seed": self.seed, "patients": self.patients, "years": self.years}
        given = ", ".join(f"{name}={value!r}" for name, value in asked.items() if value is not None)
        return f"import regraft as rg\n\nrun = rg.simulate({self.protocol!r}, {given})\nprint(run.summary)\n"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRequest:
    """Many simulated trials of one protocol, or of one that is like it.

    Parameters
    ----------
    protocol : str
        Name of a packaged protocol.
    people : int
        People of one trial.
    trials : int
        Trials simulated.
    seed : int
        The same seed gives the same people.
    changes : dict of str to number
        Keys of the protocol that have another value; with one it is a trial of its own, in a file of its own.
    """

    protocol: str
    people: int
    trials: int = 50
    seed: int = 2016
    changes: Mapping[str, Value] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """Return the protocol's file, or its name where nothing was changed."""
        return f"{self.protocol}-changed.toml" if self.changes else self.protocol

    def files(self) -> dict[str, str]:
        """Return the files that the command reads beside what comes with regraft."""
        return {self.file: self.protocol_toml()} if self.changes else {}

    def protocol_toml(self) -> str:
        """Return the protocol file: what it is like, and what is not.

        Examples
        --------
        >>> asked = TrialRequest(protocol="atkins-2016", people=48, changes={"patients": 48})
        >>> print(asked.protocol_toml())
        like = "atkins-2016"
        patients = 48
        """
        lines = [f"like = {json.dumps(self.protocol)}"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in sorted(self.changes.items())]
        return "\n".join(lines) + "\n"

    def run(self) -> RunRequest:
        """Return the same as `regraft run` takes it."""
        return RunRequest(protocol=self.file, replicates=self.trials, seed=self.seed)

    def command(self) -> str:
        """Return the command that makes the same results again."""
        return self.run().command()

    def python(self) -> str:
        """Return the Python that makes the same results again."""
        return self.run().python()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRequest:
    """Of 100 simulated people with these features: what `regraft profile` is asked."""

    age: float
    sex: str
    edss: float
    duration: float
    relapses: int
    gd: int
    course: str
    regimen: str = "atkins-2016"
    drug: str = "ocrelizumab"
    years: float = 5.0
    patients: int = 200
    seed: int = 2016

    def command(self) -> str:
        """Return the command that makes the same results again."""
        return command_line("profile", **asdict(self))

    def python(self) -> str:
        """Return the Python that makes the same results again."""
        given = ", ".join(f"{name}={value!r}" for name, value in asdict(self).items())
        return f"import regraft as rg\n\nfound = rg.profile({given})\nprint(found.to_frame())\n"

    def files(self) -> dict[str, str]:
        """Return the files that the command reads beside what comes with regraft: none."""
        return {}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CompareRequest:
    """The same people under several regimens: what `regraft compare` is asked."""

    protocols: tuple[str, ...]
    patients: int = 1000
    seed: int = 2016

    def command(self) -> str:
        """Return the command that makes the same results again."""
        return command_line("compare", *self.protocols, patients=self.patients, seed=self.seed)

    def python(self) -> str:
        """Return the Python that makes the same results again."""
        given = f"{list(self.protocols)!r}, patients={self.patients}, seed={self.seed}"
        return f"import regraft as rg\n\nfound = rg.compare({given})\nprint(found.to_frame())\n"

    def files(self) -> dict[str, str]:
        """Return the files that the command reads beside what comes with regraft: none."""
        return {}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DesignRequest:
    """The next trial, simulated: what `regraft design run` is asked.

    Parameters
    ----------
    design : str
        Its name; of a file, the name of the file without its ending.
    trials, people : int
        Trials of each candidate, and people of the model that they are drawn from.
    text : str
        The file, of a design that does not come with regraft as it is; else empty.
    """

    design: str
    trials: int = 1000
    people: int = 5120
    text: str = ""

    @property
    def file(self) -> str:
        """Return the design's file, or its name where it comes with regraft."""
        return f"{self.design}.toml" if self.text else self.design

    def files(self) -> dict[str, str]:
        """Return the files that the command reads beside what comes with regraft."""
        return {self.file: self.text} if self.text else {}

    def command(self) -> str:
        """Return the command that makes the same results again."""
        return command_line("design", "run", self.file, trials=self.trials, people=self.people)

    def python(self) -> str:
        """Return the Python that makes the same results again."""
        run = f"run(trials={self.trials}, people={self.people})"
        return f"import regraft as rg\n\ndone = rg.design({self.file!r}).{run}\nprint(done.to_frame())\n"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyseRequest:
    """A recorded study analysed: what `regraft analyse` is asked of one study, without statistics of groups."""

    directory: str
    definition: str = "consensus"
    years: float = 3.0

    def command(self) -> str:
        """Return the command that makes the same results again."""
        return command_line("analyse", self.directory, definition=self.definition, mapping=None, years=self.years)

    def python(self) -> str:
        """Return the Python that makes the same results again."""
        given = f"{self.directory!r}, {self.definition!r}, years={self.years!r}"
        return f"import regraft as rg\n\ndone = rg.analyse({given})\nprint(done.summary)\n"

    def files(self) -> dict[str, str]:
        """Return the files that the command reads beside what comes with regraft: none but the study's own."""
        return {}


Request = TrialRequest | ProfileRequest | CompareRequest | DesignRequest | AnalyseRequest
Kind = Literal["trial", "profile", "compare", "design", "analyse"]
_KINDS: Mapping[type, Kind] = {
    TrialRequest: "trial",
    ProfileRequest: "profile",
    CompareRequest: "compare",
    DesignRequest: "design",
    AnalyseRequest: "analyse",
}


def kind_of(request: Request) -> Kind:
    """Return what a request is."""
    return _KINDS[type(request)]


def key_of(request: Request, *of_the_program: str) -> str:
    """Return the key of a result: a digest of everything that was asked, and of the program that answers.

    Examples
    --------
    >>> one, other = (CompareRequest(protocols=("a", "b"), seed=seed) for seed in (1, 2))
    >>> key_of(one, "1.0") == key_of(one, "1.0"), key_of(one, "1.0") == key_of(other, "1.0")
    (True, False)
    """
    asked = json.dumps([kind_of(request), asdict(request), *of_the_program], sort_keys=True)
    return sha256(asked.encode()).hexdigest()
