"""What must be true of the database and the served files before an embedded start?

Run by bin/runner.py, in one process because loading Django is what takes the time. The sign-ins of
the demonstration are written to the file that SIGN_INS names.
"""

import hashlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trust_qa.settings")

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.staticfiles.finders import get_finders  # noqa: E402
from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.core.management import CommandError, call_command  # noqa: E402
from django.db import OperationalError  # noqa: E402

SAID_WHY = 3  # the exit status that tells the runner that a sentence has been printed


def main() -> int:
    """Bring everything up to date; what is so already is left alone. Returns the exit status."""
    step = "the settings could not be read"
    try:
        django.setup()
        step = "the database could not be brought up to date"
        call_command("migrate", interactive=False, verbosity=0)
        if not (settings.DATA_DIR / "static-files.txt").exists():
            print("Preparing the styles and scripts ...", flush=True)
        step = "the static files could not be collected"
        collect_static_files()
        step = "the demonstration data could not be loaded"
        with Path(os.environ["SIGN_INS"]).open("w", encoding="utf-8") as sign_ins:
            if settings.DEMONSTRATION:
                call_command("demo", if_empty=True)
                call_command("demo", sign_ins=True, stdout=sign_ins)
    except (CommandError, ImproperlyConfigured, OperationalError, OSError, ValueError) as error:
        print(f"Not started: {step}: {error}", file=sys.stderr)
        return SAID_WHY
    return 0


def collect_static_files() -> None:
    """Hash and compress what is served, when any of it has changed since the last time."""
    stamp = Path(settings.DATA_DIR) / "static-files.txt"
    wanted = static_files_now()
    collected = (Path(settings.STATIC_ROOT) / "staticfiles.json").is_file()
    if collected and stamp.is_file() and stamp.read_text() == wanted:
        return
    # Only the other documentation page would need redoc, and compressing it takes seconds.
    call_command(
        "collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=["redoc"]
    )
    stamp.write_text(wanted)


def static_files_now() -> str:
    """One hash over the name, size and time of every static file, and the settings."""
    found = hashlib.sha256((ROOT / "trust_qa" / "settings.py").read_bytes())
    for finder in get_finders():
        for name, storage in finder.list([]):
            seen = os.stat(storage.path(name))
            found.update(f"{name} {seen.st_size} {seen.st_mtime_ns}\n".encode())
    return found.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
