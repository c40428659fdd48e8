"""Which signs a page's typefaces can show; the rest is written by its name."""

import unicodedata

# First and last of each run of signs that Public Sans, or one of the typefaces that
# come with typst, can draw; a test sets every one of them.
SHOWN = (
    (0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x2FF), (0x370, 0x377), (0x37A, 0x37F),
    (0x384, 0x38A), (0x38E, 0x3A1), (0x3A3, 0x482), (0x488, 0x4FF), (0x5D0, 0x5EA),
    (0x606, 0x60C), (0x61F, 0x61F), (0x621, 0x63A), (0x640, 0x64A), (0x660, 0x66D),
    (0x1E00, 0x1EFF), (0x2010, 0x2027), (0x2030, 0x2040), (0x2044, 0x2052),
    (0x2054, 0x205E), (0x20A0, 0x20BF), (0x2100, 0x211E), (0x2120, 0x2120),
    (0x2122, 0x2122), (0x2190, 0x22FF), (0x2500, 0x262F),
)  # fmt: skip


def is_shown(sign: str) -> bool:
    return any(first <= ord(sign) <= last for first, last in SHOWN)


def plain(text: str) -> str:
    """Text as a page can set it: no control signs, no signs that turn the line
    around, and a name in brackets for what no typeface shows."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").split("\n")
    return "\n".join("".join(_sign(each) for each in line) for line in lines)


def _sign(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind in {"Zs", "Zl", "Zp"} or sign == "\t":
        return " "
    if kind in {"Cc", "Cf", "Cs"} or 0xFE00 <= ord(sign) <= 0xFE0F:
        return ""
    if is_shown(sign):
        return sign
    return f"[{unicodedata.name(sign, 'sign').lower()}]"
