"""Metrics: what happened, second by second, and how long answers took.

latency         an HDR histogram
latencies       both latencies, by scenario
second          what happened within a second
sliding_window  a window that slides over them
seconds         a run of them, one worker's or all workers'
report          a report of theirs that cannot be read
worker_metrics  one worker's measurements
metrics         the table of metrics, each one number
"""
