"""Make an API token for a person."""

from __future__ import annotations

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from knox.models import AuthToken

from accounts.models import User
from audit_trail.models import TrailEntry


class Command(BaseCommand):
    help = "Make an API token that acts as this person. It is shown once and stored hashed."

    def add_arguments(self, parser):
        parser.add_argument("email", help="the person’s e-mail address")
        parser.add_argument("--days", type=int, default=90, help="how long it holds (1 to 366)")

    @transaction.atomic
    def handle(self, *args, email, days, **options):
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody who works here has the address {email}.")
        if not 1 <= days <= 366:
            raise CommandError("Choose from 1 to 366 days.")
        _, token = AuthToken.objects.create(user=user, expiry=timedelta(days=days))
        TrailEntry.objects.record(
            "create_api_token", user, by=None, children=[], detail={"days": days}
        )
        self.stderr.write(
            f"For {user.email}, {days} days. Send it as “Authorization: Bearer TOKEN”."
        )
        self.stdout.write(token)
