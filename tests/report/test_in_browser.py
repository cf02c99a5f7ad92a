"""The page as a real browser draws it."""

import json
from itertools import combinations

import deliveries
import pytest
import runs

from generator.report.page import page
from tests.browser import browsing, needs_chromium

from selenium.webdriver.common.action_chains import ActionChains  # isort: skip  where there is selenium
from selenium.webdriver.common.by import By  # isort: skip

pytestmark = needs_chromium

RUNS = {
    "healthy": (runs.healthy(), None),
    "failing": (runs.failing(), None),
    "limited": (runs.limited(), None),
    "in vain": (runs.in_vain(), None),
    "empty": (runs.empty(), None),
    "one second": (runs.healthy(1), None),
    "an hour": (runs.healthy(3600), None),
    "hostile": (runs.hostile(), runs.hostile()),
    "undelivered": (
        runs.failing() | {"delivery": deliveries.failed(), "faults": deliveries.confusion()},
        None,
    ),
    "delivered": (runs.healthy() | {"delivery": deliveries.delivered()}, None),
    "staged": (runs.healthy(60) | {"delivery": deliveries.staged()}, None),
    "hostile delivery": (runs.healthy(60) | {"delivery": deliveries.hostile(1)}, None),
    "baseline": (runs.healthy(seed=6, slow=1.9), runs.healthy()),
}
BOXES = """
return [...document.querySelectorAll("svg[role=img]")].map(svg => [...svg.querySelectorAll("text")].map(text => {
  const { left, right, top, bottom } = text.getBoundingClientRect();
  return [text.textContent, left, right, top, bottom];
}));
"""
LINES = """
return [...document.querySelectorAll("svg[role=img] path.line")].map(line => {
  const { x, y, width, height } = line.getBBox(), box = line.ownerSVGElement.viewBox.baseVal;
  const inside = x >= 0 && y >= 0 && x + width <= box.width && y + height <= box.height;
  return [line.className.baseVal, line.getTotalLength(), getComputedStyle(line).stroke, inside];
});
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with browsing(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture
def opened(browser, tmp_path):
    """Open a run's page; its picture is left in the test's folder."""

    def open_page(name, *, colours="light", width=1180):
        run, baseline = RUNS[name]
        path = tmp_path / "page.html"
        path.write_text(page(runs.as_run(run), runs.as_run(baseline) if baseline else None))
        media = [{"name": "prefers-color-scheme", "value": colours}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
        for log in ("browser", "performance"):
            browser.get_log(log)
        browser.set_window_size(width, 1000)
        browser.get(path.as_uri())
        browser.set_window_size(
            width, browser.execute_script("return document.documentElement.scrollHeight") + 150
        )
        browser.save_screenshot(str(tmp_path / f"{name}-{colours}.png"))
        return browser

    return open_page


def requested(browser):
    messages = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    urls = [
        one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"
    ]
    return [url for url in urls if not url.startswith("data:")]


def overlapping(boxes):
    for one, other in combinations(boxes, 2):
        if (
            one[1] < other[2] - 1
            and other[1] < one[2] - 1
            and one[3] < other[4] - 2
            and other[3] < one[4] - 2
        ):
            yield one[0], other[0]


TOO_WIDE = """
const paper = document.documentElement.clientWidth;
return [...document.querySelectorAll("body *")].filter(one => one.getBoundingClientRect().right > paper + 1)
  .map(one => one.tagName + ": " + one.textContent.slice(0, 40));
"""
A4 = 718
"""Its width without the margins that Chromium leaves, in pixels."""


class TestPaper:
    @pytest.mark.parametrize("name", ["failing", "undelivered", "staged", "baseline"])
    def test_every_column_fits_on_paper(self, opened, name):
        """A page that is printed or saved as PDF shows every column of every table."""
        browser = opened(name)
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        device = {"width": A4, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", device)
        found = browser.execute_script(TOO_WIDE)
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

        assert found == []


class TestDrawn:
    @pytest.mark.parametrize(
        ("name", "colours"),
        [
            *((name, "light") for name in RUNS),
            ("healthy", "dark"),
            ("failing", "dark"),
            ("baseline", "dark"),
            ("undelivered", "dark"),
        ],
    )
    def test_any_run_is_drawn_without_a_request_or_a_complaint(self, opened, name, colours):
        """One file is opened and nothing else asked for; nothing is wider than the window, no words lie over others."""
        browser = opened(name, colours=colours)

        assert [url.partition("://")[0] for url in requested(browser)] == ["file"]
        assert browser.get_log("browser") == []
        assert browser.find_element(By.TAG_NAME, "h1").is_displayed()
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        assert [
            list(overlapping(boxes)) for boxes in browser.execute_script(BOXES) if list(overlapping(boxes))
        ] == []

    @pytest.mark.parametrize("name", ["failing", "one second", "an hour", "baseline"])
    def test_lines_have_length_and_colour_and_stay_inside(self, opened, name):
        """What is measured is to be seen: each line that has values is drawn within its picture."""
        lines = opened(name).execute_script(LINES)

        assert len(lines) >= 8
        assert [look for look, length, _, _ in lines if length < (10 if name == "one second" else 300)] == []
        assert all(stroke.startswith("rgb") for _, _, stroke, _ in lines)
        assert all(inside for *_, inside in lines)

    def test_a_delivery_is_shown_by_words_and_shapes_and_widths(self, opened):
        """What was lost is named, marked and drawn, however little it is; so is what was judged wrongly."""
        browser = opened("undelivered")
        bars = {
            bar.get_attribute("class").removeprefix("bar "): bar.rect["height"]
            for bar in browser.find_elements(By.CSS_SELECTOR, "#outcomes-0 rect.bar")
        }
        wrong = browser.find_elements(By.CSS_SELECTOR, ".confusion td.wrong")

        assert browser.find_element(By.CSS_SELECTOR, ".verdict .mark").text == "✗"
        assert "✗ 312 lost" in browser.find_element(By.ID, "outcomes-0").text
        assert bars["lost"] >= 2
        assert bars["stored"] > 20 * bars["lost"]
        assert [cell.text for cell in wrong] == ["88", "7", "1"]
        assert len({cell.value_of_css_property("background-color") for cell in wrong}) == 3

    def test_an_examples_table_is_opened(self, opened):
        """The first fault's events are to be seen at once, the others' at a click."""
        browser = opened("undelivered")
        first, second, *_ = browser.find_elements(By.CSS_SELECTOR, ".examples details")

        assert first.find_element(By.TAG_NAME, "code").is_displayed()
        assert not second.find_element(By.TAG_NAME, "code").is_displayed()

        second.find_element(By.TAG_NAME, "summary").click()

        assert second.find_element(By.TAG_NAME, "code").is_displayed()

    def test_a_legend_names_the_lines(self, opened):
        """Each chart's lines are named where one sees it."""
        browser = opened("failing")
        names = {
            one.text for one in browser.find_elements(By.CSS_SELECTOR, ".legend li") if one.is_displayed()
        }

        assert names >= {
            "offered",
            "acknowledged",
            "dropped",
            "late",
            "rejected",
            "unknown",
            "service p99",
            "response p99",
        }

    def test_a_baseline_differs_from_the_run(self, opened):
        """Its lines are dashed, those of the run are not."""
        browser = opened("baseline")
        dashes = {
            line.get_attribute("class"): line.value_of_css_property("stroke-dasharray")
            for line in browser.find_elements(By.CSS_SELECTOR, "#percentiles path.line")
        }

        assert dashes["line response"] == "none"
        assert dashes["line response base"] != "none"

    def test_colours_follow_the_readers_wish(self, opened):
        """Dark on light, or light on dark."""
        ground = "return getComputedStyle(document.body).backgroundColor"

        assert opened("healthy").execute_script(ground) == "rgb(245, 246, 248)"
        assert opened("healthy", colours="dark").execute_script(ground) == "rgb(18, 21, 26)"

    def test_pointing_tells_what_is_there(self, opened):
        """At the pointer stand the second and its figures; beyond, nothing is told."""
        browser = opened("failing")
        tip = browser.find_element(By.CSS_SELECTOR, ".tip")
        spot = browser.find_elements(By.CSS_SELECTOR, "#rates .spots rect")[60]
        ActionChains(browser).move_to_element(spot).perform()

        assert tip.is_displayed()
        assert tip.text.startswith("4:00 to 4:03\noffered: ")
        assert (
            browser.find_element(By.CSS_SELECTOR, "#rates .cursor").value_of_css_property("visibility")
            == "visible"
        )

        ActionChains(browser).move_to_element(browser.find_element(By.TAG_NAME, "h1")).perform()

        assert not tip.is_displayed()

    def test_hostile_text_runs_nothing(self, opened):
        """No dialog opens, nothing is inserted."""
        browser = opened("hostile")

        assert browser.execute_script("return document.querySelectorAll('script, img, iframe').length") == 1
        assert "<script>alert(1)</script>" in browser.find_element(By.TAG_NAME, "header").text

    @pytest.mark.parametrize("name", ["failing", "undelivered", "staged"])
    def test_it_is_read_on_a_phone(self, opened, name):
        """Nothing but charts and tables is scrolled sideways."""
        browser = opened(name, width=500)

        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        assert browser.get_log("browser") == []
