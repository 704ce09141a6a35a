"""Strategies for texts built to be nasty: repeats of repeats, containment chains, odd characters, odd line ends."""

from __future__ import annotations

from hypothesis import strategies as st

SENTENCES = (
    "The committee met on Tuesday and could not agree on the colour of the new bridge across the river.",
    "The committee met on Tuesday and could not agree on the colour of the new bridge",
    "“The committee met on Tuesday and could not agree on the colour of the new bridge across the river.”",
    "The committee met on Tuesday and could agree on the colour of the new bridge across the river.",
    "The committee met on Monday and could not agree on the colour of the new bridge across the river.",
    "Residents said that they had been told nothing, and that 33 of them were injured when the old one fell.",
    "Residents said that they had been told nothing, and that 35 of them were injured when the old one fell.",
    "Residents said that they had been told nothing and that 33 of them were injured when the old one fell...",
    "It was not the first time that nobody came, and it would not be the last, the chairman wrote in a letter. "
    "The committee met on Tuesday and could not agree on the colour of the new bridge across the river.",
    "Bridge remains without a colour as the committee fails to agree",
    "Advertisement",
    "Read more:",
    "What do you think?",
    "* * *",
    "no",
    "１２３ naïve cafe\u0301 ﬁne ½ №5",
    "会議は火曜日に開かれ、新しい橋の色について合意することができなかったと伝えられている。",
    "会議は月曜日に開かれ、新しい橋の色について合意することができなかったと伝えられている。",
    "اجتمعت اللجنة يوم الثلاثاء ولم تتمكن من الاتفاق على لون الجسر الجديد فوق النهر.",
    "คณะกรรมการประชุมกันในวันอังคารและไม่สามารถตกลงกันเรื่องสีของสะพานใหม่ได้",
    "line\u2028separator and \u0085 next line, a lone \udc80 surrogate, \U0001f6a2 and 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "\ufeff\u200b\u202eevil",
    "\t \u00a0",
)
ARTICLE = (
    "The harbour of Lune froze over in the first week of January, for the first time since the ferry company bought "
    "its two iron ships. Men with long poles broke the ice along the quay, and still nobody could leave before noon.",
    "Anna Brandt, who keeps the only bakery on the island, said that flour had come to an end on the Thursday. She "
    "baked with oats for three days, and sold the last loaves by the half to those who stood at her door at six.",
    "On the mainland the council met twice and could not agree whether to send for the icebreaker of the next county, "
    "which costs 4,000 crowns a day. The mayor was for it, and the treasurer asked who would pay for the way back.",
    "In the end the wind turned to the south, and the ice went out within a night. Fishermen found two of their boats "
    "beyond the lighthouse, one of them without its mast, and towed them home before anybody could write a bill.",
)
"""Paragraphs of running text of which none is like another."""

ENDS = ("\n", "\n\n", "\r\n", "\r\n\r\n", "\r", "\n\n\n", "\n \n")

_word = st.sampled_from(["a", "b", "the", "of", "not", "7", "Rome", "ΣΑΣ", "é", "橋", "ไ"])


@st.composite
def nasty(draw: st.DrawFn) -> str:
    """Return a text of up to about 25 rows drawn from few sentences, some of them cut, glued or edited."""
    pieces: list[str] = []
    pool = draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=8))
    for _ in range(draw(st.integers(0, 25))):
        row = draw(st.sampled_from(pool))
        change = draw(st.integers(0, 11))
        if change == 0:
            row = row[: draw(st.integers(0, len(row)))]
        elif change == 1:
            row = row[draw(st.integers(0, len(row))) :]
        elif change == 2:
            row = f"{row} {draw(st.sampled_from(pool))}"
        elif change == 3:
            words = row.split(" ")
            words[draw(st.integers(0, len(words) - 1))] = draw(_word)
            row = " ".join(words)
        elif change == 4:
            row = " ".join(draw(st.lists(_word, max_size=6)))
        pieces.append(row + draw(st.sampled_from(ENDS)))
    text = "".join(pieces)
    if draw(st.booleans()):
        half = text[draw(st.integers(0, len(text))) :]
        text += half
    return text.rstrip("\r\n") if draw(st.booleans()) else text


PIECES = (
    "นกุ้ำํา่ แฺไท",  # Thai: am, vowels below and tones above, in order or not
    "ເຂົ້າຳໍໜ",  # Lao
    "नऩरऱक़ड़ढ़ाि्ँ़ ऱ",  # Hindi: letters with and without a dot below, of which some compose
    "কোৌাড়য়ংকী",  # Bengali
    "கொோாெேௌூ",  # Tamil
    "ကိုဦဦ့်း",  # Burmese
    "ಕೊೋಾೂೀ",  # Kannada
    "مُحَمَّدٰٱـﻻﷲآآ",  # Arabic: points, a ligature, letters that compose
    "שָׁלוֹם",  # Hebrew
    "ខ្ញុំ\u200bណា",  # Khmer with spaces of no width
    "한글ㅎㅏㄴ한ﾡￂ가ㅋ",  # Korean: syllables, letters apart, half-width letters
    "がガｶﾞﾊﾟ橋ー々㈱",  # Japanese
    "éé̖́ñß§ŉﬁﬃĳⅧ⑩½²ａＡ́",  # Latin
    "\u200d\u200e\u00ad\ufe0f\ufeff🔎",  # what is not seen
    "  \n\r.,«»№≮≮aA7",
)


def scripts() -> st.SearchStrategy[str]:
    """Return texts of characters of one or a few scripts, in any order."""
    pool = st.sets(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join)
    return pool.flatmap(lambda characters: st.text(st.sampled_from(characters), max_size=80))
