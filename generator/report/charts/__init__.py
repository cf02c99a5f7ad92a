"""The charts of a report, in SVG."""
