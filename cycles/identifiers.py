"""How is a child's identifier in the case system kept, found and shown?

Kept encrypted (Fernet; the first of IDENTIFIER_KEYS writes, all of them read), found by exact
match through a keyed hash (HMAC-SHA256 with LOOKUP_KEY), shown only by
`cycles.actions.reveal_identifier`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models

# No 0/O, 1/I/L, no vowels: nothing that reads as a word or is mistaken on the phone.
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """The text, encrypted with the newest key."""
    return _box(tuple(settings.IDENTIFIER_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text behind a token, whichever of our keys made it."""
    return _box(tuple(settings.IDENTIFIER_KEYS)).decrypt(token.encode()).decode()


def normalise(identifier: str) -> str:
    """An identifier as we compare it: no spaces around or inside, upper case."""
    return "".join(str(identifier).split()).upper()


def lookup_hash(identifier: str) -> str:
    """The keyed hash by which an identifier is found: hex of HMAC-SHA256."""
    return hmac.new(
        settings.LOOKUP_KEY.encode(), normalise(identifier).encode(), hashlib.sha256
    ).hexdigest()


def new_reference() -> str:
    """A new opaque reference for a child, such as C-7F3K2Q."""
    return "C-" + "".join(secrets.choice(ALPHABET) for _ in range(6))


class EncryptedTextField(models.TextField):
    """Text that is stored encrypted. It cannot be searched or sorted."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return decrypt(value) if value else value


class EncryptedJSONField(models.TextField):
    """Data that is stored as encrypted JSON."""

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else encrypt(json.dumps(value, default=str))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return json.loads(decrypt(value)) if value else None
