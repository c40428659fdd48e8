"""Checks a downloaded log: python3 check.py log.jsonl [a line you kept before]"""

import json
import sys
from hashlib import sha256


def check(lines: list[str], kept: str = "") -> str:
    first, *entries = [json.loads(line) for line in lines]
    number, last = first["forgotten"], first["anchor"]
    known = [f"{number}:{last}"]
    for each in entries:
        number, entry = number + 1, each["entry"]
        whole = json.dumps([last, entry], sort_keys=True, separators=(",", ":"))
        right = sha256(whole.encode()).hexdigest()
        named = (entry["number"], entry["subject"]) == (number, first["subject"])
        if not named or (each["previous"], each["hash"]) != (last, right):
            return f"Wrong: entry {number} was changed, or one before it is missing."
        last = right
        known.append(f"{number}:{last}")
    if (number, last) != (first["entries"], first["head"]):
        return f"Wrong: the log does not end after entry {number}: some are missing."
    if kept and kept not in known:
        return "Wrong: the line you kept is not in this log."
    return f"Right: {len(entries)} entries. Keep this line for next time: {known[-1]}"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        said = check(file.readlines(), "".join(sys.argv[2:]))
    sys.stdout.write(said + "\n")
    sys.exit(said.startswith("Wrong"))
