"""Print the rows of the budget table that exist so far; name rows on the command line to run only those."""

import sys

from tests.bench import delivery, endpoint, generation, load, strategies

ROWS = {
    row.__name__: row
    for row in (*generation.ROWS, *strategies.ROWS, *endpoint.ROWS, *load.ROWS, *delivery.ROWS)
}


def main() -> None:
    """Run the rows and print them as they come."""
    wanted = sys.argv[1:] or list(ROWS)
    unknown = [name for name in wanted if name not in ROWS]
    if unknown:
        sys.exit(f"no row is called {unknown[0]!r}; there are {', '.join(ROWS)}")
    print("what                                               figure unit        budget         beside")
    for name in wanted:
        for row in ROWS[name]():
            print(row, flush=True)


main()
