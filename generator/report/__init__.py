"""A run as pictures: one HTML page that opens offline, and JUnit XML. What is drawn is data: a run's summary.json."""
