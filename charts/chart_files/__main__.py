"""`python -m chart_files`: write the generated files of the chart beside this package."""

import json
import sys
from pathlib import Path

from chart_files.payload import payload
from chart_files.readme import with_table
from chart_files.schema import schema
from chart_files.values import UndocumentedValueError, read

_CHART = Path(__file__).parents[1] / "modelserver-operator"


def main(chart: Path) -> None:
    """Write the schema of the values, their table in the README, and what the operator supplies."""
    values = read((chart / "values.yaml").read_text())
    (chart / "values.schema.json").write_text(json.dumps(schema(values), indent=2) + "\n")
    readme = chart / "README.md"
    readme.write_text(with_table(readme.read_text(), values))
    for path, text in payload():
        file = chart / "files" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


if __name__ == "__main__":
    try:
        main(_CHART)
    except UndocumentedValueError as error:
        sys.exit(f"values.yaml: {error}")
