"""A live endpoint, checked property by property: `footfall probe URL`."""
