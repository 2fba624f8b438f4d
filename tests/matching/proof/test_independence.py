"""`check` and `certify` share no code with `solve` and its engines: only data and rules."""

from __future__ import annotations

from pathlib import Path

import matching

FOLDER = Path(matching.__file__).parent
SHARED = {"types", "pool", "columns", "drawn", "rules"}


def imports(file: Path) -> set[str]:
    lines = file.read_text().splitlines()
    return {line.split()[1] for line in lines if line.lstrip().startswith(("from matching", "import matching"))}


def test_nothing_of_the_proof_imports_the_solver() -> None:
    allowed = {f"matching.{name}" for name in SHARED}
    face = FOLDER / "certify.py"
    files = [*(FOLDER / "proof").glob("*.py"), face if face.exists() else FOLDER / "certify.py", FOLDER / "check.py"]
    for file in files:
        assert {name for name in imports(file) - allowed if not name.startswith("matching.proof")} == set(), file
    assert imports(FOLDER / "check.py") <= allowed
