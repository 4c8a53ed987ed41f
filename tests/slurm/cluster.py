"""A real Slurm cluster on this machine, for tests: Debian's packages, as root, without systemd or cgroups.

In tests: ``with cluster(tmp_path) as slurm: ...``. By hand: ``python tests/slurm/cluster.py COMMAND ...``.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

PACKAGES = {"munged": "munge", "slurmctld": "slurmctld", "slurmd": "slurmd", "squeue": "slurm-client"}
SYSTEM = ":/usr/sbin"  # where the daemons are, also for those whose PATH lacks it
LIMIT = 600.0  # seconds to start, and to stop, on any machine

SLURM_CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
AuthInfo=socket={sockets}/munge/socket,cred_expire=10
CommunicationParameters={listen}
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/slurmd.%n.pid
SlurmdSpoolDir={sockets}/%n
ProctrackType=proctrack/linuxproc
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
SlurmdParameters=config_overrides
# A node that was set down stays down until it is restored, although it answers.
ReturnToService=1
SlurmdTimeout=15
KillWait=5
MinJobAge=3600
JobRequeue=0
EnforcePartLimits=ALL
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=2
JobAcctGatherParams=OverMemoryKill
"""
NODE = "NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory={memory}\n"
CGROUP_CONF = "CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n"
# Snakemake's plugin slurm-jobstep removes SLURM_CONF from the environment before it calls srun.
SRUN = '#!/bin/sh\nSLURM_CONF="{folder}/slurm.conf" exec /usr/bin/srun "$@"\n'


@dataclass(frozen=True)
class Cluster:
    """A running cluster: the names of its nodes, and the variables that make Slurm's commands use it."""

    nodes: tuple[str, ...]
    environment: dict[str, str]

    def run(self, *command: str) -> str:
        """Return what a command prints, such as ``squeue``; raise a RuntimeError if it fails."""
        done = subprocess.run(command, env=os.environ | self.environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"`{' '.join(command)}` failed ({done.returncode}): {done.stderr.strip()}")
        return done.stdout

    def jobs(self) -> list[dict[str, str]]:
        """Return id, state, node and name of all jobs since the start, finished ones included."""
        lines = self.run("squeue", "--noheader", "--states=all", "--format=%i|%T|%N|%j").splitlines()
        return [dict(zip(("id", "state", "node", "name"), line.split("|", 3), strict=True)) for line in lines]

    def lose(self, node: str) -> None:
        """Take a node down: its jobs end at once as NODE_FAIL."""
        self.run("scontrol", "update", f"nodename={node}", "state=down", "reason=test")

    def restore(self, node: str) -> None:
        """Bring a lost node back to work."""
        self.run("scontrol", "update", f"nodename={node}", "state=resume")


def missing_packages() -> list[str]:
    """Return the Debian packages whose commands this machine lacks."""
    path = f"{os.environ['PATH']}{SYSTEM}"
    return sorted(package for command, package in PACKAGES.items() if not shutil.which(command, path=path))


@contextmanager
def cluster(
    folder: Path, nodes: int = 3, cpus: int = 2, memory: int = 4000, bound: bool = False
) -> Iterator[Cluster]:
    """Start a cluster with configuration, state and logs below a folder, and stop it at the end.

    The folder may exist, and its path may be long. Each node offers so many cpus and so much memory (MB).
    With ``bound`` a job stays on its cpus, as on real clusters; several emulated nodes would share them.
    Raise a RuntimeError if the cluster cannot start, or if its jobs do not end.
    """
    if missing := missing_packages():
        raise RuntimeError(f"Slurm is missing: apt-get install --no-install-recommends {' '.join(missing)}")
    if os.geteuid() != 0:
        raise RuntimeError("Only root can start the Slurm cluster of the tests: run them as root.")
    folder = folder.resolve()
    with ExitStack() as stack:
        # The path of a socket has at most 107 characters, and the user munge must be able to reach it.
        sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slurm-", dir="/tmp")))
        slurm = _configure(folder, sockets, nodes, cpus, memory)
        if bound:
            with (folder / "slurm.conf").open("a") as settings:
                settings.write("TaskPlugin=task/affinity\n")
        munge = sockets / "munge"
        files = [f"--{name}-file={munge}/{name}" for name in ("key", "pid", "seed")]
        commands = {"munged": ["munged", "--foreground", f"--socket={munge}/socket", *files]}
        commands["slurmctld"] = ["slurmctld", "-D", "-c"]
        commands |= {f"slurmd.{node}": ["slurmd", "-D", "-N", node] for node in slurm.nodes}
        daemons: dict[Path, subprocess.Popen[bytes]] = {}
        for name, command in commands.items():
            log = folder / f"log/{name}.log"
            daemons[log] = _start(command, "munge" if name == "munged" else "root", log, slurm.environment)
            stack.callback(_stop, daemons[log])
            _wait((munge / "socket").exists, daemons)  # the other daemons need it
        _wait(lambda: _states(slurm) == ["idle"] * nodes, daemons)
        stack.callback(_end_jobs, slurm, sockets)
        yield slurm


def _configure(folder: Path, sockets: Path, nodes: int, cpus: int, memory: int) -> Cluster:
    """Write all files that the daemons read."""
    host = socket.gethostname().split(".")[0]
    names = tuple(f"n{number}" for number in range(1, nodes + 1))
    port, *ports = _free_ports(nodes + 1)
    text = SLURM_CONF.format(host=host, port=port, folder=folder, sockets=sockets, listen=_listen())
    text += f"PartitionName=main Nodes=ALL Default=YES State=UP DefMemPerCPU={min(500, memory // cpus)}\n"
    for node, port in zip(names, ports, strict=True):
        text += NODE.format(node=node, host=host, port=port, cpus=cpus, memory=memory)
    for name in ("bin", "log", "run", "state"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "slurm.conf").write_text(text)
    (folder / "cgroup.conf").write_text(CGROUP_CONF)
    srun = folder / "bin/srun"
    srun.write_text(SRUN.format(folder=folder))
    srun.chmod(0o755)
    munge, key = sockets / "munge", sockets / "munge/key"
    sockets.chmod(0o711)
    munge.mkdir(mode=0o711)
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    for owned in (munge, key):
        shutil.chown(owned, "munge", "munge")
    path = f"{srun.parent}:{os.environ['PATH']}{SYSTEM}"
    return Cluster(names, {"SLURM_CONF": f"{folder}/slurm.conf", "PATH": path})


def _listen() -> str:
    """Return the setting that keeps Slurm to the loopback, if that is the address of the host name."""
    with suppress(OSError):
        if socket.gethostbyname(socket.gethostname()) == "127.0.0.1":
            return "NoInAddrAny,NoCtldInAddrAny"
    return "EnableIPv4"


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _start(command: list[str], user: str, log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a daemon as a child: one in the background would be known by its pid file only."""
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=user,
            group=user,
            extra_groups=[],
            start_new_session=True,  # Ctrl-C is for the tests, not for the daemons
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(ready: Callable[[], bool], daemons: dict[Path, subprocess.Popen[bytes]]) -> None:
    """Wait until a condition holds; raise with the ends of the logs if a daemon dies or time is out."""
    end = time.monotonic() + LIMIT
    while not ready():
        dead = [log for log, process in daemons.items() if process.poll() is not None]
        if dead or time.monotonic() > end:
            why = "a daemon ended" if dead else f"it was not ready after {LIMIT:.0f} s"
            lines = [f"The Slurm cluster did not start, because {why}; the ends of the logs:"]
            for log in dead or daemons:
                lines += [f"--- {log}", *log.read_text().splitlines()[-15:]]
            raise RuntimeError("\n".join(lines))
        time.sleep(0.1)


def _states(slurm: Cluster) -> list[str]:
    try:
        return slurm.run("sinfo", "--noheader", "--Node", "--format=%T").split()
    except RuntimeError:  # slurmctld does not listen yet
        return []


def _end_jobs(slurm: Cluster, sockets: Path) -> None:
    """Cancel all jobs, and wait until their steps have ended: each has a socket until then."""
    end = time.monotonic() + LIMIT
    try:
        while slurm.run("squeue", "--noheader") or any(sockets.glob("n*/n*_*.*")):
            if time.monotonic() > end:
                raise RuntimeError("Slurm does not end its jobs: kill what `ps` shows below slurmstepd.")
            slurm.run("scancel", "--partition=main")
            time.sleep(0.1)
    finally:
        for process in _left(slurm):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def _left(slurm: Cluster) -> Iterator[int]:
    """Find processes of jobs that outlived their parents, which Slurm does not see without cgroups."""
    mark = f"SLURM_CONF={slurm.environment['SLURM_CONF']}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            variables = (folder / "environ").read_bytes().split(b"\0")
            of_job = any(variable.startswith(b"SLURM_JOB_ID=") for variable in variables)
            if mark in variables and (of_job or (folder / "comm").read_text() == "slurmstepd\n"):
                yield int(folder.name)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    """Leave by an exception that stops the command and the cluster, undisturbed by further signals."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)


def main(command: list[str]) -> int:
    """Run a command in a cluster of its own, and return its exit code."""
    if not command:
        print(f"usage: {sys.argv[0]} COMMAND ...\nRun COMMAND in a Slurm cluster that is stopped afterwards.")
        return 2
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    with tempfile.TemporaryDirectory() as folder, cluster(Path(folder)) as slurm:
        process = subprocess.Popen(command, env=os.environ | slurm.environment)
        try:
            return process.wait()
        finally:
            _stop(process)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (OSError, RuntimeError) as error:
        sys.exit(str(error))
