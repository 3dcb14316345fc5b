"""Media that lie, refuse or cannot be read: said at once, at the cost of that medium alone."""

import os
import shutil
import traceback

from fault_matrix.files import Trouble
from media_trial import mounts
from media_trial.freight import Lab
from media_trial.lying_reads import READERS
from media_trial.lying_writes import written

# honest-disk: no disk lies. reads-well: every sector can be read.
SABOTAGE = ("honest-disk", "reads-well", "loses-the-other", "names-it-finished")
WRITES = [(filesystem, mode) for filesystem in ("ext4", "exfat", "vfat")
          for mode in ("wrap", "drop", "lose", "no-writes")]
READS = [(filesystem, mode) for filesystem in ("ext4", "exfat") for mode in READERS]


def run(trial):
    """Each way to lie, on each file system."""
    lab = Lab(trial.root, trial.options.program, trial.options.seed, 40)
    wanted = trial.options.cases.split(",") if trial.options.cases else None
    for filesystem, mode in WRITES + READS:
        if filesystem not in trial.options.filesystems or wanted and mode not in wanted:
            continue
        if mounts.lacking(filesystem):
            print(f"skipped: {filesystem}: {mounts.lacking(filesystem)}")
            continue
        place = f"{trial.root}/{filesystem}-{mode.replace(' ', '-')}"
        os.mkdir(place)
        try:
            what = READERS.get(mode, written)
            print(f"{filesystem}, {mode}: {what(trial, lab, place, filesystem, mode)}", flush=True)
        except Trouble as trouble:
            trial.note(f"{filesystem}, {mode}: {trouble}")
        except Exception:  # the other cases are still of use
            trial.note(f"{filesystem}, {mode}: {traceback.format_exc(limit=-4)}")
        shutil.rmtree(place, ignore_errors=True)
