"""Words of weight, one replaced or dropped in a long paragraph, in many languages: none is lost."""

import pytest

from dedupe.judge.content import ParagraphText
from dedupe.judge.guard import guard
from dedupe.judge.policy import Policy
from tests.texts import SENTENCES

FRAME = (
    "Residents said that {} in the old harbour of the town, and nobody had asked them before it fell into the river at "
    "night."
)
PAIRS = [
    ("five people were hurt", "six people were hurt"),
    ("five miles were lost", "five metres were lost"),
    ("two hundred and ten came", "two hundred and six came"),
    ("the third came", "the fourth came"),
    ("half came", "double came"),
    ("the 3.5 stayed", "the 3-5 stayed"),
    ("1.000 came", "1,000 came"),
    ("10² came", "102 came"),
    ("in the 1990s 5 km were cut", "in the 1990s 5 miles were cut"),
    ("in the 1990s 40 percent stayed", "in the 1990s 40 percentage points stayed"),
    ("the 5  % stayed", "the 5 stayed"),
    ("it was –5 degrees", "it was 5 degrees"),
    ("it was −5 degrees", "it was 5 degrees"),
    ("chapter vii came", "chapter viii came"),
    ("it was likely", "it was unlikely"),
    ("it was quoted", "it was misquoted"),
    ("it was usual", "it was unusual"),
    ("it isnt so", "it is so"),
    ("they couldn't go", "they could go"),
    ("it hardly helped", "it helped"),
    ("an iPhone fell", "an iPad fell"),
    ("@ann_lee came", "@ann_lea came"),
    ("ann@example.com said it", "ann@example.org said it"),
    ("more of them came", "less of them came"),
]
EDITS = [
    (
        "La réunion aura lieu {} prochain à la mairie du vieux port, et tous sont invités à venir écouter le maire.",
        "lundi mardi",
    ),
    (
        "La riunione si terrà il 5 {} nella sala del vecchio porto, e tutti sono invitati a venire ad ascoltare.",
        "giugno luglio",
    ),
    (
        "La reunión es en {} en el puerto viejo de la ciudad, y todos los vecinos están invitados a venir a oír.",
        "junio julio",
    ),
    (
        "Собрание состоится в {} в старом порту города, и все жители приглашены прийти и послушать мэра и гостей.",
        "среду пятницу",
    ),
    (
        "Das Treffen war {} und fand am alten Hafen statt, wo alle den Bürgermeister und seine Leute hören wollten.",
        "legal illegal",
    ),
    (
        "Het plan is {} jaar oud en werd in de oude haven gemaakt, waar de bewoners naar de burgemeester luisterden.",
        "zeven negen",
    ),
    (
        "委员会昨天在市政厅讨论新桥的颜色问题，但是市长{}没有出席这次会议，居民们也都没有收到任何通知，大家很不高兴。",
        "李明 -",
    ),
    (
        "委員会は昨日市役所で会議を開き新しい橋の色について合意{}が、住民には何も知らされていなかったと伝えられている。",
        "しなかった した",
    ),
    (
        "위원회는 어제 새 다리의 색을 논의했지만 시장 {} 오지 않았고 주민들은 통지도 받지 못했다 한다",
        "김철수는 김철호는",
    ),
    (
        "اجتمعت اللجنة يوم الثلاثاء في مبنى البلدية لمناقشة لون الجسر وقال رئيس البلدية {} إن السكان لم يعرفوا شيئا",
        "محمد محمود",
    ),
    ("समिति की बैठक मंगलवार को पुराने भवन में हुई और नए पुल के रंग पर चर्चा हुई लेकिन महापौर {} इसमें शामिल हुए और कुछ कहा", "राजेश -"),
    ("คณะกรรมการประชุมกันในวันอังคารและหารือเรื่องสีของสะพานใหม่แต่นายกเทศมนตรี{}เข้าร่วมประชุมและชาวบ้านได้รับแจ้งแล้ว", "ไม่ได้ ได้"),
    (
        "הוועדה התכנסה ביום שלישי בבניין כדי לדון בצבע של הגשר החדש מעל הנהר וראש העיר {} הגיע לישיבה והתושבים באו",
        "משה משהו",
    ),
    (
        "კომიტეტი სამშაბათს შეიკრიბა მერიაში და იმსჯელა ახალი ხიდის ფერზე მაგრამ მერი {} კრებას დაესწრო და ხალხს უთხრა",
        "ნინო გიორგი",
    ),
]


def loss(duplicate: str, original: str, *nearby: str) -> str:
    found = guard(ParagraphText(duplicate), [ParagraphText(original)], list(map(ParagraphText, nearby)), Policy()).loss
    return found.kind if found else ""


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_neither_of_two_paragraphs_that_differ_in_a_word_of_weight_is_removed(one: str, other: str) -> None:
    assert loss(FRAME.format(one), FRAME.format(other), SENTENCES[0])
    assert loss(FRAME.format(other), FRAME.format(one), SENTENCES[0])


@pytest.mark.parametrize(("frame", "words"), EDITS)
def test_a_word_of_weight_is_one_in_every_language(frame: str, words: str) -> None:
    one, other = ("" if word == "-" else word for word in words.split())
    assert loss(frame.format(one), frame.format(other))
    if other:
        assert loss(frame.format(other), frame.format(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the neighbours were heard", "the neighbors were heard"),
        ("5–7 of them came", "5-7 of them came"),
        ("it was −5 degrees", "it was -5 degrees"),
        ("the old people came", "the people came"),
        ("fourten people came", "fourteen people came"),
    ],
)
def test_another_spelling_is_no_loss(one: str, other: str) -> None:
    assert not loss(FRAME.format(one), FRAME.format(other))


def test_of_two_speakers_with_one_sentence_both_stay() -> None:
    heard = "We will rebuild the old bridge before the end of the summer, whatever it may cost the town."
    near = "Then Ann spoke, and Ben spoke after Ann."
    assert loss(f"Ann: {heard}", f"Ben: {heard}", near) == "name"
    assert not loss(f"Ann: {heard}", heard, near)


def test_a_name_in_place_of_another_is_no_pronoun() -> None:
    told = "“It may be closed until the end of May,” {} told the paper, and that {} had asked her to say so."
    assert loss(told.format("Ann", "Ben"), told.format("Ben", "Ben"), "The mayor is Ann, and Ben is a clerk.") == "name"
    assert not loss(told.format("Ann", "Ben"), told.format("she", "Ben"), "The mayor is Ann, and Ben is a clerk.")


def test_words_that_only_look_like_a_label_or_a_credit_have_weight() -> None:
    assert loss(FRAME.format("it was so") + ".. Killed 33 people", FRAME.format("it was so"))
    assert loss(FRAME.format("it was so") + ".. Not true", FRAME.format("it was so"))
    assert loss(FRAME.format("it was so") + " (Dead: 1204)", FRAME.format("it was so"))
    assert not loss(FRAME.format("it was so") + " (Photo: 1999)", FRAME.format("it was so"))


def test_a_character_that_stands_anywhere_nearby_is_not_the_name_that_is_missing() -> None:
    frame = "委员会昨天在市政厅讨论新桥的颜色问题，但是市长{}没有出席会议，居民们也都没有收到任何通知，大家很不高兴。"
    assert loss(frame.format("李明"), frame.format(""), "李家的人说明天再来。")
    assert not loss(frame.format("李明"), frame.format(""), "市长李明昨天去了北京。")
