from pathlib import Path
from xml.etree import ElementTree as ET

import generator.verify
from generator.report.delivery import WORDS

PICTURE = Path(generator.verify.__file__).with_name("delivery.svg")


def test_the_picture_of_a_delivery_is_small_and_well_formed():
    """It can stand in a README: an SVG with a name and a description, which fetches nothing, on light and on dark."""
    source = PICTURE.read_text(encoding="utf-8")
    root = ET.fromstring(source)
    names = [one.text for one in root if one.tag.endswith(("title", "desc"))]

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(source.encode()) <= 6 * 1024
    assert len(names) == 2
    assert "prefers-color-scheme:dark" in source
    assert not {"href", "url(", "<script", "@import"} & {
        word for word in ("href", "url(", "<script", "@import") if word in source
    }


def test_the_picture_has_the_verdicts_words():
    """Whatever a verification finds is on it, under the same name; but for damage on purpose, which has a table."""
    said = {
        one.text
        for one in ET.fromstring(PICTURE.read_text(encoding="utf-8")).iter()
        if one.tag.endswith("text")
    }
    named = {one.partition(" ")[2] for one in said if one[0] in "✓✗?"}

    assert named == {*WORDS, "delivered"} - {"wrongly accepted", "wrongly rejected"}
