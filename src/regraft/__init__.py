"""regraft: trials of immune reset in multiple sclerosis, simulated and recorded alike.

``import regraft as rg`` takes some milliseconds; what a name needs is loaded when it is first used. ``read_study``,
``check``, ``derive``, ``progression``, ``convert`` and ``stats`` never load the simulator.

Examples
--------
>>> import regraft as rg
>>> rg.stats.binomial(7, 23).high < 0.53
True
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regraft.analysis.asked import AnalysisFile
    from regraft.api import plot, statistics
    from regraft.api.analyse import Analysis, analyse
    from regraft.api.analysis_sets import AnalysisSets, analysis_sets
    from regraft.api.cite import Sources, cite
    from regraft.api.design import TrialDesign, design
    from regraft.api.evidence import Evidence, evidence
    from regraft.api.hypotheses import Hypotheses, hypotheses
    from regraft.api.library import example
    from regraft.api.mapping import Mapping, propose_mapping
    from regraft.api.multiverse import Multiverse, multiverse
    from regraft.api.predict import Prediction, predict
    from regraft.api.profile import Profile, profile
    from regraft.api.protocols import Protocol, protocol, protocols
    from regraft.api.regimens import Comparison, compare
    from regraft.api.sbml import AcuteModel, sbml
    from regraft.api.sensitivity import Sensitivity, sensitivity
    from regraft.api.simulate import Run, simulate
    from regraft.api.study import Endpoints, Findings, check, convert, derive, progression, read_study
    from regraft.api.validate import Validation, validate
    from regraft.api.verify import verify
    from regraft.core.errors import InputError, RegraftError
    from regraft.endpoints.progression.msprog import msprog
    from regraft.endpoints.progression.rows import Progression
    from regraft.study.tables import Study
    from regraft.verification.rows import Verification

    stats = statistics

__all__ = (
    "AcuteModel",
    "Analysis",
    "AnalysisFile",
    "AnalysisSets",
    "Comparison",
    "Endpoints",
    "Evidence",
    "Findings",
    "Hypotheses",
    "InputError",
    "Mapping",
    "Multiverse",
    "Prediction",
    "Profile",
    "Progression",
    "Protocol",
    "RegraftError",
    "Run",
    "Sensitivity",
    "Sources",
    "Study",
    "TrialDesign",
    "Validation",
    "Verification",
    "analyse",
    "analysis_sets",
    "check",
    "cite",
    "compare",
    "convert",
    "derive",
    "design",
    "evidence",
    "example",
    "hypotheses",
    "msprog",
    "multiverse",
    "plot",
    "predict",
    "profile",
    "progression",
    "propose_mapping",
    "protocol",
    "protocols",
    "read_study",
    "sbml",
    "sensitivity",
    "simulate",
    "stats",
    "validate",
    "verify",
)
_HOMES = {
    "regraft.analysis.asked": ("AnalysisFile",),
    "regraft.api.analyse": ("Analysis", "analyse"),
    "regraft.api.analysis_sets": ("AnalysisSets", "analysis_sets"),
    "regraft.api.cite": ("Sources", "cite"),
    "regraft.api.design": ("TrialDesign", "design"),
    "regraft.api.evidence": ("Evidence", "evidence"),
    "regraft.api.hypotheses": ("Hypotheses", "hypotheses"),
    "regraft.api.library": ("example",),
    "regraft.api.mapping": ("Mapping", "propose_mapping"),
    "regraft.api.multiverse": ("Multiverse", "multiverse"),
    "regraft.api.predict": ("Prediction", "predict"),
    "regraft.api.profile": ("Profile", "profile"),
    "regraft.api.protocols": ("Protocol", "protocol", "protocols"),
    "regraft.api.regimens": ("Comparison", "compare"),
    "regraft.api.sbml": ("AcuteModel", "sbml"),
    "regraft.api.sensitivity": ("Sensitivity", "sensitivity"),
    "regraft.api.simulate": ("Run", "simulate"),
    "regraft.api.study": ("Endpoints", "Findings", "check", "convert", "derive", "progression", "read_study"),
    "regraft.api.validate": ("Validation", "validate"),
    "regraft.api.verify": ("verify",),
    "regraft.core.errors": ("InputError", "RegraftError"),
    "regraft.endpoints.progression.msprog": ("msprog",),
    "regraft.endpoints.progression.rows": ("Progression",),
    "regraft.study.tables": ("Study",),
    "regraft.verification.rows": ("Verification",),
}
_MODULES = {"plot": "regraft.api.plot", "stats": "regraft.api.statistics"}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


class _FrontDoor(ModuleType):
    """The package, whose public names stay what they are when a package of the same name is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _HOME_OF or not isinstance(value, ModuleType):  # `evidence` is both
            super().__setattr__(name, value)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        found: Any = import_module(_MODULES[name])
    elif name in _HOME_OF:
        found = getattr(import_module(_HOME_OF[name]), name)
    elif name == "__version__":
        found = import_module("importlib.metadata").version(__name__)
    else:
        raise AttributeError(f"regraft has no {name!r}. Known: {', '.join(__all__)}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return list(__all__)


sys.modules[__name__].__class__ = _FrontDoor
