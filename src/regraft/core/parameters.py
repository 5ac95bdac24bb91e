"""A number and where it comes from are one object; a number without an origin does not load.

Parameters live in a TOML tree beside the code (`parameters/<package>/<file>.toml`). Each becomes one field
``<file>_<key>`` of the record a kernel reads, so that ``p.busulfan_clearance_l_per_h`` leads back to its paper.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from regraft.core.errors import SettingsProblem, nearest
from regraft.core.library import LIBRARY
from regraft.core.origin import Origin, Standing, standing_of
from regraft.core.settings import read_toml

FOLDER = LIBRARY / "parameters"


class Spread(StrEnum):
    """How individuals differ from the typical value."""

    NONE = "none"
    LOGNORMAL = "lognormal"
    NORMAL = "normal"
    LOGITNORMAL = "logitnormal"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number of the model with its unit, origin, and spread between patients.

    ``sigma`` is the standard deviation on the scale of ``spread``: of the logarithm, of the value, or of the logit;
    ``part`` the part of the model it belongs to, which is the folder of its file. ``address`` is the name under which
    its random numbers are drawn and calibrations have recorded it: its own, unless it was renamed since. ``is_rule``
    says that it is no quantity of nature: a rule of practice, a definition, a limit of a laboratory, a schedule's day.
    """

    name: str
    value: float
    unit: str
    origin: Origin
    checked: bool = True
    source: str | None = None
    locator: str | None = None
    why: str | None = None
    low: float | None = None
    high: float | None = None
    spread: Spread = Spread.NONE
    sigma: float = 0.0
    spread_origin: Origin | None = None
    correlated_with: str | None = None
    correlation: float = 0.0
    covariates: str | None = None
    part: str = ""
    address: str = ""
    is_rule: bool = False

    def __post_init__(self) -> None:
        if not self.address:
            object.__setattr__(self, "address", self.name)

    @property
    def is_unsure(self) -> bool:
        """Say whether the value is assumed, or recalled from a paper without having been checked in it."""
        return not self.is_rule and (self.origin is Origin.ASSUMED or not self.checked)


@final
@dataclass(frozen=True, slots=True)
class Reference:
    """A work that numbers are taken from."""

    key: str
    citation: str
    url: str | None = None


@final
@dataclass(frozen=True, slots=True)
class ParameterSet:
    """All parameters in a fixed order, and the works they cite."""

    parameters: tuple[Parameter, ...]
    references: Mapping[str, Reference]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the field names in order."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def places(self) -> Mapping[str, int]:
        """Return the place of each parameter by its name and by the one it had when it was renamed."""
        by_address = {parameter.address: place for place, parameter in enumerate(self.parameters)}
        return by_address | {name: place for place, name in enumerate(self.names)}

    @property
    def values(self) -> NDArray[np.float64]:
        """Return the typical values, shape (parameters,)."""
        return np.array([parameter.value for parameter in self.parameters])

    def __getitem__(self, name: str) -> Parameter:
        place = self.places.get(name)
        if place is None:
            raise KeyError(f"no parameter {name}. {nearest(name, self.names)}")
        return self.parameters[place]

    def replace(self, changes: Mapping[str, float]) -> "ParameterSet":
        """Return a copy with other typical values; unknown names are refused with the nearest known one."""
        values = {self[name].name: float(value) for name, value in changes.items()}
        changed = tuple(
            replace(parameter, value=values[parameter.name]) if parameter.name in values else parameter
            for parameter in self.parameters
        )
        return ParameterSet(changed, self.references)

    def with_values(self, values: NDArray[np.float64]) -> "ParameterSet":
        """Return a copy with other typical values, shape (parameters,), such as one draw of the posterior."""
        pairs = zip(self.parameters, values, strict=True)
        return ParameterSet(
            tuple(replace(parameter, value=float(value)) for parameter, value in pairs), self.references
        )

    def without_spread(self) -> "ParameterSet":
        """Return a copy in which every patient is the typical one."""
        flat = tuple(replace(parameter, spread=Spread.NONE, sigma=0.0) for parameter in self.parameters)
        return ParameterSet(flat, self.references)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of typical values and spreads."""
        lines = (f"{one.name}={one.value!r},{one.sigma!r}" for one in self.parameters)
        return sha256("\n".join(lines).encode()).hexdigest()

    def counts(self) -> dict[Standing, int]:
        """Count values by how they stand; those not checked in their source, and rules of practice, stand apart."""
        return dict(
            Counter(standing_of(one.origin, checked=one.checked, is_rule=one.is_rule) for one in self.parameters)
        )


@cache
def load_parameters(folder: Path = FOLDER) -> ParameterSet:
    """Load and check the whole tree.

    Raises
    ------
    SettingsProblem
        A value without origin, a cite key without reference, a bad range, or a name used twice.
    """
    references = _load_references(folder / "references")
    parameters: dict[str, Parameter] = {}
    for path in sorted(folder.glob("*/*.toml")):
        if path.parent.name in {"references", "posterior"}:
            continue
        for key, entry in read_toml(path).items():
            parameter = _parameter(path, key, entry, references)
            if parameter.name in parameters or parameter.address in {one.address for one in parameters.values()}:
                raise SettingsProblem(path, key, None, f"{parameter.name} is defined twice", "Rename one of the two.")
            parameters[parameter.name] = parameter
    for parameter in parameters.values():
        if parameter.correlated_with is not None and parameter.correlated_with not in parameters:
            raise SettingsProblem(
                folder,
                parameter.name,
                parameter.correlated_with,
                "correlated with an unknown parameter",
                nearest(parameter.correlated_with, parameters),
            )
    return ParameterSet(tuple(parameters.values()), references)


def _load_references(folder: Path) -> dict[str, Reference]:
    references: dict[str, Reference] = {}
    for path in sorted(folder.glob("*.toml")):
        for key, entry in read_toml(path).items():
            if key in references:
                raise SettingsProblem(path, key, None, "reference defined twice", "Keep one of the two.")
            references[key] = Reference(key, entry["citation"], entry.get("url"))
    return references


def _parameter(path: Path, key: str, entry: Mapping[str, Any], references: Mapping[str, Reference]) -> Parameter:
    """Build one parameter, refusing what has no origin."""
    known = set(Parameter.__dataclass_fields__) - {"name", "sigma", "part"} | {"cv_pct", "sd"}
    for name in entry:
        if name not in known:
            raise SettingsProblem(path, f"{key}.{name}", entry[name], "unknown key", nearest(name, known))
    if "value" not in entry or "unit" not in entry or "origin" not in entry:
        raise SettingsProblem(path, key, None, "a value needs value, unit and origin", "Add the missing key.")
    origin = Origin(entry["origin"])
    _check_provenance(path, key, entry, origin, references)
    value = float(entry["value"])
    low, high = entry.get("low"), entry.get("high")
    if not isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
        raise SettingsProblem(path, key, value, f"outside its plausible range {low} to {high}", "Correct one of them.")
    spread, sigma = _spread(path, key, entry)
    return Parameter(
        name=f"{path.stem}_{key}",
        value=value,
        unit=entry["unit"],
        origin=origin,
        checked=entry.get("checked", True),
        source=entry.get("source"),
        locator=entry.get("locator"),
        why=entry.get("why"),
        low=low,
        high=high,
        spread=spread,
        sigma=sigma,
        spread_origin=Origin(entry["spread_origin"]) if "spread_origin" in entry else None,
        correlated_with=entry.get("correlated_with"),
        correlation=float(entry.get("correlation", 0.0)),
        covariates=entry.get("covariates"),
        part=path.parent.name,
        address=entry.get("address", ""),
        is_rule=entry.get("is_rule", False),
    )


def _check_provenance(
    path: Path, key: str, entry: Mapping[str, Any], origin: Origin, references: Mapping[str, Reference]
) -> None:
    source = str(entry.get("source") or "")
    missing = origin.lacks(source, entry.get("why"))
    if missing is not None:
        what = "an assumption needs its reason" if origin is Origin.ASSUMED else f"a {origin} value needs its source"
        raise SettingsProblem(path, key, entry["value"], what, f"Add `{missing}`.")
    if origin is not Origin.ASSUMED and source not in references:
        raise SettingsProblem(path, f"{key}.source", source, "no such reference", nearest(source, references))


def _spread(path: Path, key: str, entry: Mapping[str, Any]) -> tuple[Spread, float]:
    """Return the kind of spread and its standard deviation on that scale."""
    if "cv_pct" not in entry and "sd" not in entry:
        return Spread.NONE, 0.0
    if "spread_origin" not in entry:
        raise SettingsProblem(path, key, None, "spread between patients needs `spread_origin`", "Add it.")
    kind = Spread(entry.get("spread", Spread.LOGNORMAL))
    if kind is Spread.LOGNORMAL:
        ratio = float(entry["cv_pct"]) / 100.0
        return kind, float(np.sqrt(np.log1p(ratio * ratio)))
    return kind, float(entry["sd"])
