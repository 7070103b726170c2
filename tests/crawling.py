"""Following every link that a person is shown, once or twice for each page of the service."""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

LINK = re.compile(r'<a\b[^>]*\bhref="([^"#][^"]*)"')
SKIPPED = ("/static/", "/api/", "/readyz/", "/accounts/logout/")


def crawl(client: Client, *, at_most_each: int = 2, start: str = "/") -> dict[str, tuple[str, int]]:
    """Every address shown to this person, as {address: (name of the page, status)}.

    Follows at most `at_most_each` addresses of each page's name.
    """
    seen: dict[str, tuple[str, int]] = {}
    times: Counter[str] = Counter()
    waiting = deque([start])
    while waiting:
        address = waiting.popleft()
        path = urlsplit(address).path
        if address in seen or path.startswith(SKIPPED):
            continue
        try:
            name = resolve(path).view_name
        except Resolver404:
            seen[address] = ("", 404)
            continue
        if times[name] >= at_most_each:
            continue
        times[name] += 1
        reply = client.get(address, follow=False)
        seen[address] = (name, reply.status_code)
        if reply.status_code == 302:
            waiting.append(reply.url)
        elif reply.get("Content-Type", "").startswith("text/html"):
            for link in LINK.findall(reply.content.decode()):
                target = urljoin(address, html.unescape(link).partition("#")[0])
                if target.startswith("/"):
                    waiting.append(target)
    return seen
