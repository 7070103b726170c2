"""Load the fictional Trust."""

from __future__ import annotations

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit_trail.models import TrailEntry
from cycles.models import ChildRecord
from demonstration.children import make_children
from demonstration.evaluations import make_cycles, make_evaluations
from demonstration.loop import make_loop
from demonstration.moderation import make_moderation
from demonstration.people import DOMAIN, PASSWORD, SIGN_INS, make_people
from evaluations.instrument import publish


class Command(BaseCommand):
    help = "Load a fictional Trust: the same people, children and evaluations for the same day."

    def add_arguments(self, parser):
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when the database holds people"
        )
        parser.add_argument(
            "--sign-ins", action="store_true", help="only print the sign-ins and the password"
        )

    def handle(self, *args, if_empty=False, sign_ins=False, **options):
        if sign_ins:
            here = set(User.objects.values_list("email", flat=True))
            for key, name, title, _ in SIGN_INS:
                if f"{key}@{DOMAIN}" not in here:
                    continue
                self.stdout.write(f"{key + '@' + DOMAIN:<27} {name}, {title}")
            if f"hub@{DOMAIN}" in here:
                self.stdout.write(f"Password for each of them: {PASSWORD}")
            return
        if User.objects.exists() or ChildRecord.objects.exists():
            if if_empty:
                return
            if User.objects.exclude(email__endswith=f"@{DOMAIN}").exists():
                raise CommandError(
                    "This database holds real people. The demonstration is only loaded into an "
                    "empty database."
                )
            raise CommandError("The demonstration is loaded already.")
        load()
        self.stdout.write("The demonstration is loaded.")


@transaction.atomic
def load() -> None:
    """Make the whole Trust in one transaction; the database must be empty."""
    form = yaml.safe_load(settings.INSTRUMENT_FILE.read_text(encoding="utf-8"))
    instrument, _ = publish(form)
    cast = make_people(timezone.localdate())
    children = make_children(cast)
    cycles = make_cycles(cast, instrument, children)
    evaluations = make_evaluations(cast, cycles)
    make_moderation(cast, cycles, evaluations)
    make_loop(cast, cycles, evaluations)
    TrailEntry.objects.record(
        "load_demonstration", by=None, detail={"evaluations": len(evaluations)}
    )
