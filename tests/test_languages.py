# ruff: noqa: E501, RUF001 (sentences in many languages)
import gzip
import json
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from topicmodel.text.languages import find_languages, head_first, split_words, stop_words

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

SENTENCES = {
    "en": "This bag is made of soft leather and it has a pocket for your phone, so you can take it "
    "with you wherever you go.",
    "es": "Este bolso está hecho de cuero suave y tiene un bolsillo para el móvil, así que puedes "
    "llevarlo contigo a donde vayas.",
    "pt": "Esta bolsa é feita de couro macio e tem um bolso para o seu telemóvel, por isso você "
    "pode levá-la com você para onde for, até mesmo na chuva.",
    "fr": "Ce sac est fait dans un cuir souple et il a une poche pour votre téléphone, vous pouvez "
    "donc le prendre avec vous où que vous soyez.",
    "de": "Diese Tasche ist aus weichem Leder und hat ein Fach für das Telefon, damit du es immer "
    "bei dir haben kannst, auch wenn es regnet.",
    "it": "Questa borsa è fatta di pelle morbida e ha una tasca per il telefono, così puoi portarla "
    "con te ovunque tu vada, anche quando piove.",
    "nl": "Deze tas is van zacht leer gemaakt en heeft een vak voor je telefoon, zodat je hem altijd "
    "bij je hebt, ook wanneer het regent.",
    "sv": "Den här väskan är gjord av mjukt läder och har ett fack för din telefon, så att du alltid "
    "kan ha den med dig, också när det regnar.",
    "pl": "Ta torba jest wykonana z miękkiej skóry i ma kieszeń na telefon, dzięki czemu możesz go "
    "mieć zawsze przy sobie, nawet kiedy pada, bo jest ona bardzo dobra.",
    "tr": "Bu çanta yumuşak deriden yapılmış ve telefon için bir cebi var, böylece onu her zaman "
    "yanında taşıyabilirsin, çok hafif ve ne kadar küçük olsa da.",
    "id": "Tas ini dibuat dari kulit yang lembut dan memiliki saku untuk ponsel, sehingga Anda bisa "
    "membawanya ke mana saja dengan mudah.",
    "vi": "Chiếc túi này được làm bằng da mềm và có một ngăn cho điện thoại, vì vậy bạn có thể mang "
    "nó theo bất cứ nơi nào.",
    "ru": "Эта сумка сделана из мягкой кожи, и в ней есть карман для телефона, так что вы можете "
    "всегда носить его с собой.",
    "uk": "Ця сумка зроблена з м'якої шкіри, і в ній є кишеня для телефону, тож ви завжди можете "
    "мати його при собі, навіть коли йде дощ.",
    "ar": "هذه الحقيبة مصنوعة من الجلد الناعم وفيها جيب للهاتف حتى تحمله معك إلى كل مكان",
    "fa": "این کیف از چرم نرم ساخته شده است و یک جیب برای تلفن دارد تا بتوانید آن را با خود ببرید",
    "he": "התיק הזה עשוי מעור רך ויש לו כיס לטלפון כדי שתוכלו לקחת אותו לכל מקום",
    "el": "Αυτή η τσάντα είναι φτιαγμένη από μαλακό δέρμα και έχει μια θήκη για το τηλέφωνο",
    "hi": "यह बैग नरम चमड़े से बना है और इसमें फोन के लिए एक जेब है",
    "th": "กระเป๋าใบนี้ทำจากหนังนุ่มและมีช่องสำหรับใส่โทรศัพท์",
    "zh": "这款包采用柔软的皮革制成,还有一个放手机的口袋",
    "ja": "このバッグは柔らかい革で作られていて、スマホ用のポケットがあります。",
    "ko": "이 가방은 부드러운 가죽으로 만들었고 휴대폰을 넣을 주머니가 있습니다.",
}
ENGLISH = [
    f"{colour} {thing}. This {thing} is what you have been looking for, and it will not let you "
    f"down: the {part} was made by those who know how."
    for colour in ("Red", "Blue", "Green", "Black", "White")
    for thing in ("kettle", "sofa", "helmet", "drill", "lipstick", "tent", "perfume", "desk")
    for part in ("handle", "cover", "base", "frame", "lid")
]


@pytest.mark.parametrize("language", SENTENCES)
def test_a_dump_in_one_language_is_recognised(language: str) -> None:
    assert find_languages([SENTENCES[language]]) == [language]


def test_each_text_of_a_mixed_dump_gets_its_own_language() -> None:
    languages = [language for language in SENTENCES for _ in range(5)]
    assert find_languages([SENTENCES[language] for language in languages]) == languages


def test_the_order_of_the_texts_makes_no_difference() -> None:
    texts = [*SENTENCES.values(), *ENGLISH]
    assert find_languages(texts[::-1]) == find_languages(texts)[::-1]


def test_french_names_do_not_make_an_english_dump_french() -> None:
    names = ["Eau de Parfum pour Homme", "L'Eau du Soir pour elle", "Crème de la Mer"]
    assert set(find_languages(ENGLISH + names)) == {"en"}


def test_one_french_text_in_hundreds_does_not_make_a_language() -> None:
    assert set(find_languages([*ENGLISH, SENTENCES["fr"]])) == {"en"}


def test_titles_without_stop_words_are_told_by_words_of_other_products() -> None:
    spanish = ["Funda de móvil", "Este bolso de cuero es para llevar el móvil con todo lo que hay"]
    indonesian = [
        "Sepatu wanita",
        "Sepatu ini untuk wanita yang ingin tampil dengan nyaman dan tidak mau merasa lelah",
    ]
    assert find_languages(spanish + indonesian) == ["es", "es", "id", "id"]


def test_a_text_without_letters_gets_the_commonest_language() -> None:
    texts = [SENTENCES["th"], SENTENCES["th"], SENTENCES["en"], "", "12 x 30", "★ 4,5"]
    assert find_languages(texts)[3:] == ["th"] * 3


def test_where_nothing_tells_the_language_is_english() -> None:
    assert find_languages(["", "123"]) == ["en", "en"]
    assert find_languages(["Xyzzy Qwrt"]) == ["en"]


def test_titles_that_share_a_word_with_one_foreign_list_are_english() -> None:
    titles = [
        f"{brand} {kind}"
        for brand in ("Ostmark", "Belloro")
        for kind in ("Flower Pot", "Sky Rocket")
    ]
    assert "pot" in stop_words("ro")
    assert set(find_languages(titles)) == {"en"}


def test_stop_words_of_unclear_titles_tell_their_language_together() -> None:
    titles = [
        "Topf mit Deckel",
        "Decke für Kinder",
        "Lampe ohne Schirm",
        "Tasse aus Glas",
        "Tee und Honig",
    ]
    assert set(find_languages(titles)) == {"de"}
    assert set(find_languages(["Сумка від дощу та снігу"])) == {"uk"}


def test_no_texts_have_no_languages() -> None:
    assert find_languages([]) == []


def test_latin_brands_and_units_do_not_hide_the_script() -> None:
    assert find_languages(["Apple iPhone 15 Pro 256GB 手机保护壳透明"]) == ["zh"]
    assert find_languages(["Samsung Galaxy S24 Ultra เคสกันกระแทก"]) == ["th"]
    assert find_languages(["Philips HD 9252 Фритюрница воздушная"]) == ["ru"]


def test_a_few_foreign_letters_do_not_hide_english() -> None:
    assert find_languages(["This is the hub of your home, with a 5 µF Ω meter (日本)"]) == ["en"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "the and of with"),
        ("es", "de para con el la"),
        ("de", "und mit für der"),
        ("id", "dan yang untuk"),
        ("ms", "dan yang untuk"),
        ("ru", "и для с из"),
        ("uk", "і в на для"),
        ("el", "και είναι για από"),
        ("ro", "și pentru cu"),
        ("th", "สำหรับ และ ของ"),
        ("hi", "और के का"),
        ("zh", "的 和 在"),
    ],
)
def test_words_of_grammar_are_stop_words(language: str, words: str) -> None:
    assert set(words.split()) <= stop_words(language)


@pytest.mark.parametrize(
    ("language", "products"),
    [
        ("en", "home face fire computer bill top bottom"),
        ("de", "uhr"),
        ("fr", "bas haut"),
        ("ru", "стол окно дверь книга"),
        ("ms", "minyak kereta makanan papan"),
        ("ro", "halbă"),
        ("nl", "haar"),
    ],
)
def test_names_of_products_are_no_stop_words(language: str, products: str) -> None:
    assert not set(products.split()) & stop_words(language)


@pytest.mark.parametrize("language", SENTENCES)
def test_stop_words_are_single_words_in_lower_case_and_composed(language: str) -> None:
    words = stop_words(language)
    assert words
    assert all(word == unicodedata.normalize("NFC", word.lower()) for word in words)
    assert all(" " not in word and any(map(str.isalpha, word)) for word in words)


def test_an_unknown_language_has_no_stop_words() -> None:
    assert stop_words("xx") == frozenset()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("无线蓝牙耳机", "无线 蓝牙 耳机"),
        ("男士真皮钱包", "男士 真皮 钱包"),
        ("兒童益智積木玩具", "兒童 益智 積木 玩具"),
        ("子供用知育玩具", "子供 用 知育 玩具"),
        ("กระเป๋าสตางค์หนังแท้", "กระเป๋า สตางค์ หนัง แท้"),
    ],
)
def test_words_are_found_where_a_script_writes_no_blanks(text: str, words: str) -> None:
    assert split_words(text).split() == words.split()


def test_words_next_to_other_scripts_stand_apart() -> None:
    assert split_words("USB充电线2米").split() == ["USB", "充电", "线", "2", "米"]


def test_splitting_adds_blanks_and_changes_nothing_else() -> None:
    text = "このマグカップは、ステンレス製です。ผ้าฝ้าย 100% (T-shirt) ﾜｲﾔﾚｽ ဖိနပ်"
    split = split_words(text)
    assert split != text
    assert split.replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    "text", ["", "Crème brûlée – 2 x 100 g", "가죽 가방", "चमड़े का बैग", "e\u0301te\u0301"]
)
def test_texts_with_blanks_between_words_stay_as_they_are(text: str) -> None:
    assert split_words(text) is text


def test_nouns_lead_in_spanish_and_follow_in_english() -> None:
    assert all(map(head_first, ("es", "pt", "fr", "it", "id", "ms", "vi", "th", "ar", "he", "ro")))
    assert not any(map(head_first, ("en", "de", "nl", "sv", "zh", "ja", "ko", "hi", "tr", "xx")))


def test_importing_the_module_loads_nothing_heavy() -> None:
    code = (
        "import sys, topicmodel.text.languages; "
        "print(*({'sklearn', 'scipy', 'stopwordsiso', 'icu4py'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["flipkart", "bigbasket", "amazon_in"])
@pytest.mark.parametrize("titles_only", [False, True])
def test_english_shops_are_english(name: str, titles_only: bool) -> None:
    texts = _texts(name, titles_only)
    assert find_languages(texts).count("en") >= 0.99 * len(texts)


@pytest.mark.shared_data
def test_a_marketplace_of_south_east_asia_has_its_languages() -> None:
    counts = Counter(find_languages(_texts("shopee_lazada", titles_only=False)))
    assert {"es", "en", "id", "th", "vi", "zh"} <= set(counts)
    assert not {"ro", "fr", "it"} & set(counts)
    assert counts.most_common(2)[0][0] == "es"
    assert counts["id"] > 100


def _texts(name: str, titles_only: bool) -> list[str]:
    file = SHARED / f"{name}.jsonl.gz"
    if not file.exists():
        pytest.skip(f"the development data {file.name} is not beside the checkout")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        row["title"] if titles_only else f"{row['title']}. {row['description']}" for row in rows
    ]
