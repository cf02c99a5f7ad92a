"""Kafka as an endpoint: batches or single events as messages of a topic.

address      kafka://host:port,host:port/topic
message      how a batch is written as a message, and by which key it goes to its partition
client       the settings of every client of the library, and the check of brokers and topic
outcome      what a delivery report means: acked, rejected or unknown
producer     send(body, key, done): the library's idempotent producer
dispatcher   deliver(batch) → Receipt, and a telemetry client's Dispatcher

Kafka's library is an extra, `pip install 'footfall[kafka]'`. The first client loads it.
"""
