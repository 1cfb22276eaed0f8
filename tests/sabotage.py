#!/usr/bin/env python3
"""Are the tests of the whole able to fail? Builds the worker with one seeded bug after the other and expects the oracle to see it.

Each bug is one replacement in a copy of the tree. A text that is not there exactly once ends the run: the bug has to be seeded anew.
"""

import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
COPY = ROOT / "target" / "sabotage" / "tree"
BUILD = ROOT / "target" / "sabotage" / "build"
# A test has limits of its own; this one is for what is stuck beyond them.
TEST_LIMIT_S = 300

# What is wrong, where, the text that is replaced, by what, and the test that has to see it.
BUGS = [
    ("the fence compares nothing", "src/store/apply.lua",
     "if current ~= base then return 'C' .. current end", "",
     "a_zombie_that_wakes_up_after_its_session_harms_nothing"),
    ("an entry that its hash refuses stays", "src/store/apply.lua",
     "    pcall('XDEL', strm, id)\n", "",
     "what_a_wrong_type_refuses_from_the_start_goes_to_the_dead_letters"),
    ("a delta is not held against the value it was made from", "src/store/apply.lua",
     "if expects and shared then", "if false then",
     "any_key_in_any_partition_is_exact"),
    ("the offset after a record is one too high", "src/core/offset.rs",
     "self.0.saturating_add(1)", "self.0.saturating_add(2)",
     "every_event_is_in_redis_once_and_in_order"),
    ("a slice is applied from its end", "src/core/batch.rs",
     "work.left.reverse();", "",
     "every_event_is_in_redis_once_and_in_order"),
    ("the slice's hash is another", "src/core/murmur2.rs",
     "const R: u32 = 24;", "const R: u32 = 23;",
     "every_event_is_in_redis_once_and_in_order"),
    ("members that went are not told", "src/core/delta.rs",
     "if kept < before.members().len() {", "if kept > before.members().len() {",
     "every_event_is_in_redis_once_and_in_order"),
    ("positions are not looked at when a partition starts", "src/core/start.rs",
     "lowest.map_or(expected, |lowest| lowest.min(expected))", "lowest.map_or(expected, |_| expected)",
     "a_flush_is_found_at_assignment_without_an_event"),
    ("idle slices are not brought to what is committed", "src/worker/checkpoint.rs",
     "        for _ in 0..TRIES {\n", "        for _ in 0..TRIES {\n            if at > NextOffset::ZERO {\n                return Ok(true);\n            }\n",
     "a_slice_without_new_events_is_brought_to_what_is_committed"),
    ("dead letters are not sent", "src/worker/dead_letters.rs",
     "while !letters.is_empty() {", "while letters.len() > usize::MAX / 2 {",
     "invalid_records_go_to_the_dead_letters_and_disturb_no_neighbour"),
    ("a follower goes on beyond what was trimmed and tells nobody", "src/client/mirror.rs",
     "let index = entries.iter().position(|entry| entry.id == at.id).ok_or(Break::Gap)?;",
     "let Some(index) = entries.iter().position(|entry| entry.id == at.id) else { return Ok(entries) };",
     "slow_followers_of_short_streams_are_told_what_they_missed"),
    ("channels that move are not held for the group", "src/core/repartition.rs",
     "if end <= start => Old::Applied", "if end >= start => Old::Applied",
     "no_channel_changes_its_order_when_partitions_are_added_under_load"),
]


def copy_tree():
    """The tree as it is, and the Kafka that its tests share."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, capture_output=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        source, copied = ROOT / name, COPY / name
        if not source.is_file():
            continue
        copied.parent.mkdir(parents=True, exist_ok=True)
        # What did not change keeps its time, so that it is not built again.
        if not copied.exists() or copied.read_bytes() != source.read_bytes():
            shutil.copy(source, copied)
    cache = COPY / ".cache"
    if not cache.exists():
        cache.symlink_to(ROOT / ".cache")


def cargo(*arguments, limit=None):
    command = ["cargo", "test", "--target-dir", str(BUILD), "--test", "it", *arguments]
    return subprocess.run(command, cwd=COPY, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=limit)


def sees(bug):
    """Whether the test goes red with the bug, and because of what the oracle found."""
    _, file, right, wrong, test = bug
    path = COPY / file
    original = path.read_text()
    if original.count(right) != 1:
        sys.exit(f"{file}: {right!r} stands there {original.count(right)} times, not once")
    path.write_text(original.replace(right, wrong))
    try:
        built = cargo("--no-run")
        if built.returncode != 0:
            sys.exit(f"the tree with this bug does not build:\n{built.stdout[-3000:]}")
        try:
            tested = cargo("--", test, limit=TEST_LIMIT_S)
        except subprocess.TimeoutExpired:
            return False, "the test did not end"
    finally:
        path.write_text(original)
    if " 0 passed; 0 failed" in tested.stdout:
        sys.exit(f"there is no test {test}")
    return tested.returncode != 0, tested.stdout[-2000:]


def main():
    wanted = sys.argv[1:]
    bugs = [bug for bug in BUGS if not wanted or any(word in bug[0] for word in wanted)]
    copy_tree()
    unseen = 0
    for bug in bugs:
        seen, output = sees(bug)
        print(f"{'seen    ' if seen else 'NOT SEEN'}  {bug[0]}  ({bug[4]})", flush=True)
        if not seen:
            unseen += 1
            print(output)
    print(f"{len(bugs) - unseen} of {len(bugs)} seeded bugs were seen")
    sys.exit(1 if unseen else 0)


if __name__ == "__main__":
    main()
