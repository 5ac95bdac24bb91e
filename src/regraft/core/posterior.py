"""What calibration left behind: a small table of parameter draws that every default run takes in turn.

Two files stand in ``library/parameters/posterior``: ``draws.csv``, a column per calibrated quantity on the scale z,
a row per draw, the most central draw first; and ``posterior.toml``, what was calibrated on which published values, with
the digest of the table. Reading them needs nothing of what calibration needs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, final

import numpy as np

from regraft.core.arrays import Floats
from regraft.core.calibrated import Block, Calibrated, Learned, ModelError
from regraft.core.conditioned import CONDITIONED_FILE, Conditioned, load_conditioned
from regraft.core.doubt import make_whole
from regraft.core.errors import FileProblem, SettingsProblem
from regraft.core.parameters import FOLDER, ParameterSet
from regraft.core.screen import SCREEN_FILE, LeftOut, Screen, load_screen, sampled_z
from regraft.core.settings import read_toml
from regraft.core.streams import Purpose, address, normal

POSTERIOR_FOLDER = FOLDER / "posterior"
DRAWS_FILE, ABOUT_FILE = "draws.csv", "posterior.toml"
_STUDY = int(Purpose.STUDY)
_AGAIN = "Restore both files of one version, or run `regraft calibrate` again."


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParameterDraws:
    """Typical values that trials live under in turn, and the model's own error that was learned with them.

    Parameters
    ----------
    values : float64, shape (draws, parameters)
        The typical values; trial k lives under row k modulo the number of rows.
    digest : str, optional
        Of the posterior they come from; None for values from elsewhere.
    model_error : mapping of ModelError to float64, shape (draws,)
        The model's own error under each draw, as `Posterior.model_error`; empty: none.
    instead : float64, shape (draws, parameters), optional
        The same draws with what is sampled at its typical value: where a place of a trial stays empty because nobody
        like those whom it took exists under a draw, it is filled under the same row of these.
    sampled : int
        How many parameters are sampled from their ranges beside those of the posterior.
    conditioned : bool
        Whether these ranges were narrowed to what agrees with what was seen.
    left_out : LeftOut, optional
        What the parameters that stay at their typical values would move; None: nobody screened them.
    """

    values: Floats
    digest: str | None = None
    model_error: Mapping[ModelError, Floats] = field(default_factory=dict)
    instead: Floats | None = None
    sampled: int = 0
    conditioned: bool = False
    left_out: LeftOut | None = None

    def __len__(self) -> int:
        return len(self.values)

    def one(self, row: int) -> "ParameterDraws":
        """Return one of the draws."""
        here = slice(row, row + 1)
        instead = None if self.instead is None else self.instead[here]
        errors = {of: values[here] for of, values in self.model_error.items()}
        return replace(self, values=self.values[here], model_error=errors, instead=instead)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """Draws of the calibrated quantities.

    Parameters
    ----------
    calibrated : tuple of Calibrated
        The columns of ``z``.
    z : float64, shape (draws, columns)
        The draws, most central first.
    digest : str
        Of the table of draws.
    made_with : str
        Version, seed and method, in words.
    targets : tuple of str
        The published values that entered, as ``study: row``.
    discrepancy : mapping of ModelError to float
        The model's own errors before their factors; empty: none.
    screen : Screen, optional
        Which other parameters are sampled from their ranges: draw i of the posterior is joined by draw i of these.
    conditioned : Conditioned, optional
        What was seen says of the sampled ones; None: their ranges are sampled as if nothing had been seen.
    """

    calibrated: tuple[Calibrated, ...]
    z: Floats
    digest: str
    made_with: str
    targets: tuple[str, ...]
    discrepancy: Mapping[ModelError, float] = field(default_factory=dict)
    screen: Screen | None = None
    conditioned: Conditioned | None = None

    @property
    def sampled(self) -> tuple[Calibrated, ...]:
        """Return the parameters that are sampled from their ranges; what was calibrated since is not."""
        calibrated = {entry.name for entry in self.calibrated}
        return () if self.screen is None else tuple(one for one in self.screen.sampled if one.name not in calibrated)

    def model_error(self) -> Mapping[ModelError, Floats]:
        """Return the model's own error under every draw, shape (draws,), by what it is an error of."""
        return {
            of: size * error_factor(self.calibrated, self.z, of.learned_on) for of, size in self.discrepancy.items()
        }

    def typical_values(self, parameters: ParameterSet, study: str | None = None, seed: int = 0) -> Floats:
        """Return the typical values of every draw, shape (draws, parameters).

        Parameters
        ----------
        parameters : ParameterSet
            Values of everything that is not calibrated.
        study : str, optional
            A study with an effect of its own, drawn anew for every draw and the same wherever it is named; None leaves
            the centre of studies.
        seed : int
            Seed of the study's effects.

        Raises
        ------
        FileProblem
            A file names a parameter that the model no longer has: calibration or screen has to be run again.
        """
        values = np.tile(parameters.values, (len(self.z), 1))
        self._sample(values, parameters)
        self._calibrate(values, parameters, study, seed)
        return values

    def _calibrate(self, values: Floats, parameters: ParameterSet, study: str | None, seed: int) -> None:
        """Fill in the calibrated parameters, moved by what is particular to a study."""
        place = parameters.places
        effects = {} if study is None else self._study_effects(study, seed)
        for column, entry in enumerate(self.calibrated):
            if not entry.is_parameter:
                continue
            if entry.name not in place:
                raise FileProblem(
                    POSTERIOR_FOLDER / ABOUT_FILE,
                    f"it calibrates {entry.name}, which is no parameter of this model",
                    "Run `regraft calibrate` again.",
                )
            shift = effects.get(entry.group or "", 0.0)
            values[:, place[entry.name]] = entry.value_at(self.z[:, column] + shift)

    def _sample(self, values: Floats, parameters: ParameterSet) -> None:
        """Fill in the parameters that are sampled from their ranges.

        The first draw keeps the typical values, or lies at the centre of what was seen.
        """
        place = parameters.places
        for entry in self.sampled:
            if entry.name not in place:
                raise FileProblem(
                    POSTERIOR_FOLDER / SCREEN_FILE,
                    f"it samples {entry.name}, which is no parameter of this model",
                    "Run scripts/screen_parameters.py again.",
                )
        if not self.sampled:
            return
        first = 1 if self.conditioned is None else 0
        z = self.sampled_z()
        for column, entry in enumerate(self.sampled):
            values[first:, place[entry.name]] = entry.value_at(z[first:, column])
        make_whole(values[first:], parameters.names)

    def sampled_z(self) -> Floats:
        """Return where the sampled parameters stand in every draw on the scale z, shape (draws, parameters).

        Raises
        ------
        FileProblem
            What was seen speaks of other parameters than are sampled.
        """
        names = tuple(entry.name for entry in self.sampled)
        independent = np.stack([sampled_z(name, len(self.z)) for name in names], axis=1)
        if self.conditioned is None:
            return independent
        if self.conditioned.names != names:
            raise FileProblem(
                POSTERIOR_FOLDER / CONDITIONED_FILE,
                "it speaks of other parameters than are sampled",
                "Run scripts/condition_parameters.py again, or delete it.",
            )
        return self.conditioned.moved(independent, self.z)

    def drawn(self, parameters: ParameterSet, study: str | None = None, seed: int = 0) -> ParameterDraws:
        """Return the draws as trials live under them; parameters as for `typical_values`."""
        instead = None
        if self.sampled:
            instead = np.tile(parameters.values, (len(self.z), 1))
            self._calibrate(instead, parameters, study, seed)
        return ParameterDraws(
            values=self.typical_values(parameters, study, seed),
            instead=instead,
            digest=self.digest,
            model_error=self.model_error(),
            sampled=len(self.sampled),
            conditioned=self.conditioned is not None,
            left_out=None if self.screen is None else self.screen.left_out,
        )

    def _study_effects(self, study: str, seed: int) -> dict[str, Floats]:
        """Return by how much a study moves each group, on the scale z, shape (draws,) each."""
        effects = {}
        for column, entry in enumerate(self.calibrated):
            if entry.is_study_sd and entry.group is not None:
                slot = address(f"{study}/{entry.group}")
                own = np.array([normal(seed, draw, _STUDY, 0, slot) for draw in range(len(self.z))])
                effects[entry.group] = entry.value_at(self.z[:, column]) * own
        return effects


def error_factor(calibrated: Sequence[Calibrated], z: Floats, learned_on: Learned | None) -> Floats:
    """Return by how much a stated error is multiplied, shape (rows,); 1 where that is not calibrated."""
    for column, entry in enumerate(calibrated):
        if entry.error_of is not None and entry.error_of is learned_on:
            return entry.value_at(z[:, column])
    return np.ones(len(z))


@cache
def load_posterior(
    folder: Path = POSTERIOR_FOLDER, without: str | None = None, *, of_ranges: bool = False
) -> Posterior | None:
    """Return the posterior that comes with this version, or None where none has been made.

    Parameters
    ----------
    folder : Path
        Where it stands.
    without : str, optional
        A cohort group: the posterior that never saw its studies.
    of_ranges : bool
        Whether ranges are sampled as if nothing had been seen of them, whatever file says what was.

    Raises
    ------
    FileProblem
        The table is not the one its description was written for, or one of the two is missing or damaged.
    SettingsProblem
        The description lacks a key, or has it in another form.
    """
    about_file = folder / ABOUT_FILE
    draws_file = folder / (DRAWS_FILE if without is None else f"without-{without}.csv")
    if not about_file.exists() and not draws_file.exists():
        return None
    about = _checked(about_file, read_toml(about_file))
    said = about["digest"] if without is None else about.get("without", {}).get(without)
    if said is None:
        return None
    z = _draws(draws_file, str(said), len(about["calibrated"]))
    return Posterior(
        calibrated=tuple(_calibrated(about_file, name, entry) for name, entry in about["calibrated"].items()),
        z=z,
        digest=str(said),
        made_with=about["made_with"],
        targets=tuple(key for key, group in about["targets"].items() if group != without),
        discrepancy=_errors(about_file, about.get("discrepancy", {})),
        screen=load_screen(folder),
        conditioned=None if of_ranges else load_conditioned(folder / CONDITIONED_FILE, folder / SCREEN_FILE, str(said)),
    )


def _errors(about_file: Path, said: Mapping[str, Any]) -> Mapping[ModelError, float]:
    """Return the model's own errors, or say which this version does not know."""
    for name in said:
        if name not in set(ModelError):
            raise SettingsProblem(about_file, f"discrepancy.{name}", None, "no error this version knows", _AGAIN)
    return {ModelError(name): float(size) for name, size in said.items()}


def _checked(about_file: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Return the description, or say which key it lacks or has in another form."""
    forms = {"digest": str, "made_with": str, "calibrated": dict, "targets": dict, "without": dict, "discrepancy": dict}
    for key, form in forms.items():
        if key not in about and key in {"without", "discrepancy"}:
            continue
        if not isinstance(about.get(key), form):
            what = "missing" if key not in about else f"not a {'section' if form is dict else 'text'}"
            raise SettingsProblem(about_file, key, None, what, _AGAIN)
    return about


def _draws(draws_file: Path, said: str, columns: int) -> Floats:
    """Return the table of draws, shape (draws, columns), if it is the one its description was written for."""
    try:
        raw = draws_file.read_bytes()
    except OSError as error:
        raise FileProblem(draws_file, f"cannot be read: {error.strerror}", _AGAIN) from None
    digest = digest_of(raw)
    if digest != said:
        raise FileProblem(draws_file, f"its digest is {digest}, not {said} as its description says", _AGAIN)
    try:
        z = np.loadtxt(raw.decode("utf-8").splitlines(), delimiter=",", skiprows=1, ndmin=2)
    except ValueError as error:
        raise FileProblem(draws_file, f"it is no table of numbers ({str(error).splitlines()[0]})", _AGAIN) from None
    if z.shape[0] == 0 or z.shape[1] != columns or not np.isfinite(z).all():
        problem = f"it holds {z.shape[0]} draws of {z.shape[1]} columns, and {columns} quantities were calibrated"
        raise FileProblem(draws_file, problem if np.isfinite(z).all() else "a draw is not a finite number", _AGAIN)
    return z


def digest_of(raw: bytes) -> str:
    """Return the digest of a table of draws."""
    return blake2b(raw, digest_size=8).hexdigest()


def _calibrated(about_file: Path, name: str, entry: Mapping[str, object]) -> Calibrated:
    try:
        return Calibrated(
            name=name,
            block=Block(str(entry["block"])),
            median=float(str(entry["median"])),
            low=float(str(entry["low"])),
            high=float(str(entry["high"])),
            group=str(entry["group"]) if "group" in entry else None,
            is_study_sd=bool(entry.get("is_study_sd", False)),
            error_of=Learned(str(entry["error_of"])) if "error_of" in entry else None,
            why=str(entry.get("why", "")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsProblem(
            about_file, f"calibrated.{name}", None, f"not as calibration writes it ({error})", _AGAIN
        ) from None
