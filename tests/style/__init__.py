"""How the code is named, cut and written: what is forbidden, where it still stands, and the measures of the whole."""
