"""The results of a probe: as text, as a curl line, as a ready test, as JUnit XML and as JSON."""
