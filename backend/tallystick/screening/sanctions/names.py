"""Names in one form, whatever their script, order of words and way of transliteration.

A name becomes words of Latin letters. `fold` then removes what ways of transliteration differ in
(ou and u, q and k, doubled letters, e and i): Muhammad, Mohamed and Mohammed become nearly
one word.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from anyascii import anyascii

_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_HANGUL: Final = re.compile(r"[\uac00-\ud7a3]")
_WORD: Final = re.compile(r"[a-z0-9]+")
_APART: Final = re.compile("['`\u00b4\u2018\u2019\u02bb\u02bc\u02bf]")
_DOUBLED: Final = re.compile(r"(.)\1+")

# Titles, articles and company forms: what is left out or added at will.
_IDLE_TEXT: Final = """
    mr mrs ms miss dr prof sir lord general gen col colonel major maj capt captain sheikh shaikh
    sheik hajji haji hadji sayyid sayed mullah maulavi mawlawi ustad al el ul ad as bin ben ibn bint
    binti the and of de da do dos del della di van von der den la le y ltd limited llc inc corp
    corporation co company gmbh ag sa sarl spa bv nv plc pte pty oao ooo zao pao jsc pjsc group
    holding holdings jr sr ii iii
"""
_IDLE: Final = frozenset(_IDLE_TEXT.split())
# Surnames that are read otherwise than the same character elsewhere.
_SURNAMES: Final = {
    "曾": "zeng", "单": "shan", "單": "shan", "仇": "qiu", "解": "xie", "查": "zha", "区": "ou",
    "區": "ou", "任": "ren", "盖": "ge", "蓋": "ge", "朴": "piao", "翟": "zhai", "员": "yun",
    "尹": "yin", "乐": "yue", "樂": "yue", "缪": "miao", "繆": "miao", "冼": "xian", "折": "she",
    "黑": "he", "秘": "bi", "召": "shao", "种": "chong", "重": "chong", "宓": "fu", "繁": "po",
    "覃": "qin", "那": "na", "長": "chang", "长": "chang", "万俟": "moqi", "尉迟": "yuchi",
    "尉遲": "yuchi", "澹台": "tantai",
}  # fmt: skip
_TWO_TEXT: Final = """
    欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 夏侯 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 宇文
    长孙 長孫 司徒 司空 南宫 南宮 独孤 獨孤 端木 万俟 澹台 轩辕 軒轅 呼延
    申屠 太史 百里 东郭 西门 西門
"""
_TWO: Final = frozenset(_TWO_TEXT.split())
# Syllables whose usual spelling is not their transliteration.
_KOREAN: Final = {
    "김": "kim", "박": "pak", "이": "lee", "최": "choe", "정": "jong", "조": "cho", "강": "kang",
    "전": "chon", "권": "kwon", "철": "chol", "성": "song", "영": "yong", "은": "un", "일": "il",
}  # fmt: skip
# What ways of transliteration differ in, the longer first.
_ALIKE: Final = (
    ("sch", "sh"), ("tsch", "c"), ("dzh", "j"), ("tch", "c"), ("zh", "j"), ("kh", "h"), ("gh", "g"),
    ("dh", "d"), ("th", "t"), ("ph", "f"), ("ch", "c"), ("sh", "s"), ("ck", "k"), ("ff", "v"),
    ("qu", "k"), ("ts", "c"), ("tz", "c"), ("dj", "j"), ("ou", "u"), ("oo", "u"), ("ee", "i"),
    ("ie", "i"), ("ei", "ai"), ("ey", "i"), ("ij", "i"), ("iy", "i"), ("ya", "ia"), ("yu", "iu"),
    ("x", "s"), ("q", "k"), ("w", "v"), ("y", "i"), ("j", "c"), ("z", "s"), ("o", "u"),
    ("e", "i"),
)  # fmt: skip
_SOUNDS: Final = str.maketrans("", "", "aeiouwy")


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in small Latin letters.

    Chinese names become surname and given name in pinyin, Korean ones a word for every syllable.
    """
    text = unicodedata.normalize("NFKC", name)
    text = _HAN.sub(lambda found: f" {_pinyin(found.group())} ", text)
    text = _HANGUL.sub(lambda found: f" {_KOREAN.get(found.group(), found.group())} ", text)
    plain = _APART.sub("", anyascii(_APART.sub("", text)).lower())
    return tuple(_WORD.findall(plain))


def telling(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words without titles, articles and company forms; all, if nothing else is there."""
    return tuple(word for word in words if word not in _IDLE) or words


def _pinyin(han: str) -> str:
    from pypinyin import lazy_pinyin

    size = 2 if han[:2] in _TWO and len(han) > 2 else 1
    surname, given = han[:size], han[size:]
    if len(han) > 5:  # a firm, not a person
        return " ".join(lazy_pinyin(han))
    first = _SURNAMES.get(surname) or "".join(lazy_pinyin(surname))
    return f"{first} {''.join(lazy_pinyin(given))}".replace("v", "u")  # lü, as passports have it


@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """A word without what ways of transliteration differ in."""
    for long, short in _ALIKE:
        word = word.replace(long, short)
    return _DOUBLED.sub(r"\1", word)


@lru_cache(maxsize=200_000)
def bones(word: str) -> str:
    """The consonants of a word, folded: all that some scripts write."""
    return fold(word.translate(_SOUNDS))


def is_bare(word: str) -> bool:
    """Whether a word comes from a script that leaves vowels out."""
    return len(word) >= 3 and not any(vowel in word for vowel in "aeiou")
