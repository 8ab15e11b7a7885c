"""Asks for bills without the coordinator: one record on workflow-queue each, keyed by its workflow-id, in whatever
partition this client's own partitioner takes for it.

    pip install confluent-kafka && python ask_for_bills.py localhost:9092 run-7 2026-11-30 customer-1 customer-2
"""
import json
import sys
from datetime import datetime, timezone
from confluent_kafka import Producer

brokers, run, bill_date, *customers = sys.argv[1:]
producer = Producer({"bootstrap.servers": brokers})
for customer in customers:
    workflow_id = f"{run}_{customer}"
    workflow = {
        "workflow-type": "bill-generation",
        "workflow-id": workflow_id,
        "create-time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "payload": {"customerIdentifier": customer, "billDate": bill_date},
    }
    producer.produce("workflow-queue", json.dumps(workflow), key=workflow_id)
if producer.flush(30) > 0:
    sys.exit("not everything was delivered: send it again, nobody is billed twice")
