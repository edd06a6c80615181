"""Follows the public events of one organization with its own credentials, and tries to see more.

Arguments: url, user, password, organization, another organization, number of events to wait for.
Prints «ready», and then one JSON line: {"live": [types], "stored": [types], "refused": [what was refused]}
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

    # The administrator made the consumer; a client needs no right to make one, and has none.
    stream = client.jetstream(prefix="hub.js")
    consumer = await stream.pull_subscribe_bind(durable=user, stream="HUB_EVENTS")
    assert (await consumer.consumer_info()).config.filter_subject == f"hub.evt.{organization}.>"
    stored = []
    for message in await consumer.fetch(int(wanted), timeout=10):
        event = json.loads(message.data)
        assert event["organization"] == organization
        stored.append(event["type"].split(".")[3])
        await message.ack()

    # What it may ask for comes to its own account, whatever reply it names.
    for subject in ["hub.js.CONSUMER.INFO.HUB_EVENTS." + user, "hub.js.CONSUMER.MSG.NEXT.HUB_EVENTS." + user]:
        await client.publish(subject, b"", reply="hub.session-revoked")
        await client.publish(subject, b"", reply="hub.cmd.sites.connect-site")
    for message in await consumer.fetch(1, timeout=10):
        await client.publish(message.reply, b"+NXT", reply="hub.session-revoked")

    for prefix in ["$JS.API", "hub.js"]:
        own = client.jetstream(prefix=prefix, timeout=1)
        for target in [organization, other]:
            for deliver in [None, "hub.session-revoked"]:
                try:
                    await own.add_consumer(
                        "HUB_EVENTS", durable_name=user, filter_subject=f"hub.evt.{target}.>", deliver_subject=deliver
                    )
                    refused.append(f"NOT REFUSED: a consumer over {target} by {prefix}")
                except Exception as error:
                    refused.append(f"consumer: {type(error).__name__}")
    await client.flush()
    await client.close()
    print(json.dumps({"live": live, "stored": stored, "elsewhere": seen_elsewhere, "refused": refused}), flush=True)


asyncio.run(main())
