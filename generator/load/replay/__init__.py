"""Replay: the sessions of a dataset sent once more, as somebody else's and now, or as they are.

    dataset     the files: found, told apart from others, read value by value
    zstd        what is inside of a zstd stream
    troubles    what could not be sent as it should, counted and named
    entry       one event as it stands in the files
    grouping    sessions put together from the events of a bounded window
    order       sessions put into the order in which they began
    names       new ids for old ones
    anew        an event as somebody else's, at another time, in the form that is wanted
    cut         a session cut into batches
    outgoing    a session that is being sent
    source      the sessions that one worker sends
    share       which worker sends which
    pace        when, where no rate says it
    done        which sessions were acknowledged whole
    cursor      the same in a file, from which a later run goes on

Nothing is held but a window of events, and one bit for each session.
"""
