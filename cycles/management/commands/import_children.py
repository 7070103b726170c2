"""What would a case system's extract change, and shall it? `manage.py import_children FILE`"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from cycles import importing
from cycles.annex_a import FileProblem
from cycles.import_comparison import Comparison, Name
from cycles.import_staging import TEAM, WORKER, Staged
from workflow.exceptions import Conflict, NotPermitted


class Command(BaseCommand):
    help = (
        "Reads an Annex A workbook, a plain CSV or XLSX file, or a zip of CSV lists, and says what "
        "it would change. Exit code 1 when something has to be mended first."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", help="the extract")
        parser.add_argument("--apply", action="store_true", help="store the children, all or none")
        parser.add_argument("--by", metavar="EMAIL", help="who applies it (needed with --apply)")

    def handle(self, *args: Any, file: str, apply: bool, by: str | None, **options: Any) -> None:
        if apply and not by:
            raise CommandError("Say who applies it: --by EMAIL.")
        path = Path(file)
        try:
            staged, comparison = importing.read(path, path.name)
        except OSError as problem:
            raise CommandError(f"{file} can’t be opened: {problem.strerror}.") from None
        except FileProblem as problem:
            raise CommandError(str(problem)) from None
        self.show(staged, comparison)
        if comparison.errors:
            raise CommandError("Mend what must be mended and try again. Nothing has been stored.")
        if not apply:
            self.stdout.write("Nothing has been stored. Add --apply to store it.")
            return
        person = User.objects.filter(email=str(by).strip().lower(), is_active=True).first()
        if person is None:
            raise CommandError(f"Nobody here has the e-mail address {by}.")
        try:
            with path.open("rb") as opened:
                import_ = importing.preview(opened, filename=path.name, by=person)
            import_ = importing.apply(import_, by=person, seen=comparison.digest)
        except (NotPermitted, Conflict) as refusal:
            raise CommandError(str(refusal)) from None
        totals = import_.summary["totals"]
        self.stdout.write(
            f"Applied on {timezone.localdate():%d/%m/%Y}: {totals['new']} new, "
            f"{totals['changed']} changed, {totals['closed']} closed, "
            f"{totals['unchanged']} unchanged. New practitioners: {totals['practitioners']}."
        )

    def show(self, staged: Staged, comparison: Comparison) -> None:
        """Print the counts and places of a preview: never an identifier, never what a cell held."""
        for figures in comparison.lists:
            self.stdout.write(
                f"{figures.sheet}: {figures.rows_read} rows read, {figures.new} new, "
                f"{figures.changed} changed, {figures.unchanged} unchanged, "
                f"{figures.closed} closed, {figures.left_out_in_all} left out"
            )
            for why, rows in figures.left_out.items():
                self.stdout.write(f"    {rows} left out: {why}")
        for sheet in staged.ignored:
            self.stdout.write(f"{sheet.name}: not read. {sheet.why}")
        if comparison.not_in_file:
            self.stdout.write(
                f"{len(comparison.not_in_file)} open children are not in this file. "
                "They stay as they are."
            )
        for problem in comparison.problems:
            must = "must be mended" if problem.severity == "error" else "can be left"
            column = f", {problem.column}" if problem.column else ""
            self.stdout.write(
                f"{problem.sheet}, row {problem.row}{column} ({must}): expected {problem.expected}"
            )
        for kind, words in ((WORKER, "worker"), (TEAM, "team")):
            for name in comparison.unsettled(kind):
                self.stdout.write(f"{name.name}: no such {words}. {self.offer(name)}")

    def offer(self, name: Name) -> str:
        children = "1 child" if name.children == 1 else f"{name.children} children"
        if name.match.shared_by:
            return f"{len(name.match.shared_by)} people share this name ({children})."
        if name.match.nearest:
            return f"The nearest is {name.match.nearest.name} ({children})."
        return f"Nothing is near ({children})."
