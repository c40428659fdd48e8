"""Every page of the map opens for everyone it is for, and has a sample to open."""

from flask import Flask

from tests import pages
from tests.filled import Filled, browser_of
from tests.page_variants import STATES, VARIANTS
from tests.visits import visits

# Addresses with a uid whose page needs a state that comes and goes in a second.
WITHOUT_SAMPLE: frozenset[str] = frozenset()


def test_every_address_with_a_uid_has_rows_to_fill_it(bare_app: Flask) -> None:
    every = [*pages.rules(bare_app), *pages.rules(bare_app, "POST")]
    missing = {
        rule.rule
        for rule in every
        if "uid" in rule.arguments and pages.prefix(rule) not in pages.OBJECTS
    }
    assert missing == set()


def test_every_page_has_a_sample_for_somebody(filled: Filled) -> None:
    app = filled("small")
    with app.app_context():
        found = pages.spots(app)
    opened = {spot.endpoint for spot in found} | pages.NO_PAGE | WITHOUT_SAMPLE
    assert {rule.endpoint for rule in pages.rules(app)} - opened == set()
    named = {(spot.endpoint, spot.variant) for spot in found}
    known = {rule.endpoint for rule in pages.rules(app)}
    wanted = {
        (endpoint, variant)
        for endpoint, variants in (*VARIANTS.items(), *STATES.items())
        for variant in variants
        if endpoint in known
    }
    assert wanted - named == set()


def test_every_page_opens_for_whoever_it_is_for(filled: Filled) -> None:
    wrong = {
        visit.spot.name: f"{visit.status} {visit.spot.path}"
        for visit in visits(filled("small"))
        if visit.status not in {200, 302, 303}
    }
    assert wrong == {}


def test_a_uid_of_nobody_or_of_others_is_the_same_404(filled: Filled) -> None:
    app = filled("small")
    wrong = {}
    with app.app_context():
        found = [spot for spot in pages.spots(app) if spot.person_id]
        rules = {rule.endpoint: rule for rule in pages.rules(app)}
        cases = [
            (spot, uid, rules[spot.endpoint].rule.replace("<uid>", uid))
            for spot in found
            if rules[spot.endpoint].arguments
            for uid in (
                pages.foreign(pages.prefix(rules[spot.endpoint]), spot.person_id or 0),
                pages.NOT_FOUND,
            )
            if uid
        ]
    for spot, _uid, path in cases:
        browser = browser_of(app, spot.person_id)
        answer = browser.get(path, follow_redirects=True)
        if answer.status_code != 404:
            wrong[spot.name] = f"{answer.status_code} {path}"
    assert cases
    assert wrong == {}
