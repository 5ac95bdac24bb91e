"""A small study as SDTM in Dataset-JSON, as a sponsor may have it: four people, three visits, one relapse."""

import json
import zlib

from regraft.study.check import check_study

PEOPLE = ("01", "02", "03", "04")


def write(folder, name, columns, rows, *, file="", form="json"):
    head = {
        "datasetJSONCreationDateTime": "2024-01-01T00:00:00",
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": f"IG.{name}",
        "records": len(rows),
        "name": name,
        "label": name,
        "columns": [{"itemOID": f"IT.{c}", "name": c, "label": c, "dataType": "string"} for c in columns],
    }
    lines = "\n".join([json.dumps(head), *map(json.dumps, rows)])
    content = json.dumps(head | {"rows": rows}) if form == "json" else lines
    raw = zlib.compress(content.encode()) if form == "dsjc" else content.encode()
    (folder / f"{file or name.lower()}.{form}").write_bytes(raw)


def base(folder, form="json"):
    people = [["S1", f"S1-{n}", n, "A", "Transplant", "2015-01-10"] for n in PEOPLE]
    write(folder, "DM", ["STUDYID", "USUBJID", "SUBJID", "ARMCD", "ARM", "RFSTDTC"], people, form=form)
    visits = [[f"S1-{n}", year, f"{year}-01-10"] for n in PEOPLE for year in (2015, 2016, 2017)]
    write(folder, "SV", ["USUBJID", "VISITNUM", "SVSTDTC"], visits, form=form)
    edss = [[f"S1-{n}", "EDSS0101", "3.5", f"{year}-01-10"] for n in PEOPLE for year in (2015, 2016, 2017)]
    write(folder, "RS", ["USUBJID", "RSTESTCD", "RSORRES", "RSDTC"], edss, form=form)
    write(folder, "CE", ["USUBJID", "CETERM", "CESTDTC"], [["S1-02", "MS RELAPSE", "2016-03-01"]], form=form)
    write(
        folder,
        "DS",
        ["USUBJID", "DSDECOD", "DSSTDTC"],
        [[f"S1-{n}", "COMPLETED", "2018-01-10"] for n in PEOPLE],
        form=form,
    )
    return folder


def said(folder, severity="warning"):
    return " | ".join(str(found) for found in check_study(folder) if found.severity == severity)
