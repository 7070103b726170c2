"""Is every door locked to strangers, and does every link that a person is shown open for them?"""

import re

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from tests.crawling import crawl

# The pages that a stranger may open. Everything else asks for a sign-in.
OPEN = {
    "account_login",
    "account_logout",
    "account_signup",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_email",
    "account_email_verification_sent",
    "account_reauthenticate",
    "mfa_authenticate",
    "mfa_trust",
    "mfa_login_webauthn",
    "mfa_signup_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "socialaccount_login_cancelled",
    "socialaccount_login_error",
    "socialaccount_signup",
    "help",
    "accessibility",
    "privacy",
    "healthz",
    "readyz",
}


def doors(resolver=None, prefix=""):
    """Every address of the service, with its name; numbers stand in for keys."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from doors(entry, pattern)
        elif isinstance(entry, URLPattern):
            yield entry.name, pattern


def as_address(pattern: str) -> str:
    """An address for a pattern: what it looks like with a key that does not exist."""
    path = re.sub(r"<int:\w+>", "999999", pattern)
    path = re.sub(r"<(?:str:|slug:)?\w+>", "x", path)
    path = re.sub(r"\(\?P<\w+>[^)]*\)", "999999", path)
    return "/" + path.replace("^", "").replace("$", "").replace("\\.", ".").replace("?", "")


@pytest.mark.django_db
def test_a_stranger_is_asked_to_sign_in_everywhere():
    opened = []
    for name, pattern in doors():
        if name in OPEN or "format" in pattern:
            continue
        reply = Client().get(as_address(pattern))
        asked = reply.status_code in {401, 403} or (
            reply.status_code == 302 and "/accounts/login/" in reply.url
        )
        if not asked and reply.status_code not in {404, 405}:
            opened.append((name, pattern, reply.status_code))

    assert opened == []


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_stranger_changes_nothing_anywhere(method):
    accepted = []
    for name, pattern in doors():
        if name in OPEN or "format" in pattern:
            continue
        reply = getattr(Client(), method)(as_address(pattern), {})
        if reply.status_code < 400 and "/accounts/login/" not in getattr(reply, "url", ""):
            accepted.append((name, pattern, reply.status_code))

    assert accepted == []


@pytest.mark.django_db
def test_every_link_that_a_person_is_shown_opens_for_them(browse):
    call_command("demo")
    shut = []
    reached = {}
    for person in User.objects.filter(grants__isnull=False, password__startswith="md5").distinct():
        found = crawl(browse(person))
        reached[person.email] = len(found)
        shut += [
            (person.email, address, status)
            for address, (_, status) in found.items()
            if status not in {200, 302}
        ]

    assert shut == []
    assert len(reached) == 13
    assert min(reached.values()) >= 4
