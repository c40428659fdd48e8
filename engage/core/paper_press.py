"""Makes one PDF: run as a program of its own, which can be stopped.

It reads {"words": ..., "fonts": ..., "page": ...} as JSON and writes the PDF. What
people wrote reaches typst as data alone, so that no sign of it is ever markup.
"""

import json
import sys

import typst


def main() -> None:
    asked = json.load(sys.stdin.buffer)
    made = typst.compile(
        asked["page"].encode(),
        format="pdf",
        sys_inputs={"words": json.dumps(asked["words"])},
        font_paths=[asked["fonts"]],
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
