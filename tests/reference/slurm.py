"""A Slurm of one machine, with a configuration of its own, for tests."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

CONFIG = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control_port}
SlurmdPort={daemon_port}
AuthType=auth/none
CredType=cred/none
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
ReturnToService=2
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=8000 State=UNKNOWN
PartitionName=short Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class Slurm:
    """A controller and a node; whoever submits needs ``environment``."""

    def __init__(self):
        # Pids and sockets of a job have short names, so its folder has one, too.
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        config = self.folder / "slurm.conf"
        config.write_text(
            CONFIG.format(
                host=socket.gethostname().split(".")[0],
                user=_user(),
                folder=self.folder,
                control_port=_free_port(),
                daemon_port=_free_port(),
            )
        )
        version = "v2" if Path("/sys/fs/cgroup/cgroup.controllers").exists() else "v1"
        (self.folder / "cgroup.conf").write_text(f"CgroupPlugin=cgroup/{version}\n")
        self.environment = {"SLURM_CONF": str(config)}
        self._processes = [
            self._start("slurmctld", "-D", "-c"),
            self._start("slurmd", "-D"),
        ]
        end = time.monotonic() + 30
        while self.ask("sinfo", "-h", "-o", "%t") != "idle":
            assert time.monotonic() < end, self.log()
            time.sleep(0.1)

    def ask(self, *command):
        run = subprocess.run(
            command, env=os.environ | self.environment, capture_output=True, text=True, check=False
        )
        return run.stdout.strip()

    def log(self):
        return "\n".join(file.read_text() for file in self.folder.glob("*.log"))

    def close(self):
        self.ask("scancel", "--signal=KILL", "--full", "-u", _user())
        for process in reversed(self._processes):
            process.terminate()
            process.wait(timeout=10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, program, *arguments):
        path = os.environ["PATH"] + os.pathsep + "/usr/sbin"
        found = shutil.which(program, path=path)
        assert found, f"{program} is not installed: apt-get install slurm-wlm"
        with (self.folder / f"{program}.log").open("wb") as log:
            return subprocess.Popen(
                [found, *arguments], env=os.environ | self.environment, stdout=log, stderr=log
            )


def _user():
    import getpass

    return getpass.getuser()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
