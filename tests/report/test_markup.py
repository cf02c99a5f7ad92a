from html import unescape
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from runs import HOSTILE

from generator.report.markup import Markup, element, fixed, joined, printable, text


class Read(HTMLParser):
    def __init__(self, markup):
        super().__init__()
        self.tags, self.given, self.words = [], [], []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.given += attrs

    def handle_data(self, data):
        self.words.append(data)


class TestEscaping:
    @given(st.text())
    def test_no_text_becomes_markup(self, words):
        """Whatever is put into an element or an attribute is read again as text."""
        read = Read(element("p", words, title=words))

        assert read.tags == ["p"]
        assert read.given == [("title", printable(words))]
        assert "".join(read.words) == printable(words)

    def test_markup_is_not_escaped_twice(self):
        """What is markup already stays as it is."""
        assert element("p", element("b", "a<b")) == "<p><b>a&lt;b</b></p>"
        assert isinstance(joined(["<", Markup("<br>")]), Markup)

    def test_what_cannot_be_seen_is_replaced(self):
        """Letters that turn a line around or ring a bell are shown as what cannot be shown; Indian joiners stay."""
        assert "\u202e" not in text(HOSTILE)
        assert "\x00" not in text(HOSTILE)
        assert unescape(text("क्\u200dष")) == "क्\u200dष"

    @given(st.floats(-1e6, 1e6))
    def test_coordinates_are_short_and_right(self, value):
        """One digit after the point is enough, and there is no minus nothing."""
        assert abs(float(fixed(value)) - value) <= 0.0500001
        assert fixed(value) != "-0"
