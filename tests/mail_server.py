"""A real SMTP server on this machine, for tests of mail as it arrives."""

from __future__ import annotations

import email
import socket
from contextlib import contextmanager
from email.message import Message

from aiosmtpd.controller import Controller


class Letterbox:
    """Keeps what arrives. `refuse` lists addresses it turns down."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.refuse: set[str] = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return "550 No such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.letters.append(email.message_from_bytes(envelope.content))
        return "250 Kept"

    def subjects_to(self, address: str) -> list[str]:
        """Subjects of the letters to one address, in order of arrival."""
        return [str(letter["Subject"]) for letter in self.letters if letter["To"] == address]


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def letterbox():
    """Run the server; gives the box, with `.port`."""
    box = Letterbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


def smtp_settings(port: int) -> dict:
    """Settings that send mail to that port, through the real SMTP backend."""
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": "",
        "EMAIL_HOST_PASSWORD": "",
        "EMAIL_USE_TLS": False,
        "EMAIL_USE_SSL": False,
    }
