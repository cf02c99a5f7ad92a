"""Replay: the sessions of a dataset sent again, with new identities and now, or as they are.

    dataset             the files: found, distinguished from others, read value by value
    zstd                what is inside of a zstd stream
    raw_event           one event as it stands in the files
    warnings            what could not be sent as it should, counted and named
    session_assembler   sessions put together from the events of a bounded window
    order               sessions put into the order in which they began
    replacement_ids     new ids for old ones
    event_rewriter      an event with a new identity, at another time, in the form that is wanted
    batching            a session cut into batches
    replayed_session    a session in flight
    session_source      the sessions that one worker sends
    assignment          which worker sends which
    pace, unpaced       when sessions begin, if no rate decides
    completed_set       which sessions were acknowledged whole
    cursor              the same in a file, from which a later run continues
    replay_load, progress   a replay in the open model, and how far it is

Memory holds only a window of events, and one bit for each session.
"""
