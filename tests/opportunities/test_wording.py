from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.opportunities.reading import (
    english_syllables,
    guess_language,
    reading_grade,
    spanish_syllables,
)
from engage.opportunities.rules import Level, Story
from engage.opportunities.word_lists import (
    WordListError,
    changed,
    check,
    load_words,
    read_words,
)
from engage.opportunities.wording import (
    SkipReason,
    degree_without_equivalent,
    left_after_skips,
    wording_findings,
)

FOUND = [
    ("en", "She was a child prostitute.", "prostitute-minor", Level.ERROR),
    ("en", "An underage prostitute came in.", "prostitute-minor", Level.ERROR),
    ("en", "Prostitutes in our county need help.", "prostitute", Level.ERROR),
    ("en", "He kept a sex-slave.", "sex-slave", Level.ERROR),
    ("en", "We rescue girls.", "rescue", Level.WARNING),
    ("en", "Help us save women.", "rescue", Level.WARNING),
    ("en", "Be a voice for the voiceless.", "voiceless", Level.ERROR),
    ("en", "We give a voice to survivors.", "voiceless", Level.ERROR),
    ("en", "They sold her body.", "sold-body", Level.ERROR),
    ("en", "Work with illegal immigrants.", "illegal-person", Level.ERROR),
    ("en", "An end to modern slavery.", "slavery", Level.NOTE),
    ("en", "Life after your escape.", "exit", Level.NOTE),
    ("en", "We serve each victim.", "victim", Level.NOTE),
    ("en", "Outreach to sex workers.", "sex-worker", Level.NOTE),
    ("en", "The pimp was known.", "pimp", Level.WARNING),
    ("en", "Education for johns.", "john", Level.WARNING),
    ("en", "A poster with chains.", "chains", Level.WARNING),
    ("en", "Help broken girls heal.", "broken", Level.WARNING),
    ("en", "Innocent victims need you.", "broken", Level.WARNING),
    ("en", "Please share your story with us.", "story", Level.ERROR),
    ("en", "Give testimony at the gala.", "story", Level.ERROR),
    ("en", "Tell them how you overcame it.", "story", Level.ERROR),
    ("en", "Inspire our audience.", "story", Level.ERROR),
    ("en", "Do not hesitate to share your story.", "story", Level.ERROR),
    ("en", "Why not share your story?", "story", Level.ERROR),
    ("en", "We are looking for volunteers.", "volunteer", Level.ERROR),
    ("en", "Do it out of the goodness of your heart.", "volunteer", Level.ERROR),
    ("en", "You must attend each meeting.", "must", Level.WARNING),
    ("en", "You are required to disclose.", "must", Level.WARNING),
    ("en", "Attendance is mandatory.", "must", Level.WARNING),
    ("en", "We guarantee change.", "promise", Level.WARNING),
    ("en", "A bachelor’s degree is required.", "degree", Level.ERROR),
    ("en", "We want a survivor on the panel.", "one-survivor", Level.NOTE),
    ("en", "Bring in the survivor voice.", "one-survivor", Level.NOTE),
    ("en", "You may donate your fee.", "give-up-pay", Level.ERROR),
    ("en", "You will be paid in exposure.", "instead-of-pay", Level.WARNING),
    ("es", "Era una niña prostituta.", "prostitute-minor", Level.ERROR),
    ("es", "Las prostitutas del barrio.", "prostitute", Level.ERROR),
    ("es", "Fue esclava sexual.", "sex-slave", Level.ERROR),
    ("es", "Rescatamos mujeres.", "rescue", Level.WARNING),
    ("es", "Ser la voz de los sin voz.", "voiceless", Level.ERROR),
    ("es", "Vendió su cuerpo.", "sold-body", Level.ERROR),
    ("es", "Migrantes ilegales del valle.", "illegal-person", Level.ERROR),
    ("es", "La esclavitud de hoy.", "slavery", Level.NOTE),
    ("es", "Después de escapar.", "exit", Level.NOTE),
    ("es", "Cada víctima cuenta.", "victim", Level.NOTE),
    ("es", "Trabajadoras sexuales del centro.", "sex-worker", Level.NOTE),
    ("es", "El proxeneta era conocido.", "pimp", Level.WARNING),
    ("es", "Un cartel con cadenas.", "chains", Level.WARNING),
    ("es", "Las victimas inocentes.", "broken", Level.WARNING),
    ("es", "Comparta su historia.", "story", Level.ERROR),
    ("es", "No dude en compartir su historia.", "story", Level.ERROR),
    ("es", "Díganos cómo superó la trata.", "story", Level.ERROR),
    ("es", "Buscamos voluntarias.", "volunteer", Level.ERROR),
    ("es", "Debe asistir a cada reunión.", "must", Level.WARNING),
    ("es", "Le garantizamos un cambio.", "promise", Level.WARNING),
    ("es", "Se pide licenciatura.", "degree", Level.ERROR),
    ("es", "Queremos una sobreviviente.", "one-survivor", Level.NOTE),
    ("es", "Puede donar su honorario.", "give-up-pay", Level.ERROR),
]
LEFT_ALONE = [
    ("en", "Save the date: May 4."),
    ("en", "Save your seat by Friday, and save the file."),
    ("en", "We ask for an exit interview."),
    ("en", "Use the fire exits near the hall."),
    ("en", "John Smith leads the supply chains class."),
    ("en", "Scan the barcode on your ticket."),
    ("en", "Bring damaged equipment and used cars to the lot."),
    ("en", "These tools are used by women."),
    ("en", "Crime victims' rights and the victim impact statement."),
    ("en", "We ask for expert testimony on the law."),
    ("en", "You will not be asked to share your story."),
    ("en", "Talk about your past work with boards."),
    ("en", "Your journey time to the venue is paid."),
    ("en", "Our volunteer coordinator will greet you."),
    ("en", "You are not required to share anything."),
    ("en", "You must not disclose names of others."),
    ("en", "We cannot guarantee parking."),
    ("en", "A bachelor's degree or equivalent experience."),
    ("en", "No degree is needed. We agree to a high degree."),
    ("en", "A survivor leader co-chairs with a second survivor."),
    ("en", "You present for less than an hour."),
    ("en", "Write to the helpers at the prosecutor's office."),
    ("en", "Exposure to new methods. Lunch is there. Nobody works for free."),
    ("es", "Guarde la fecha. Nos vemos en El Salvador."),
    ("es", "Puede salvar el archivo y los cambios."),
    ("es", "La Oficina para Víctimas del Delito."),
    ("es", "Las cadenas de suministro."),
    ("es", "No se le pedirá que comparta su historia."),
    ("es", "Su participación es voluntaria."),
    ("es", "No tiene que asistir a todo."),
    ("es", "No podemos garantizar lugar."),
    ("es", "Licenciatura o experiencia equivalente."),
    ("es", "Una sobreviviente consultora dirige la sesión."),
    ("es", "Diga dónde su pago debe llegar."),
]


def findings(language, text, story=Story.NONE, field="what_is_asked", **more):
    return wording_findings({field: text}, load_words(language), story, **more)


@pytest.mark.parametrize(("language", "text", "key", "level"), FOUND)
def test_words_of_the_list_are_found_with_their_level(language, text, key, level):
    found = {each.key: each for each in findings(language, text)}
    assert key in found
    assert found[key].level is level
    assert text[found[key].start :].startswith(found[key].found)


@pytest.mark.parametrize(("language", "text"), LEFT_ALONE)
def test_near_misses_are_left_alone(language, text):
    assert findings(language, text) == []


@pytest.mark.parametrize("text", ["Share your story.", "Give testimony."])
def test_a_story_is_asked_about_where_one_is_welcome(text):
    assert [f.level for f in findings("en", text, Story.WELCOME)] == [Level.WARNING]


def test_what_is_not_expected_may_name_a_story():
    assert findings("en", "Sharing your story.", field="not_expected") == []


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Lunch and media attention."), ("es", "Almuerzo y tarjeta de regalo.")],
)
def test_treats_are_no_pay_where_no_pay_is_named(language, text):
    assert findings(language, text) == []
    levels = [f.level for f in findings(language, text, is_pay_blank=True)]
    assert levels == [Level.ERROR, Level.ERROR]


@pytest.mark.parametrize(
    "text",
    ["SHARE YOUR STORY", "share  your\nstory", "sh\u00adare your sto\u200bry"],
)
def test_case_breaks_and_hidden_signs_hide_no_word(text):
    [found] = findings("en", text)
    assert found.key == "story"
    assert found.found == text


def test_the_strongest_of_overlapping_findings_stays():
    assert [f.key for f in findings("en", "A child prostitute.")] == [
        "prostitute-minor"
    ]


def test_a_quoted_word_can_be_kept_and_a_request_for_a_story_cannot():
    text = "The Gospel Rescue Center asks you to share your story."
    skips = {
        ("what_is_asked", f.found): SkipReason.LEGAL_NAME for f in findings("en", text)
    }
    assert len(skips) == 2
    left = left_after_skips(findings("en", text), skips)
    assert [f.key for f in left] == ["story"]


def test_a_degree_is_held_to_its_own_sentence():
    degree = load_words("en").degree
    text = "A master's degree is required. Equivalent experience is a plus."
    assert degree_without_equivalent(text, degree) == [("master's degree", 2)]


@pytest.mark.parametrize("language", ["en", "es"])
def test_lists_name_version_source_and_suggestion_for_every_word(language):
    words = load_words(language)
    assert words.language == language
    assert words.version
    assert len({w.key for w in words.words}) == len(words.words)
    assert all(w.source and w.suggestion and w.patterns for w in words.words)


def test_both_languages_hold_the_same_rows_and_others_read_english():
    only_english = {"john", "volunteer-word"}
    keys = [{w.key for w in load_words(code).words} for code in ("en", "es")]
    assert keys[0] - keys[1] == only_english
    assert keys[1] <= keys[0]
    assert load_words("fr") is load_words("fr")
    assert load_words("fr").language == "en"


def test_a_local_board_can_bring_its_own_list():
    own = read_words(
        'language = "en"\nversion = "ours"\n'
        '[degree]\npatterns=["degree"]\nequivalents=["or"]\nasked=["must"]\nsuggestion="s"\nsource="x"\n'
        '[[word]]\nkey="k"\nlevel="note"\npatterns=["warrior"]\n'
        'suggestion="Say it."\nsource="us"\n'
    )
    [found] = wording_findings({"a": "A warrior."}, own, Story.NONE)
    assert (found.level, found.suggestion) == (Level.NOTE, "Say it.")


HARD = (
    "Participants will collaboratively operationalize interdisciplinary methodologies "
    "and subsequently disseminate comprehensive recommendations regarding "
    "institutional accountability, organizational transformation and sustainable "
    "implementation."
) + " Multidisciplinary representatives facilitate continuous evaluation processes."
EASY = "We meet on a call. You read two pages. You say what works and what does not. "


def test_a_grade_above_eight_warns_and_plain_words_do_not():
    [grade] = findings("en", HARD)
    assert (grade.key, grade.level) == ("grade", Level.WARNING)
    assert float(grade.found) > 8
    assert findings("en", EASY * 3) == []


def test_the_warning_begins_right_above_grade_eight():
    plain = "We meet for an hour on a call, and then you write down what you think. "
    longer = "The people of the board read the draft together, discuss every section "
    longer += "of it, and decide what to change in the next one. "
    assert reading_grade(plain * 3, "en") < 8 < reading_grade(longer * 3, "en") < 12
    assert findings("en", plain * 3) == []
    assert [f.key for f in findings("en", longer * 3)] == ["grade"]


def test_spanish_is_graded_on_its_own_scale():
    easy = "Nos vemos el lunes. Usted lee dos hojas. Nos dice qué le gusta y qué no. "
    hard = (
        "Las organizaciones participantes implementarán metodologías "
        "interdisciplinarias para la operacionalización de recomendaciones "
        "institucionales relacionadas con la sostenibilidad administrativa"
    )
    assert reading_grade(easy, "es") < 6
    assert reading_grade(hard, "es") > 12
    assert reading_grade("", "es") == reading_grade("", "en") == 0


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *[("people", 2), ("table", 2), ("whole", 1), ("houses", 2), ("worked", 1)],
        *[("wanted", 2), ("media", 3), ("being", 2), ("studying", 3), ("the", 1)],
        *[("community", 4), ("survivor", 3), ("organization", 5), ("make", 1)],
    ],
)
def test_english_syllables(word, count):
    assert english_syllables(word) == count


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *[("día", 2), ("bien", 1), ("ciudad", 2), ("queso", 2), ("pingüino", 3)],
        *[("poeta", 3), ("país", 2), ("rey", 1), ("también", 2), ("ahora", 3)],
        *[("sobreviviente", 5), ("organización", 5), ("leer", 2), ("guerra", 2)],
    ],
)
def test_spanish_syllables(word, count):
    assert spanish_syllables(word) == count


def test_the_language_of_a_post_is_guessed_by_small_words():
    assert guess_language("We will meet on the second floor of the building") == "en"
    assert guess_language("Nos vemos en el segundo piso de la torre") == "es"


@given(st.text(max_size=300), st.sampled_from(["en", "es"]), st.sampled_from(Story))
def test_any_text_can_be_checked_and_findings_point_into_it(text, language, story):
    for each in findings(language, text, story, is_pay_blank=True):
        if each.key != "grade":
            assert text[each.start : each.start + len(each.found)] == each.found
    assert reading_grade(text, language) >= 0


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    "piece", ["not share - ", "no comparta su ", "save the the ", "- - ", "must a "]
)
def test_a_long_repeated_text_is_checked_to_its_end(language, piece):
    text = (piece * 400)[:2000] + " prostitutes prostitutas"
    assert "prostitute" in {each.key for each in findings(language, text)}


LOCAL = (
    'version = "board 1"\ndrop = ["pimp"]\n'
    '[[word]]\nkey = "warrior"\nlevel = "note"\npatterns = ["warriors?"]\n'
    'suggestion = "Say it plainly."\nsource = "Our board, May"\n'
    '[[word]]\nkey = "rescue"\nlevel = "error"\npatterns = ["rescued"]\n'
    'suggestion = "Say supported."\nsource = "Our board, May"\n'
)


def test_a_local_list_adds_replaces_and_drops_rows():
    own = changed(load_words("en"), LOCAL)
    text = "Warriors rescued her from a pimp. She was a prostitute."
    found = wording_findings({"a": text}, own, Story.NONE)
    assert [(f.key, f.level) for f in found] == [
        ("warrior", Level.NOTE),
        ("rescue", Level.ERROR),
        ("prostitute", Level.ERROR),
    ]
    assert own.version == load_words("en").version + "+board 1"


def test_the_folder_in_the_settings_is_read(app, tmp_path):
    (tmp_path / "en.toml").write_text(LOCAL)
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, words_folder=tmp_path)
    try:
        assert "warrior" in {word.key for word in load_words("en").words}
        assert "warrior" not in {word.key for word in load_words("es").words}
    finally:
        app.config["SETTINGS"] = settings


@pytest.mark.parametrize(
    "text",
    [
        "not = toml = at all",
        LOCAL.replace('drop = ["pimp"]', 'drop = ["pump"]'),
        LOCAL.replace("warriors?", "warriors(?"),
        LOCAL.replace('level = "note"', 'level = "loud"'),
        '[[word]]\nkey = "x"\n',
    ],
)
def test_a_broken_local_list_is_refused_at_the_start(text, tmp_path):
    (tmp_path / "en.toml").write_text(text)
    with pytest.raises(WordListError, match="en.toml"):
        check(tmp_path)


def test_quoted_text_and_a_legal_name_may_be_kept_in_spanish_too():
    text = "La Casa de Rescate dice: “víctimas inocentes”."
    found = findings("es", text, field="support_person")
    skips = {(f.field, f.found): SkipReason.QUOTATION for f in found}
    assert found
    assert left_after_skips(found, skips) == []
    assert left_after_skips(found, {("title", f.found): f for f in found}) == found
