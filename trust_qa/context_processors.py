"""What does every page need for its frame?"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from trust_qa.navigation import menu


def shell(request: HttpRequest) -> dict[str, Any]:
    """The Trust's name, the demonstration banner, the menu and the links of the frame."""
    return {
        "trust_name": settings.TRUST_NAME,
        "demonstration": settings.DEMONSTRATION,
        "menu": menu(request) if hasattr(request, "user") else [],
        "safety_url": _url("safety"),
        "inbox_url": _url("notifications:inbox"),
    }


def _url(name: str) -> str:
    """The address of a page, or nothing where this installation does not have it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
