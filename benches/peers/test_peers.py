"""Tests of the judge and of what the adapters share: `python3 -m unittest discover benches/peers`."""

import json
import os
import random
import re
import sys
import tempfile
import unittest
from pathlib import Path
from xml.etree import ElementTree

import plot
import table
from judge import BINS, Judge, jaccard, read_documents, shingle_set
from measure import Limits, run

sys.path.append(str(Path(__file__).parent / "adapters"))
import documents  # noqa: E402

THRESHOLD = 0.8


def write_corpus(directory, texts, planted=()):
    """A corpus with ids d0, d1 and so on, and these pairs of copy and original in its truth."""
    records = ({"id": f"d{number}", "text": text} for number, text in enumerate(texts))
    (directory / "docs.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    sets = [shingle_set(text) for text in texts]
    lines = [
        {"id": f"d{copy}", "of": f"d{of}", "kind": kind, "jaccard": jaccard(sets[copy], sets[of])}
        for copy, of, kind in planted
    ]
    (directory / "truth.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def edited(random_, words, edits):
    """A text with some of its words replaced."""
    words = list(words)
    for _ in range(edits):
        words[random_.randrange(len(words))] = f"new{random_.randrange(10**9)}"
    return " ".join(words)


class JudgeTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.corpus = Path(directory.name)

    def test_similar_documents_are_those_that_all_pairs_give(self):
        random_ = random.Random(1)
        texts = ["", "two words", "two words"]
        for _ in range(12):
            words = [f"w{random_.randrange(10**6)}" for _ in range(random_.choice((4, 30, 120)))]
            texts += [edited(random_, words, edits) for edits in (0, 0, 1, 2, 3, 5)]
        write_corpus(self.corpus, texts)
        ids = {id for id, _ in read_documents(self.corpus)}
        judge = Judge(self.corpus, THRESHOLD, {"all": ids})
        sets = {id: shingle_set(text) for id, text in read_documents(self.corpus)}
        pairs = 0
        for id in ids:
            expected = [
                other for other in sets if other != id and jaccard(sets[id], sets[other]) >= THRESHOLD
            ]
            pairs += len(expected)
            self.assertEqual(judge.similar[id], expected)
        self.assertGreater(pairs, 50)

    def test_removals_are_counted_by_what_is_kept(self):
        words = [f"w{number}" for number in range(100)]
        text = " ".join(words)
        near, far = " ".join([*words[:-4], "x"]), " ".join(words[:60] + [f"y{n}" for n in range(40)])
        other = " ".join(f"z{number}" for number in range(100))
        planted = [(1, 0, "copy"), (2, 0, "copy"), (3, 0, "copy"), (4, 0, "template")]
        write_corpus(self.corpus, [text, text, near, far, far, other], planted)
        runs = {
            "right": {"d1", "d2", "d4"},
            "other one kept": {"d0", "d1"},
            "too much": {"d1", "d2", "d3", "d4", "d5"},
            "nothing": set(),
        }
        judge = Judge(self.corpus, THRESHOLD, runs)
        verdicts = {name: judge.verdict(removed) for name, removed in runs.items()}
        counts = {
            name: (verdict.removed, verdict.false_removals, verdict.unjustified_removals)
            for name, verdict in verdicts.items()
        }
        # The form d4 is no planted copy, but it equals d3, as long as that is kept.
        self.assertEqual(
            counts,
            {"right": (3, 0, 0), "other one kept": (2, 0, 0), "too much": (5, 2, 3), "nothing": (0, 0, 0)},
        )
        self.assertEqual(verdicts["right"].detected["exact"], 1)
        self.assertEqual(verdicts["right"].detected["0.9-1.0"], 1)
        self.assertEqual(verdicts["nothing"].detected["exact"], 0)
        self.assertIsNone(verdicts["right"].detected["0.6-0.7"])
        self.assertEqual(judge.truth_error, 0)
        self.assertEqual(sum(judge.bin_sizes().values()), 2)


class DocumentsTest(unittest.TestCase):
    def test_words_are_those_of_a_regular_expression(self):
        random_ = random.Random(2)
        for _ in range(200):
            text = "".join(
                chr(random_.choice((random_.randrange(128), random_.randrange(0x3000)))) for _ in range(80)
            )
            self.assertEqual(documents.words(text), re.findall(r"\w+", text.lower()))

    def test_shingles_are_runs_of_five_words(self):
        self.assertEqual(documents.shingles([]), [])
        self.assertEqual(documents.shingles(["a", "b"]), ["a b"])
        self.assertEqual(documents.shingles(list("abcdef")), ["a b c d e", "b c d e f"])
        self.assertEqual(documents.shingles([b"a", b"b"], b" "), [b"a b"])

    def test_components_are_those_of_a_search(self):
        random_ = random.Random(3)
        pairs = [(random_.randrange(60), random_.randrange(60)) for _ in range(40)]
        components = documents.Components()
        for left, right in pairs:
            components.join(left, right)
        later = set()
        for start in range(60):
            reached, waiting = {start}, [start]
            while waiting:
                node = waiting.pop()
                for left, right in pairs:
                    for near, far in ((left, right), (right, left)):
                        if near == node and far not in reached:
                            reached.add(far)
                            waiting.append(far)
            if min(reached) < start:
                later.add(start)
        self.assertEqual(components.all_but_first(), sorted(later))


class MeasureTest(unittest.TestCase):
    def run_python(self, code, seconds=20.0, memory_bytes=10**10):
        with tempfile.TemporaryDirectory() as directory:
            limits = Limits(frozenset(os.sched_getaffinity(0)), seconds, memory_bytes)
            log = Path(directory) / "log"
            return run([sys.executable, "-c", code], limits, log, dict(os.environ), Path(directory))

    def test_children_count(self):
        child = "x = bytearray(60_000_000); sum(range(12_000_000))"
        done = self.run_python(
            f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
        )
        self.assertIsNone(done.error)
        self.assertEqual(done.processes, 2)
        self.assertGreater(done.cpu_seconds, 0.1)
        self.assertGreater(done.anonymous_bytes, 60_000_000)
        self.assertGreaterEqual(done.resident_bytes, done.anonymous_bytes)

    def test_a_run_that_fails_says_why(self):
        self.assertEqual(self.run_python("raise SystemExit('no disk')").error, "exit status 1: no disk")

    def test_a_run_that_takes_too_long_is_stopped(self):
        done = self.run_python("import time; time.sleep(60)", seconds=0.5)
        self.assertEqual(done.error, "stopped after 0.5 s")
        self.assertLess(done.wall_seconds, 30)

    def test_a_run_that_takes_too_much_memory_is_stopped(self):
        code = "import time; x = bytearray(300_000_000); time.sleep(60)"
        self.assertRegex(
            self.run_python(code, memory_bytes=200_000_000).error, r"stopped at 0\.\d GB of memory"
        )


class ShowTest(unittest.TestCase):
    def test_a_failed_peer_is_shown_with_its_error(self):
        verdict = {
            "removed": 10,
            "detected": {name: 0.5 for name, _, _ in BINS},
            "false_removals": 1,
            "unjustified_removals": 2,
        }
        common = {"what": "", "version": "1", "corpus": "full", "documents": 100}
        measured = {
            "cpu_seconds": 1.0,
            "cpu_seconds_per_gb": 20.0,
            "times_wc": 2.0,
            "wall_seconds": 1.0,
            "resident_bytes": 10**6,
            "anonymous_bytes": 10**6,
        }
        results = {
            "date": "2026-01-01",
            "machine": {"cpu": "<cpu>", "cores": 2, "memory_gb": 8.0, "system": "Linux", "python": "3.11"},
            "parameters": {"threshold": THRESHOLD, "repeats": 1, "cpus": 1},
            "corpora": {
                "full": {
                    "command": "twicetold generate",
                    "documents": 100,
                    "bytes": 10**6,
                    "planted_copies": {name: 4 for name, _, _ in BINS},
                }
            },
            "runs": [
                common | measured | {"name": "good", "error": None, "verdict": verdict},
                common
                | dict.fromkeys(measured)
                | {"name": "bad", "error": "not installed: x", "verdict": None},
                common | measured | {"name": "slow", "error": "stopped after 9 s", "verdict": None},
            ],
        }
        shown = table.markdown(results)
        self.assertIn("**bad failed**: not installed: x", shown)
        self.assertIn("| slow | 1 | 100 | > 1.00 |", shown)
        rows = [line for line in shown.splitlines() if line.startswith("|")]
        self.assertEqual({line.count("|") for line in rows}, {len(BINS) + 13})
        picture = ElementTree.fromstring(plot.draw(results))
        texts = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn("failed", texts)
        self.assertIn("over 20 s", texts)
        self.assertIn("20 s · finds 50.0 % · 20.0 % below 0.8", texts)


if __name__ == "__main__":
    unittest.main()
