"""What reading a file costs, measured in a process of its own: `python -m tests.imports.measuring FILE` gives the
seconds of processor time and the most memory in MB that `guess` and `read` took, and what came of it, as JSON."""

import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOM = 1_500 * 1024 * 1024  # of addresses; beyond it a process is a burden to the machine


@dataclass(frozen=True)
class Cost:
    """CPU seconds of `guess` or `read`, whichever took longer; MB of the whole process at its peak."""

    seconds: float
    megabytes: float
    said: str


def cost_of(data: bytes) -> Cost:
    """Raises `AssertionError` where the process died, by memory say."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-m", "tests.imports.measuring", file.name],
            cwd=Path(__file__).parent.parent.parent, capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    return Cost(**json.loads(done.stdout))


def most_memory() -> float:
    """MB that this process has held at once. `getrusage` would tell of the parent too, up to the exec."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main(path: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    from expenses.imports.statements import MappingError, Refused, guess, read

    data = Path(path).read_bytes()
    moments = [time.process_time()]
    try:
        found = guess(data)
        moments.append(time.process_time())
        read_so = read(data, found.mapping)
        said = f"{len(read_so.records):,} rows, {len(read_so.problems):,} problems, {len(read_so.left_out):,} left out"
    except (Refused, MappingError) as error:
        said = str(error)
    moments.append(time.process_time())
    most = most_memory()
    seconds = max(later - sooner for sooner, later in itertools.pairwise(moments))
    sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": most, "said": said}))


if __name__ == "__main__":
    main(sys.argv[1])
