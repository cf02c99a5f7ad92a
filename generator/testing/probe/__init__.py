"""A live endpoint, checked property by property: `footfall probe URL`.

exchange     what a property sends, and what must come of it: data, and the pen that writes it
cases        on what a property is tried: what is certain to be tried, and what Hypothesis draws
examples     which of these cases, by seed and number
properties   the properties: a name, a sentence that is true of every good endpoint, and the exchange
sink         where events end up, as far as it can be read
judgement    answers and sink against what must come
line         HTTP: a step of an exchange, sent and heard
shrink       from what fails to the smallest that still does, many candidates at once
run          all of it in order: send, read once, judge, shrink
report/      what came of it: for people, as a curl line, as a test, for machines
"""
