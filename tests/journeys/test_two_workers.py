"""Do two real workers tell each occasion once, whatever dies underneath them?

Everything here is real: two `celery worker` processes, a broker (the embedded one on a socket, or
REDIS_URL), a database of its own, and an SMTP server that keeps what arrives.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from bin.runner import broker_answers, valkey_server
from tests.mail_server import Letterbox, free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90  # seconds; these machines are busy
STALE = "11"  # minutes, one more than notifications.delivery.STALE_AFTER

# What the test asks of the service, run inside it with the workers' own settings.
SCRIPTS = {
    "promise": """
from tests.factories import make_evaluation, make_trust
from accounts.models import User
from evaluations.models import Evaluation
from notifications.models import Reminder
from notifications.outbox import entry
evaluation = Evaluation.objects.first()
if evaluation is None:
    trust = make_trust()
    evaluation = make_evaluation(trust.cycle, trust.child, evaluator=trust.evaluator)
rows = [
    entry("evaluation_due", evaluation.evaluator_id, about=evaluation, occasion=f"{told[1]} {n}",
          now=timezone.now() - timedelta(minutes=1), urgent=True)
    for n in range(told[0])
]
for row in rows:
    row.save()
print(json.dumps([row.pk for row in rows]))
""",
    "send": """
from notifications import tasks
for _ in range(told[0]):
    tasks.sweep.delay()
for pk in told[1]:
    tasks.deliver.delay(pk)
print("null")
""",
    "statuses": """
from notifications.models import Reminder
rows = Reminder.objects.order_by("pk").values_list("status", "attempts")
print(json.dumps([list(row) for row in rows]))
""",
    "send_now": """
from notifications.models import Reminder
Reminder.objects.filter(status="promised").update(send_after=timezone.now())
print("null")
""",
    "let_time_pass": """
from notifications.models import Reminder
claimed = timezone.now() - timedelta(minutes=told[0])
print(Reminder.objects.filter(status="sending").update(claimed_at=claimed))
""",
}
HEAD = """
import json, sys
from datetime import timedelta
import django
django.setup()
from django.utils import timezone
told = json.loads(sys.argv[1])
"""


class Service:
    """A service of its own: database, broker, two workers, and its mail server's port."""

    def __init__(self, folder: Path, broker: str, database: str):
        self.port = free_port()
        self.folder = folder
        self.workers: list[subprocess.Popen] = []
        self.env = {
            **{name: value for name, value in os.environ.items() if name != "EMAIL_URL"},
            "DJANGO_ENV": "embedded",
            "DJANGO_SETTINGS_MODULE": "tests.journeys.worker_settings",
            "DJANGO_SECRET_KEY": "tests-only-" + "k" * 50,
            "IDENTIFIER_KEYS": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
            "LOOKUP_KEY": "tests-only-lookup-key",
            "ALONGSIDE_DATA": str(folder),
            "DATABASE_URL": database,
            "BROKER_URL": broker,
            "REDIS_URL": "",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.port}",
            # A queue of its own, on a broker that others may use too.
            "JOURNEY_QUEUE": f"journey-{uuid.uuid4().hex}",
            "PYTHONPATH": str(ROOT),
        }

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def ask(self, script: str, *told):
        """Run one of the scripts in the service; gives what it prints, as data."""
        out = self.run("-c", HEAD + SCRIPTS[script], json.dumps(told))
        return json.loads(out.strip().splitlines()[-1])

    def start_workers(self, count: int = 2) -> None:
        for _ in range(count):
            number = len(self.workers)
            log = (self.folder / f"worker-{number}.log").open("ab")
            command = [sys.executable, "-m", "celery", "-A", "trust_qa", "worker", "-l", "INFO"]
            command += ["-c", "2", "-n", f"w{number}@journey", "--without-gossip"]
            command += ["--without-mingle"]
            self.workers.append(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=self.env,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )
            log.close()
        for number in range(len(self.workers) - count, len(self.workers)):
            log_file = self.folder / f"worker-{number}.log"
            wait_until(lambda log_file=log_file: "ready." in log_file.read_text(), log_file)

    def kill(self, worker: subprocess.Popen) -> None:
        """kill -9 for the worker and the processes that do its tasks."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def stop(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                self.kill(worker)

    def wait_for(self, expected: list[list]) -> None:
        """Until the ledger's rows are these: status and number of tries of each."""
        wait_until(lambda: self.ask("statuses") == expected, lambda: self.ask("statuses"), every=1)


def wait_until(holds, told, every: float = 0.1) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > until:
            words = told() if callable(told) else told.read_text()[-3000:]
            raise AssertionError(f"It did not happen in {PATIENCE} seconds: {words}")
        time.sleep(every)


class PostOffice:
    """A mail server that can be shut and opened again at one address."""

    def __init__(self, port: int, box: Letterbox):
        self.port, self.box = port, box
        self.controller: Controller | None = None

    def open(self) -> None:
        self.controller = Controller(self.box, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def shut(self) -> None:
        if self.controller is not None:
            self.controller.stop()
            self.controller = None


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    """REDIS_URL, or the embedded broker on a socket of its own."""
    if os.environ.get("REDIS_URL"):
        yield os.environ["REDIS_URL"]
        return
    program = valkey_server()
    if program is None:
        pytest.skip("no embedded broker for this kind of machine, and no REDIS_URL")
    folder = Path(tmp_path_factory.mktemp("broker"))
    path = folder / "b.sock"
    command = [str(program), "--port", "0", "--unixsocket", str(path), "--dir", str(folder)]
    process = subprocess.Popen(
        [*command, "--save", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + PATIENCE
        while not broker_answers(str(path)):
            assert time.monotonic() < until, "The broker does not answer."
            time.sleep(0.05)
        yield f"redis+socket://{path}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def database(tmp_path):
    """A fresh SQLite file, or a fresh database on the server of DATABASE_URL."""
    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgres"):
        yield f"sqlite:///{tmp_path / 'journey.sqlite3'}"
        return
    import psycopg

    server, _, _ = address.rpartition("/")
    name = f"journey_{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"{server}/{name}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def service(tmp_path, broker, database):
    """A prepared service; its workers are started by the test and stopped here."""
    folder = tmp_path / "data"
    folder.mkdir()
    made = Service(folder, broker, database)
    made.run("manage.py", "migrate", "--no-input", "-v", "0")
    yield made
    made.stop()


@pytest.fixture
def post_room(service):
    """The mail server that the service sends to, open."""
    office = PostOffice(service.port, Letterbox())
    office.open()
    yield office
    office.shut()


def ids(box: Letterbox) -> list[str]:
    return [letter["Message-ID"] for letter in box.letters]


@pytest.mark.long
def test_two_workers_and_a_double_sweep_send_each_letter_once(service, post_room):
    service.start_workers()
    promised = service.ask("promise", 20, "first")
    service.ask("send", 2, promised)
    service.wait_for([["sent", 1]] * 20)
    assert len(ids(post_room.box)) == 20
    assert len(set(ids(post_room.box))) == 20

    # The mail server is down: nothing is lost, and nothing leaves twice afterwards.
    post_room.shut()
    service.ask("promise", 5, "second")
    service.ask("send", 2, [])
    wait_until(
        lambda: any(status == "promised" and tries for status, tries in service.ask("statuses")),
        lambda: service.ask("statuses"),
        every=1,
    )
    assert {status for status, _ in service.ask("statuses")[20:]} == {"promised"}
    post_room.open()
    service.ask("send_now")
    service.ask("send", 2, [])
    wait_until(
        lambda: {status for status, _ in service.ask("statuses")} == {"sent"},
        lambda: service.ask("statuses"),
        every=1,
    )
    assert len(ids(post_room.box)) == 25
    assert len(set(ids(post_room.box))) == 25


class Stalling(Letterbox):
    """Takes a letter and never answers, until told to."""

    def __init__(self) -> None:
        super().__init__()
        self.has_one = threading.Event()
        self.stalls = True

    async def handle_DATA(self, server, session, envelope):
        reply = await super().handle_DATA(server, session, envelope)
        if self.stalls:
            import asyncio

            self.has_one.set()
            await asyncio.sleep(PATIENCE)
        return reply


@pytest.mark.long
def test_a_worker_killed_while_sending_leaves_unknown_and_never_a_second_letter(service):
    office = PostOffice(service.port, Stalling())
    office.open()
    try:
        service.start_workers()
        (promised,) = service.ask("promise", 1, "only")
        service.ask("send", 0, [promised])
        assert office.box.has_one.wait(PATIENCE)
        for worker in service.workers:  # whichever has it
            service.kill(worker)
        assert service.ask("statuses") == [["sending", 1]]

        office.box.stalls = False
        service.start_workers()
        service.ask("send", 1, [promised])
        service.ask("send", 1, [promised])
        time.sleep(3)
        assert service.ask("statuses") == [["sending", 1]]  # not long enough to give up on it
        assert service.ask("let_time_pass", int(STALE)) == 1
        service.ask("send", 2, [promised])
        service.wait_for([["unknown", 1]])
        service.ask("send", 2, [promised])
        time.sleep(3)
        assert service.ask("statuses") == [["unknown", 1]]
        assert len(ids(office.box)) == 1
    finally:
        office.shut()
