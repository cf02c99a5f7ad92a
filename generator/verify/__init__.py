"""The verifier: what a ledger says was sent, against what a sink holds.

verifying    ledgers and sinks in, the verdict out
expectation  what was sent, by event; with sessions and batches in columns, and copies in bitmaps
sink/        whatever keeps events: a store, files, a topic, tables
mids         ids read out of events
originals    the events as they were sent; regenerate, stamped, played and replayed make them anew, kept for a while
content      how an event differs from the one that was sent; rewrites: what pipelines are known to change;
             specified: which paths the specification knows
stage        where in a pipeline a sink stands, and what must be there
looking      what a sink holds, held against the expectation event by event; stretches: whole batches in one look
seen         what was seen so far; found, copies, delay, noticed
judge        the sets and their differences; describing tells them apart
findings     the verdict as JSON has it
telling      the verdict as people read it
"""
