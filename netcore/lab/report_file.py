"""The lab report as a file: whole, or not there at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from netcore.errors import OutputFileError
from netcore.lab.notebook import Notebook
from netcore.lab.report import report_html
from netcore.store.atomic import replace_file

USUAL_NAME = "lab-report.html"


def save_report(path: Path, notebook: Notebook, name: str, day: date) -> None:
    """In place of what may stand there: whether it may, its person was asked. Raises OutputFileError."""
    html = report_html(notebook, name, f"{day.day} {day:%B %Y}")
    try:
        replace_file(path, html.encode("utf-8"))
    except OSError as error:
        raise OutputFileError(path=path, why=error.strerror or error) from error
