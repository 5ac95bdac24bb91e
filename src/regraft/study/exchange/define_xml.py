"""Define-XML 2.1: what every dataset, variable and code list of a folder of SDTM or ADaM means (CDISC; ODM 1.3.2)."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

import polars as pl

from regraft.study.exchange.dataset import Dataset, Standard, StudyHeader, Variable, VariableKind

ODM = "http://www.cdisc.org/ns/odm/v1.3"
DEFINE = "http://www.cdisc.org/ns/def/v2.1"
XLINK = "http://www.w3.org/1999/xlink"
_XML = "http://www.w3.org/XML/1998/namespace"
_TYPES = {
    VariableKind.TEXT: "text",
    VariableKind.DATE: "date",
    VariableKind.DAY: "integer",
    VariableKind.INTEGER: "integer",
    VariableKind.FLOAT: "float",
}


def define_xml(datasets: Sequence[Dataset], header: StudyHeader, suffix: str, standard: Standard) -> str:
    """Return the text of define.xml.

    Parameters
    ----------
    datasets : sequence of Dataset
        The datasets of the folder, in order.
    header : StudyHeader
        What the study is; SIMULATED in its title goes into the study description.
    suffix : str
        Ending of the datasets' files, ``xpt`` or ``json``.
    standard : Standard
        What the datasets follow.
    """
    for prefix, space in (("", ODM), ("def", DEFINE), ("xlink", XLINK)):
        ET.register_namespace(prefix, space)
    moment = header.created.strftime("%Y-%m-%dT%H:%M:%S")
    root = ET.Element(
        _odm("ODM"),
        {
            "ODMVersion": "1.3.2",
            "FileType": "Snapshot",
            "FileOID": f"DEFINE.{header.study_id}",
            "CreationDateTime": moment,
            "Originator": "regraft",
            "SourceSystem": "regraft",
            "SourceSystemVersion": _plain(header.version) or "not stated",
            _define("Context"): "Other",
        },
    )
    study = ET.SubElement(root, _odm("Study"), {"OID": f"STUDY.{header.study_id}"})
    names = ET.SubElement(study, _odm("GlobalVariables"))
    ET.SubElement(names, _odm("StudyName")).text = header.study_id
    ET.SubElement(names, _odm("StudyDescription")).text = _plain(header.title)
    ET.SubElement(names, _odm("ProtocolName")).text = _plain(header.protocol)
    _metadata(study, datasets, header, suffix, standard)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _plain(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def _odm(name: str) -> str:
    return f"{{{ODM}}}{name}"


def _define(name: str) -> str:
    return f"{{{DEFINE}}}{name}"


def _metadata(
    study: ET.Element, datasets: Sequence[Dataset], header: StudyHeader, suffix: str, standard: Standard
) -> None:
    version = ET.SubElement(
        study,
        _odm("MetaDataVersion"),
        {
            "OID": f"MDV.{header.study_id}",
            "Name": f"{header.study_id}, data definitions",
            "Description": _plain(header.title),
            _define("DefineVersion"): "2.1.0",
        },
    )
    standards = ET.SubElement(version, _define("Standards"))
    facts = {
        "OID": _identifier(standard),
        "Name": standard.name,
        "Type": "IG",
        "Version": standard.version,
        "Status": "Final",
    }
    ET.SubElement(standards, _define("Standard"), facts)
    for dataset in datasets:
        _group(version, dataset, suffix, standard)
    for dataset in datasets:
        for variable in dataset.variables:
            _item(version, dataset, variable)
    for dataset in datasets:
        for variable in dataset.variables:
            if variable.codes:
                _code_list(version, dataset, variable)


def _described(parent: ET.Element, text: str) -> None:
    description = ET.SubElement(parent, _odm("Description"))
    ET.SubElement(description, _odm("TranslatedText"), {f"{{{_XML}}}lang": "en"}).text = text


def _identifier(standard: Standard) -> str:
    return f"STD.{standard.name}"


def _group(version: ET.Element, dataset: Dataset, suffix: str, standard: Standard) -> None:
    supplemental = dataset.name.startswith("SUPP")
    domain = dataset.name.removeprefix("SUPP")
    family = "RELATIONSHIP" if supplemental else standard.classes[domain]
    trial = family == "TRIAL DESIGN"
    file = f"{dataset.name.lower()}.{suffix}"
    once = [variable.name for variable in dataset.variables if variable.key is not None] == ["STUDYID", "USUBJID"]
    structure = (
        "One record per subject" if once else "One record per parameter" if trial else "One record per observation"
    )
    group = ET.SubElement(
        version,
        _odm("ItemGroupDef"),
        {
            "OID": f"IG.{dataset.name}",
            "Name": dataset.name,
            "Domain": domain,
            "SASDatasetName": dataset.name,
            "Repeating": "No" if once else "Yes",
            "IsReferenceData": "Yes" if trial else "No",
            "Purpose": standard.purpose,
            _define("StandardOID"): _identifier(standard),
            _define("Structure"): structure,
            _define("ArchiveLocationID"): f"LF.{dataset.name}",
        },
    )
    _described(group, dataset.label)
    for number, variable in enumerate(dataset.variables, start=1):
        facts = {
            "ItemOID": f"IT.{dataset.name}.{variable.name}",
            "OrderNumber": str(number),
            "Mandatory": "No" if dataset.frame[variable.name].null_count() else "Yes",
        }
        if variable.key is not None:
            facts["KeySequence"] = str(variable.key)
        ET.SubElement(group, _odm("ItemRef"), facts)
    ET.SubElement(group, _define("Class"), {"Name": family})
    leaf = ET.SubElement(group, _define("leaf"), {"ID": f"LF.{dataset.name}", f"{{{XLINK}}}href": file})
    ET.SubElement(leaf, _define("title")).text = file


def _item(version: ET.Element, dataset: Dataset, variable: Variable) -> None:
    facts = {
        "OID": f"IT.{dataset.name}.{variable.name}",
        "Name": variable.name,
        "DataType": _TYPES[variable.kind],
        "SASFieldName": variable.name,
    }
    series = dataset.frame[variable.name]
    if variable.kind is VariableKind.TEXT:
        facts["Length"] = str(_longest(series))
    elif variable.kind is not VariableKind.DATE:
        facts["Length"] = "8"
    if variable.kind is VariableKind.DAY:
        facts[_define("DisplayFormat")] = "DATE9."
    if variable.kind is VariableKind.FLOAT:
        facts["SignificantDigits"] = "17"
    item = ET.SubElement(version, _odm("ItemDef"), facts)
    _described(item, variable.label)
    if variable.codes:
        ET.SubElement(item, _odm("CodeListRef"), {"CodeListOID": f"CL.{dataset.name}.{variable.name}"})
    assigned = (
        {"Type": "Assigned", "Source": "Sponsor"}
        if _is_assigned(variable)
        else {"Type": "Collected", "Source": "Sponsor"}
    )
    ET.SubElement(item, _define("Origin"), assigned)


def _longest(series: pl.Series) -> int:
    longest = series.str.len_bytes().max()
    return max(1, longest if isinstance(longest, int) else 1)


def _is_assigned(variable: Variable) -> bool:
    fixed = {
        "STUDYID",
        "DOMAIN",
        "USUBJID",
        "RDOMAIN",
        "QNAM",
        "QLABEL",
        "QORIG",
        "IDVAR",
        "IDVARVAL",
        "VISITNUM",
        "VISIT",
    }
    return variable.name in fixed or variable.name.endswith(
        ("SEQ", "TESTCD", "TEST", "CAT", "STRESC", "STRESN", "STRESU")
    )


def _code_list(version: ET.Element, dataset: Dataset, variable: Variable) -> None:
    """Write the code list of a variable: every value it may take, with its meaning in the study tables."""
    facts = {
        "OID": f"CL.{dataset.name}.{variable.name}",
        "Name": f"{variable.label} ({dataset.name})",
        "DataType": "text",
        _define("IsNonStandard"): "Yes",
    }
    codes = ET.SubElement(version, _odm("CodeList"), facts)
    for number, (code, meaning) in enumerate(variable.codes, start=1):
        item = ET.SubElement(codes, _odm("CodeListItem"), {"CodedValue": code, "OrderNumber": str(number)})
        decode = ET.SubElement(item, _odm("Decode"))
        ET.SubElement(decode, _odm("TranslatedText"), {f"{{{_XML}}}lang": "en"}).text = meaning
