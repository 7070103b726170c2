"""The cast and the shared fixtures."""

import pytest
from django.db import connection


@pytest.fixture(autouse=True, scope="session")
def _emptying_a_test_database_may_empty_the_trail(django_db_setup, django_db_blocker):
    """The trail refuses deletion; only the emptying between database tests lifts that."""
    from audit_trail import triggers

    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def flush_with_trail(self, sql_list):
        if not sql_list:
            return
        triggers.remove(self.connection)
        flush(self, sql_list)
        triggers.install(self.connection)

    operations.execute_sql_flush = flush_with_trail
    yield
    operations.execute_sql_flush = flush


@pytest.fixture
def trust(db):
    """A small Trust: two service areas, three teams, and everybody in the cast."""
    from tests.factories import make_trust

    return make_trust()


@pytest.fixture
def api(client):
    """`api(person)` gives a JSON client signed in as that person."""
    from rest_framework.test import APIClient

    def signed_in(person):
        client = APIClient()
        client.force_authenticate(person)
        return client

    return signed_in


@pytest.fixture
def browse():
    """`browse(person)` gives a page client signed in as that person."""
    from django.test import Client

    def signed_in(person):
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def post_office(settings):
    """A real SMTP server that the service sends to; gives the box of letters."""
    from tests.mail_server import letterbox, smtp_settings

    with letterbox() as box:
        for name, value in smtp_settings(box.port).items():
            setattr(settings, name, value)
        yield box
