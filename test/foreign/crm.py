"""A CRM in another language: it answers questions over plain Kafka, and knows of Requite only what lies on the topics.

    pip install confluent-kafka && python crm.py localhost:9092 customers.json

An answer has its question's key, and goes to whatever partition this client's own partitioner takes for it.
"""
import json
import sys
from confluent_kafka import Consumer, KafkaException, Producer

def delivered(error, _message):
    if error:
        raise KafkaException(error)  # ends us before the commit: whoever comes next is asked again

brokers, file = sys.argv[1:]
customers = {customer["customerIdentifier"]: customer for customer in json.load(open(file, encoding="utf-8"))}
producer = Producer({"bootstrap.servers": brokers})
consumer = Consumer({"bootstrap.servers": brokers, "group.id": "crm-in-python",
                     "auto.offset.reset": "earliest", "enable.auto.commit": False})
consumer.subscribe(["questions-topic"])
while True:
    messages = [message for message in consumer.consume(500, timeout=0.5) if not message.error()]
    for message in messages:
        question = json.loads(message.value())
        if question["questionCategory"] == "customer":
            customer = customers.get(question["payload"]["customerIdentifier"])
            unknown = {"error": {"code": "unknown-customer", "message": "There is no such customer."}}
            answer = {"qaIdentifier": question["qaIdentifier"], **({"answer": customer} if customer else unknown)}
            producer.produce("answers-topic", json.dumps(answer), key=message.key(), on_delivery=delivered)
    if messages:
        producer.flush()
        consumer.commit(asynchronous=False)
