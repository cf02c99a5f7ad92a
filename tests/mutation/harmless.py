"""The mutants that no test can notice, each with the reason."""

HARMLESS: dict[str, str] = {
    "check:_walk: and/or: rule.kind is Kind.LIST and node.items": "every list has a row for its items, and nothing else has",
    "check:check: always False: read_valid(event, form)": "a shortcut: what it accepts, the rules accept",
    "check:_violations: always True: not is_plain_json(event)": "a shortcut: in plain JSON the walk finds nothing",
    "check:known_keys: 1 → 2": "of the nearest keys the first is named, however many are asked for",
    "check:known_keys: 0 → -1": "of one nearest key the last is the first",
    "payload:make_payload: always False: data.__class__ is dict": "a shortcut: a copy of a dictionary says the same",
    "payload:(module): 65536 → 65537": "how many valid objects are remembered at most",
    "payload:(module): 65536 → 65535": "how many valid objects are remembered at most",
    "payload:_twin_of: always False: len(names) > 1": "a shortcut: the slower way gives the same values",
    "payload:_twin_of: off by a hair: len(names) > 1": "no class has a single field",
    "payload:_twin_of: 1 → 0": "no class has a single field",
    "payload:_twin_of: 1 → 2": "a shortcut: the slower way gives the same values",
    "payload:_validate: always True: UNSET in values": "a shortcut: read by name, the values are the same",
    "payload:_validate: True → False": "names and values are as many, both being the class's",
    "payload:_validate_list: left out: _remember(items)": "a shortcut: it is looked at again",
    "reading:is_plain_json: off by a hair: text.count('{') + text.count('[') <= _MAX_DEPTH": "a shortcut, as above",
    "wire:check_fields: 1 → 2": "a path has one root, and no field's name has a dollar",
    "identity:(module): 16 → 17": "the digits of a number of one hexadecimal digit are the same in base 17",
}
"""By a mutant's name: why what it does is the same."""
