"""Write the report of a run or a delivery: one HTML page that opens offline, and JUnit XML. Its input is JSON files."""
