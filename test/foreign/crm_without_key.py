"""The least that a CRM has to do: its answers have no key, and so lie in any partition. Otherwise as crm.py.

    pip install confluent-kafka && python crm_without_key.py localhost:9092 customers.json
"""
import json
import sys
from confluent_kafka import Consumer, KafkaException, Producer

def delivered(error, _message):
    if error:
        raise KafkaException(error)

brokers, file = sys.argv[1:]
customers = {customer["customerIdentifier"]: customer for customer in json.load(open(file, encoding="utf-8"))}
producer = Producer({"bootstrap.servers": brokers})
consumer = Consumer({"bootstrap.servers": brokers, "group.id": "crm-in-python",
                     "auto.offset.reset": "earliest", "enable.auto.commit": False})
consumer.subscribe(["questions-topic"])
while True:
    message = consumer.poll(1)
    if message is None or message.error():
        continue
    question = json.loads(message.value())
    if question["questionCategory"] == "customer":
        customer = customers[question["payload"]["customerIdentifier"]]
        answer = {"qaIdentifier": question["qaIdentifier"], "answer": customer}
        producer.produce("answers-topic", json.dumps(answer), on_delivery=delivered)
        producer.flush()
    consumer.commit(message, asynchronous=False)
