"""Footfall's tabs on Locust's page as a real browser draws them, while a run goes on."""

import signal
from contextlib import contextmanager

import pytest

from tests.browser import browsing, needs_chromium
from tests.delivery import stub
from tests.delivery.stub import Stub, serving_as

from selenium.webdriver.common.by import By  # isort: skip  where there is selenium
from selenium.webdriver.support.ui import WebDriverWait  # isort: skip

pytestmark = needs_chromium

EVIL = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
CYCLE = (
    *[stub.SUCCESS] * 6, stub.LIMITED, (503, "text/plain", EVIL.encode()), stub.SUCCESS, stub.CLOSE,
)  # fmt: skip
ACKED, SENT = "events acknowledged, of those sent", "events sent a second"
ROWS = """
return [...document.querySelectorAll("table tr")].map(row => [...row.children].map(cell => cell.innerText));
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with browsing(tmp_path_factory.mktemp("chromium")) as driver:
        driver.set_window_size(1600, 1000)  # all tabs beside each other
        yield driver


@pytest.fixture
def locust(browser, swarming, free_master):
    """Run Locust with its page and the open model, against an endpoint that refuses some; give its address."""

    @contextmanager
    def run(*options):
        port = free_master[1]
        endpoint = Stub(lambda place: CYCLE[place % len(CYCLE)])
        with serving_as(endpoint):
            said = ("--web-port", port, "--autostart", "--host", endpoint.url, "--rate", "2k", *options)
            with swarming(*said) as one:
                one.wait_until_it_listens(port)
                yield f"http://127.0.0.1:{port}"
                # Else the page asks on where nobody answers, and complains in the next test's log.
                browser.get("about:blank")
                one.process.send_signal(signal.SIGTERM)
                one.end()
                assert "Traceback" not in one.err, one.err

    return run


def rows(browser):
    """Give the rows of the table that is open, by their first cells."""
    return {first: cells for first, *cells in browser.execute_script(ROWS)}


def wait(browser, condition):
    """Look again until something holds, and give it."""
    return WebDriverWait(browser, 120, 0.1).until(lambda _: condition())


def rows_when(browser, holds):
    """Give the rows of the open table as soon as something holds for them."""
    return wait(browser, lambda: next((now for now in [rows(browser)] if holds(now)), None))


def open_tab(browser, title):
    """Open a tab, and give its rows when there are any."""
    tabs = f"//*[@role='tab'][normalize-space()='{title}']"
    wait(browser, lambda: browser.find_elements(By.XPATH, tabs))[0].click()
    return rows_when(browser, lambda now: len(now) > 1)


def figure(text):
    return float(text.split()[0].replace(",", ""))


def test_the_tabs_show_a_run_that_goes_on(browser, locust, tmp_path):
    """Figures move while one looks, each tab has its rows, an endpoint's words are words; nothing complains."""
    with locust("--check", "service_p99<10s", "--check", "error_rate<1% over 2s") as url:
        browser.get(url)
        open_tab(browser, "Footfall")
        before = rows_when(browser, lambda now: figure(now[ACKED][2]))
        after = rows_when(browser, lambda now: len(now[SENT][3]) > 2 and now[ACKED] != before[ACKED])
        browser.save_screenshot(str(tmp_path / "footfall.png"))
        batches = open_tab(browser, "Batches")
        words = browser.find_element(By.TAG_NAME, "table").text
        markup = browser.find_elements(By.CSS_SELECTOR, "table img, table script")
        browser.save_screenshot(str(tmp_path / "batches.png"))
        scenarios = open_tab(browser, "Scenarios")
        browser.save_screenshot(str(tmp_path / "scenarios.png"))
        open_tab(browser, "Checks")
        judged = rows_when(browser, lambda now: "failed" in now.get("error_rate<1% over 2s", ()))
        browser.save_screenshot(str(tmp_path / "checks.png"))
        title, complaints = browser.title, browser.get_log("browser")

    assert after["events due a second"][:3] == ["2,000"] * 3
    assert 0 < figure(after["events acknowledged a second"][2]) < figure(after[SENT][2])
    assert figure(after[ACKED][2]) > figure(before[ACKED][2])
    assert after["bytes sent a second"][2].endswith("MB")
    assert after["from due time to answer, p50 · p99"][1].endswith((" ms", " s"))
    assert set(after[SENT][3]) <= set("▁▂▃▄▅▆▇█")
    assert {"acknowledged", "rejected", "unknown"} <= set(batches)
    assert EVIL in words
    assert {"practice", "mobile_app", "web_portal"} <= set(scenarios)
    assert scenarios["practice"][4].endswith((" ms", " s"))
    assert judged["service_p99<10s"][0] == "passed"
    assert judged["the generator itself"][1].startswith("CPU ")
    assert (markup, title, complaints) == ([], "Locust", [])


def test_the_report_of_the_run_so_far_is_opened(browser, locust, tmp_path):
    """It is found below Download Data, and drawn as the report of a run that has ended."""
    with locust("--check", "service_p99<10s") as url:
        browser.get(url)
        open_tab(browser, "Footfall")
        rows_when(browser, lambda now: figure(now[ACKED][2]))
        browser.find_element(By.XPATH, "//button[contains(., 'Download')]").click()
        link = wait(browser, lambda: browser.find_element(By.PARTIAL_LINK_TEXT, "Footfall's report"))
        browser.get(link.get_attribute("href"))
        browser.save_screenshot(str(tmp_path / "report.png"))

        assert browser.current_url == f"{url}/footfall/report"
        assert "Footfall run" in browser.title
        assert browser.find_elements(By.CSS_SELECTOR, "svg[role=img] path.line")
        assert browser.get_log("browser") == []
