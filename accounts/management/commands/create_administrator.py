"""Make the first system administrator of a new installation."""

from __future__ import annotations

from getpass import getpass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from accounts.models import RoleGrant, User
from accounts.roles import Role
from audit_trail.models import TrailEntry


class Command(BaseCommand):
    help = "Make a system administrator; asks for the password. Others are added in the service."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("name", help="in quotes, such as 'Ada Newton'")

    def handle(self, *args, email, name, **options):
        email = email.strip().lower()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError("Enter an e-mail address, such as ada@trust.example.") from None
        if User.objects.filter(email=email).exists():
            raise CommandError(f"{email} is here already. Give the role on the person’s page.")
        password = getpass("Password: ")
        try:
            validate_password(password, User(email=email, name=name))
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from None
        with transaction.atomic():
            user = User.objects.create_user(email=email, password=password, name=name)
            RoleGrant.objects.create(user=user, role=Role.SYSTEM_ADMINISTRATOR)
            TrailEntry.objects.record(
                "create_administrator", user, by=None, children=[], after=Role.SYSTEM_ADMINISTRATOR
            )
        self.stdout.write(f"{email} can sign in now.")
