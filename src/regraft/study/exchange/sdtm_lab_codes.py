"""SDTM code and name of every laboratory test, vital signs included."""

from collections.abc import Mapping

LAB_CODES: Mapping[str, tuple[str, str]] = {
    "neutrophils": ("NEUT", "Neutrophils"),
    "platelets": ("PLAT", "Platelets"),
    "haemoglobin": ("HGB", "Hemoglobin"),
    "lymphocytes": ("LYM", "Lymphocytes"),
    "monocytes": ("MONO", "Monocytes"),
    "bilirubin": ("BILI", "Bilirubin"),
    "alt": ("ALT", "Alanine Aminotransferase"),
    "creatinine": ("CREAT", "Creatinine"),
    "cd34": ("CD34", "CD34"),
    "cd4": ("CD4", "CD4"),
    "cd8": ("CD8", "CD8"),
    "cd4_naive": ("CD4NAIVE", "Naive CD4 T Cells"),
    "cd4_memory": ("CD4MEM", "Memory CD4 T Cells"),
    "treg": ("TREG", "Regulatory T Cells"),
    "b_cells": ("BLYCE", "B-Lymphocytes"),
    "nk_cells": ("NKCE", "Natural Killer Cells"),
    "recent_thymic_emigrants": ("RTE", "Recent Thymic Emigrants"),
    "busulfan_auc": ("BUAUC", "Busulfan Area Under the Curve"),
    "atg_active": ("ATGACT", "Active Anti-Thymocyte Globulin"),
    "neurofilament_light": ("NFLP", "Neurofilament Light Chain Protein"),
    "gfap": ("GFAP", "Glial Fibrillary Acidic Protein"),
    "weight": ("WEIGHT", "Weight"),
    "temperature": ("TEMP", "Temperature"),
    "cmv_dna": ("CMVDNA", "Cytomegalovirus DNA"),
    "ebv_dna": ("EBVDNA", "Epstein-Barr Virus DNA"),
    "bk_virus_dna": ("BKVDNA", "BK Virus DNA"),
}
