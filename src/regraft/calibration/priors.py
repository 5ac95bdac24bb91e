"""What may be calibrated, and what is believed of it before any outcome is seen: ``priors.toml``, read and checked.

Each entry must be a parameter of the model whose source is no scored study; its bounds must hold the median strictly
inside.
"""

from functools import cache
from pathlib import Path

from regraft.core.calibrated import Block, Calibrated, Learned
from regraft.core.errors import SettingsProblem, nearest
from regraft.core.parameters import ParameterSet, load_parameters
from regraft.core.settings import read_toml
from regraft.evidence.registry import list_trials, load_trial
from regraft.evidence.schema import Role

FILE = Path(__file__).with_name("priors.toml")


@cache
def load_priors(file: Path = FILE) -> tuple[Calibrated, ...]:
    """Return every calibrated quantity, in the order of the file.

    Raises
    ------
    SettingsProblem
        An unknown parameter, bounds that do not hold the median, a missing reason, or a parameter whose value comes
        from a study that may not be fitted.
    """
    parameters = load_parameters()
    return tuple(_checked(file, name, entry, parameters) for name, entry in read_toml(file).items())


def _checked(file: Path, name: str, entry: dict, parameters: ParameterSet) -> Calibrated:
    error_of = Learned(entry["error_of"]) if "error_of" in entry else None
    prior = Calibrated(name=name, **entry | {"block": Block(entry["block"]), "error_of": error_of})
    if not prior.low < prior.median < prior.high:
        raise SettingsProblem(file, f"{name}.median", prior.median, "not inside low to high", "Correct the bounds.")
    if not prior.why:
        raise SettingsProblem(file, name, None, "a prior needs its reason", "Add `why`.")
    if not prior.is_parameter:
        return prior
    if name not in parameters.places:
        raise SettingsProblem(file, name, None, "no such parameter", nearest(name, parameters.names))
    source = parameters[name].source
    if source in list_trials() and load_trial(source).use.role is not Role.FIT:
        raise SettingsProblem(
            file,
            name,
            source,
            "the parameter's value comes from a study that must not be fitted",
            "Give the parameter another source.",
        )
    return prior
