"""A run while it goes on, as people see it.

course      its complete seconds, each opened once
standing    all that is known of it now
spark       a row of values as a line of little bars
tables      the tables of the web interface
panel       the rows of the terminal
screen      the terminal's lower rows, which stay while all else scrolls above them
"""
