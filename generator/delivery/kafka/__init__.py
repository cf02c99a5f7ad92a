"""Kafka as an endpoint: batches or single events as messages of a topic.

address      kafka://host:port,host:port/topic
message      how a batch is written as a message, and by which key it goes to its partition
client       what every client of the library is told, and the look whether brokers and topic are there
outcome      what a delivery report means: acked, rejected or unknown
producer     send(body, key, done): the library's idempotent producer
dispatcher   deliver(batch) → Receipt, and a telemetry client's Dispatcher

Kafka's library is an extra, `pip install 'footfall[kafka]'`, and is loaded when the first client is made.
"""
