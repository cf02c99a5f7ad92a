"""What came of a probe: for people, as a curl line, as a ready test, as JUnit XML and as JSON."""
