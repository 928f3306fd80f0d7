"""Makes the two fonts of fixtures/fonts from Noto Serif CJK SC; fixtures/fonts/README.md says how to run it and why.

Needs fontTools 4.38 (Debian: python3-fonttools) and the font collection (Debian: fonts-noto-cjk). The same versions give
the same bytes.
"""
import json
import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Yinxin Test Song"
POSTSCRIPT_NAME = "YinxinTestSong-Regular"
# The member of the collection with mainland forms: JP, KR, SC, TC, HK.
SIMPLIFIED_CHINESE = 2
ASCII = "".join(chr(code) for code in range(0x20, 0x7F))
# The tampered twin of the reply says 不许 where the reply says 同意; its page must show it.
TAMPERED = "不许"

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"


def texts_of(value):
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "".join(texts_of(item) for item in value.values())
    return "".join(texts_of(item) for item in value)


def cut(collection, characters):
    font = TTFont(collection, fontNumber=SIMPLIFIED_CHINESE, recalcTimestamp=False)
    missing = sorted(character for character in characters if ord(character) not in font.getBestCmap())
    if missing:
        sys.exit(f"the font has no {''.join(missing)}")
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    rename(font)
    return font


def rename(font):
    """A modified version must not carry the name of the original; copyright and license stay."""
    names = {1: FAMILY, 2: "Regular", 3: f"1.000;{POSTSCRIPT_NAME}", 4: FAMILY, 5: "Version 1.000", 6: POSTSCRIPT_NAME}
    table = font["name"]
    kept = {record.nameID: record.toUnicode() for record in table.names if record.nameID in (0, 13, 14)}
    table.names = []
    for name_id, text in sorted({**names, **kept}.items()):
        table.setName(text, name_id, 3, 1, 0x409)
    compact = font["CFF "].cff
    compact.fontNames = [POSTSCRIPT_NAME]
    top = compact[0]
    top.FullName = FAMILY
    top.FamilyName = FAMILY
    for part in top.FDArray:
        part.FontName = part.FontName.replace("NotoSerifCJKjp-Regular", POSTSCRIPT_NAME)


def save(font, name):
    path = FIXTURES / "fonts" / name
    font.save(path)
    print(f"fixtures/fonts/{name}: {path.stat().st_size} bytes, {font['maxp'].numGlyphs} glyphs")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: build-fonts.py NotoSerifCJK-Regular.ttc")
    reply = set(texts_of(json.loads((FIXTURES / "documents/reply.json").read_text("utf-8"))))
    listed = set((FIXTURES / "fonts/characters.txt").read_text("utf-8")) - {"\n"}
    save(cut(sys.argv[1], "".join(sorted(listed | reply | set(ASCII)))), "yinxin-test-song.otf")
    save(cut(sys.argv[1], "".join(sorted(reply | set(TAMPERED)))), "reply-subset.otf")


main()
