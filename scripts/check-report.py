"""Reads the documents of a report with programs that are none of ours, and says what they make of them."""

import csv
import json
import pathlib
import sys

from junitparser import JUnitXml
from sarif_pydantic import Sarif
from trestle.oscal.assessment_results import AssessmentResults
from trestle.oscal.component import ComponentDefinition

folder = pathlib.Path(sys.argv[1])


def oscal(model, name):
    assert model.oscal_read(folder / name) is not None, f"{name} is not there"
    print(f"{name}: OSCAL")


oscal(AssessmentResults, "oscal-assessment-results.json")
oscal(ComponentDefinition, "oscal-component-definition.json")

sarif = Sarif.model_validate_json((folder / "findings.sarif").read_text())
print(f"findings.sarif: SARIF {sarif.version}, {len(sarif.runs[0].results)} results")

suites = JUnitXml.fromfile(str(folder / "junit.xml"))
told = suites.tests
counted = sum(1 for suite in suites for _ in suite)
assert told == counted, f"junit.xml says {told} tests and holds {counted}"
print(f"junit.xml: {counted} test cases")

with open(folder / "mpa.csv", newline="") as file:
    rows = list(csv.DictReader(file, strict=True))
assert rows and all(None not in row and None not in row.values() for row in rows), "rows of mpa.csv differ in length"
print(f"mpa.csv: {len(rows)} rows")

# The manifest says where the ledger ended that the change history is of.
history = json.loads((folder / "assessment.json").read_text())["history"]
ledger = json.loads((folder / "manifest.json").read_text())["ledger"]
told = {"entries": history["lines"], "head": history["head"]} if history["head"] and not history["broken"] else None
assert ledger == told, f"the manifest's ledger is {ledger}, and the history's {told}"

for name in ["assessment.json", "envelope.json", "manifest.json"]:
    json.loads((folder / name).read_text())
    print(f"{name}: JSON")
