"""Files that a person names may be a stranger's: faces have them decoded in the sandbox, too."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DECODERS = frozenset(
    {"probe_file", "probe", "seconds_of", "logo_png", "portrait_jpeg", "font_file", "fit_picture"}
    | {"read_given", "read_rows", "read_feed", "read_page", "read_pdf", "read_markdown"}
)
"""What reads formats by a library, or by patterns of ours."""


def calls_in(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            called = node.func
            yield called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def test_no_face_decodes_a_file_in_its_own_process() -> None:
    files = [file for room in ("app", "cli") for file in (ROOT / room).rglob("*.py")]

    assert len(files) > 60
    assert [str(file) for file in files if DECODERS & {*calls_in(file)}] == []
