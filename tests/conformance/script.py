"""One script of AWS calls, sent to the rehearsal cloud and to moto.

    script.py REHEARSAL_URL MOTO_URL [MOTO_ACCOUNT]

Both must give the same visible results: what botocore hands to a program, with ids, times and order taken out. What
is known to differ stands in known.py with who is right and why. Each answer of the rehearsal cloud is also held, as
the bytes it was sent as, against botocore's model of the service. Exits with 1 if a difference is unknown, if a known
one no longer occurs, or if an answer doesn't fit its model.
"""

import sys
import threading
import time
import traceback
from fnmatch import fnmatchcase

import steps
from clouds import Cloud
from compare import Pairs
from known import KNOWN, MISFITS, match

def play(part, cloud, failures):
    """Sends a part of the script to one cloud."""
    try:
        part(cloud)
    except Exception:  # Whatever stops the script on one side is the result.
        failures.append(f"the script broke off at {cloud.name}:\n{traceback.format_exc()}")


def main(arguments):
    """Runs the script on both clouds and prints what differs."""
    account = arguments[2] if len(arguments) > 2 else None
    failures, plays, players = [], [], []
    start = time.monotonic()
    for part in steps.PARTS:
        sides = (Cloud("rehearsal", arguments[0], None), Cloud("moto", arguments[1], account))
        plays.append(sides)
        players += [threading.Thread(target=play, args=(part, cloud, failures)) for cloud in sides]
    for player in players:
        player.start()
    for player in players:
        player.join()

    calls, found = 0, 0
    occurred = set()
    for rehearsal, moto in plays:
        pairs = Pairs()
        if [name for name, _ in rehearsal.results] != [name for name, _ in moto.results]:
            failures.append("the two sides did not go through the same steps")
        for (step, ours), (_, theirs) in zip(rehearsal.results, moto.results):
            calls += 1
            for field, left, right in pairs.differences(ours, theirs):
                found += 1
                entry = match(step, field, right)
                if entry is None:
                    failures.append(f"{step}: {field}: the rehearsal cloud has {left}, moto {right}")
                occurred.add(entry)
        for misfit in rehearsal.misfits:
            entry = next((entry for entry in MISFITS if fnmatchcase(misfit, entry[0])), None)
            if entry is None:
                failures.append(misfit)
            occurred.add(entry)
    for entry in [*KNOWN, *MISFITS]:
        if entry not in occurred:
            failures.append(f"known, but it no longer occurs: {': '.join(entry)}")

    for failure in failures:
        print(failure)
    seconds = time.monotonic() - start
    print(
        f"{calls} calls, {found} differences of {len(KNOWN)} known kinds, {len(failures)} failures, {seconds:.0f} s"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
