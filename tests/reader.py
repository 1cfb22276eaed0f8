#!/usr/bin/env python3
"""deploy/layout.md as a program: prints a channel's snapshot and then each change, a line of JSON each, with redis-py and nothing of Shasta.

Usage: reader.py redis://user:password@host:port prefix app/tag/scope. SIGTERM ends it, with the state that it has reached.
"""

import json
import signal
import sys
import time
from urllib.parse import unquote_to_bytes

import redis


def fields(message):
    """The fields of a protobuf message: number, and an int or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at, value, shift = at + 1, value | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                return value

    while at < len(message):
        number, wire_type = divmod(varint(), 8)
        value = varint()
        if wire_type == 2:
            at, value = at + value, message[at:at + value]
        yield number, value


def murmur2(data):
    mask, m, whole = 0xFFFFFFFF, 0x5BD1E995, len(data) // 4 * 4
    h = 0x9747B28C ^ len(data)
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at:at + 4], "little") * m & mask
        h = h * m & mask ^ (k ^ k >> 24) * m & mask
    if data[whole:]:
        h = (h ^ int.from_bytes(data[whole:], "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return (h ^ h >> 15) & 0x7FFFFFFF


def slice_of(channel, slices):
    key = b""
    for number, part in enumerate(map(unquote_to_bytes, channel.split("/")), 1):
        # One byte holds the length of a part below 128 bytes; longer ones take a varint of two.
        length = [len(part)] if len(part) < 128 else [len(part) & 0x7F | 0x80, len(part) >> 7]
        key += bytes([number << 3 | 2, *length]) + part
    return murmur2(key) % slices


def live(tag_data):
    parts = dict(fields(tag_data))
    return {"data": parts.get(4, b"").decode(), "lifetime": parts.get(3)}


def changed(before, change):
    members, lifetime = json.loads(before["data"]), before["lifetime"]
    for number, part in fields(change):
        if number == 1:
            member = dict(fields(part))
            members[member.get(1, b"").decode()] = json.loads(member[2])
        elif number == 2:
            del members[part.decode()]
        elif number == 3:
            lifetime = part
    return {"data": json.dumps(members, ensure_ascii=False), "lifetime": lifetime}


class Reader:
    def __init__(self, url, prefix, channel):
        self.server, self.channel = redis.Redis.from_url(url), channel
        layout = self.server.hgetall(prefix + "layout")
        if (layout.get(b"version"), layout.get(b"hash")) != (b"1", b"murmur2"):
            sys.exit(f"a layout that this reader does not know: {layout}")
        within = f"{prefix}{{s{slice_of(channel, int(layout[b'slices']))}}}:"
        self.snap, self.strm = f"{within}snap:{channel}", f"{within}strm:{channel}"
        # Before the snapshot: what comes in between is heard of.
        self.notices = self.server.pubsub()
        self.notices.ssubscribe(within + "note")
        self.state, self.position = {}, None

    def take_snapshot(self):
        """Hash and last entry of one instant. The position is the entry's id, partition and offset."""
        both = self.server.pipeline(transaction=True).hgetall(self.snap).xrevrange(self.strm, count=1)
        objects, last = both.execute()
        self.state = {name.decode(): live(dict(fields(envelope))[1]) for name, envelope in objects.items()}
        self.position = position(*last[0]) if last else None
        say({"snapshot": self.state, "at": self.position})

    def pull(self):
        """Takes what is new, or a snapshot where nothing proves that it goes on from here; says whether there may be more."""
        page = self.server.xrange(self.strm, min=self.position[0] if self.position else "-", count=1000)
        if not self.position and not page:
            return False
        # From the own last entry on, inclusive: only that very entry proves that none between it and the next is missing.
        if not self.position or not page or position(*page[0]) != self.position:
            self.take_snapshot()
            return True
        for entry_id, entry in page[1:]:
            self.apply(dict(fields(entry[b"d"])))
            self.position = position(entry_id, entry)
        return len(page) == 1000

    def apply(self, delta):
        name = delta.get(4, b"").decode()
        if 5 in delta:
            kind, self.state[name] = "set", live(delta[5])
        elif 6 in delta:
            kind, self.state[name] = "changed", changed(self.state[name], delta[6])
        else:
            kind, _ = "deleted", self.state.pop(name, None)
        say({"change": kind, "name": name, "object": self.state.get(name), "partition": delta.get(1, 0), "offset": delta.get(2, 0)})

    def wait(self):
        """Until a notice names the channel, or a second: notices may get lost."""
        until = time.monotonic() + 1
        while (left := until - time.monotonic()) > 0:
            notice = self.notices.get_message(timeout=left)
            if notice and notice["type"] == "smessage" and self.channel.encode() in notice["data"].split(b"\n"):
                return


def position(entry_id, entry):
    delta = dict(fields(entry[b"d"]))
    return entry_id.decode(), delta.get(1, 0), delta.get(2, 0)


def say(line):
    print(json.dumps(line, ensure_ascii=False), flush=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    reader = Reader(*sys.argv[1:])
    try:
        reader.take_snapshot()
        while True:
            while reader.pull():
                pass
            reader.wait()
    finally:
        say({"state": reader.state})


if __name__ == "__main__":
    main()
