"""Follows the public events of one organization with its own credentials, and tries to see more.

Arguments: url, user, password, organization, another organization, number of events to wait for.
Prints one JSON line: {"live": [types], "stored": [types], "refused": [what was refused]}
"""

import asyncio
import json
import sys

import nats


async def main() -> None:
    url, user, password, organization, other, wanted = sys.argv[1:7]
    refused: list[str] = []

    async def on_error(error: Exception) -> None:
        refused.append(str(error))

    client = await nats.connect(
        url, user=user, password=password, inbox_prefix=f"_INBOX_{user}".encode(), error_cb=on_error
    )
    live: list[str] = []
    seen_elsewhere: list[str] = []
    enough = asyncio.Event()

    async def hear(message) -> None:
        event = json.loads(message.data)
        assert event["organization"] == organization
        live.append(event["type"].split(".")[3])
        if len(live) >= int(wanted):
            enough.set()

    async def hear_elsewhere(message) -> None:
        seen_elsewhere.append(message.subject)

    await client.subscribe(f"hub.evt.{organization}.>", cb=hear)
    for pattern in [f"hub.evt.{other}.>", "hub.evt.>", "hub.cmd.>", "hub.qry.>", "hub.live.>", "hub.int.>", "_INBOX_auth.>", ">"]:
        await client.subscribe(pattern, cb=hear_elsewhere)
    await client.publish(f"hub.evt.{organization}.sync.Forged", b"{}")
    await client.publish("hub.session-revoked", b"{}")
    await client.flush()
    print("ready", flush=True)
    await asyncio.wait_for(enough.wait(), timeout=60)

    stream = client.jetstream()
    consumer = await stream.pull_subscribe(f"hub.evt.{organization}.>", durable=user, stream="HUB_EVENTS")
    stored = []
    for message in await consumer.fetch(int(wanted), timeout=10):
        stored.append(json.loads(message.data)["type"].split(".")[3])
        await message.ack()
    try:
        await stream.pull_subscribe(f"hub.evt.{other}.>", durable="thief", stream="HUB_EVENTS")
        refused.append("NOT REFUSED: a consumer over another organization")
    except Exception as error:
        refused.append(f"consumer: {type(error).__name__}")
    await client.close()
    print(json.dumps({"live": live, "stored": stored, "elsewhere": seen_elsewhere, "refused": refused}), flush=True)


asyncio.run(main())
