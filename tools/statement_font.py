"""Cut the font of printed statements out of Noto Sans CJK.

Usage: .venv/bin/python tools/statement_font.py NotoSansCJK-Regular.ttc
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

TARGET = Path(__file__).parents[1] / "backend/tallystick/statements/font/statement.otf"
SIMPLIFIED_CHINESE = 2
"""Position of the face in the collection."""

COPYRIGHT_AND_NAMES = [0, 1, 2, 3, 4, 5, 6, 13, 14]
ENGLISH = 0x409
PUNCTUATION = range(0x2010, 0x2030), range(0x3001, 0x3012), range(0xFF01, 0xFF5F)


def characters() -> set[int]:
    """ASCII, Latin-1, punctuation, and GB 2312 level 1 (rows 16 to 55)."""
    chosen = {*range(0x20, 0x7F), *range(0xA0, 0x100)}.union(*PUNCTUATION)
    for row in range(16, 56):
        for cell in range(1, 95 if row < 55 else 90):
            chosen.add(ord(bytes((0xA0 + row, 0xA0 + cell)).decode("gb2312")))
    return chosen


def main() -> None:
    font = TTFont(sys.argv[1], fontNumber=SIMPLIFIED_CHINESE)
    options = Options()
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = COPYRIGHT_AND_NAMES
    options.name_languages = [ENGLISH]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters())
    subsetter.subset(font)
    font.save(TARGET)
    print(f"{TARGET}: {len(font.getBestCmap())} characters, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
