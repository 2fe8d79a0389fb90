"""Judges what was removed from a corpus, for every run alike and without any code of the programs measured.

Shingles are runs of five words here, words the maximal runs of letters, digits and underscores in lower case.
"""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from math import ceil
from pathlib import Path

SHINGLE_WORDS = 5
WORDS = re.compile(r"\w+")

# Planted copies by their exact similarity to the original: at least the lower bound, below the upper one.
BINS = (
    ("0.5-0.6", 0.5, 0.6),
    ("0.6-0.7", 0.6, 0.7),
    ("0.7-0.8", 0.7, 0.8),
    ("0.8-0.9", 0.8, 0.9),
    ("0.9-1.0", 0.9, 1.0),
    ("exact", 1.0, 1.1),
)

# Planted copies whose recorded similarity is computed again here.
SAMPLE = 500


@dataclass(frozen=True)
class Planted:
    """A line of truth.jsonl."""

    id: str
    of: str
    jaccard: float
    is_copy: bool


@dataclass(frozen=True)
class Verdict:
    """What a run removed."""

    removed: int
    # The share of planted copies that were removed; none for an empty bin.
    detected: dict[str, float | None]
    # Removed, not a planted copy, and below the threshold to every document that is kept.
    false_removals: int
    # Removed, and below the threshold to every document that is kept; the planted copies among them too.
    unjustified_removals: int


def read_documents(corpus: Path):
    """Yields id and text of each document."""
    with (corpus / "docs.jsonl").open("rb") as lines:
        for line in lines:
            record = json.loads(line)
            yield record["id"], record["text"]


def read_truth(corpus: Path):
    """What is planted in a corpus."""
    with (corpus / "truth.jsonl").open("rb") as lines:
        records = map(json.loads, lines)
        return [
            Planted(record["id"], record["of"], record["jaccard"], record["kind"] == "copy")
            for record in records
        ]


def shingle_set(text):
    """The hashes of a text's shingles. Two of 64 bits that agree by accident are too rare to matter."""
    words = WORDS.findall(text.lower())
    if len(words) <= SHINGLE_WORDS:
        return {hash(" ".join(words))} if words else set()
    return set(map(hash, map(" ".join, zip(*(words[start:] for start in range(SHINGLE_WORDS))))))


def jaccard(left, right):
    """The exact similarity of two sets, 0 where both are empty."""
    common = len(left & right)
    union = len(left) + len(right) - common
    return common / union if union else 0.0


class Judge:
    """Knows what is planted in a corpus, and the exact similarities of what the runs removed."""

    def __init__(self, corpus: Path, threshold: float, removed_by_run: dict[str, set[str]]):
        self.threshold = threshold
        self.planted = read_truth(corpus)
        self.copies = {planted.id: planted for planted in self.planted if planted.is_copy}
        suspects = set()
        for removed in removed_by_run.values():
            suspects.update(id for id in removed if not self._repeats_its_original(id, removed))
        sample = self.planted[:SAMPLE]
        wanted = suspects.union(*((planted.id, planted.of) for planted in sample))
        sets = {id: shingle_set(text) for id, text in read_documents(corpus) if id in wanted}
        # How far the similarities in truth.jsonl are from those computed here, at most.
        self.truth_error = max(
            (abs(planted.jaccard - jaccard(sets[planted.id], sets[planted.of])) for planted in sample),
            default=0.0,
        )
        self.similar = self._similar(corpus, {id: sets[id] for id in sorted(suspects)})

    def verdict(self, removed: set[str]):
        """Judges one of the runs that were named at the beginning."""
        unjustified = {
            id
            for id in removed
            if not self._repeats_its_original(id, removed)
            and not any(other not in removed for other in self.similar[id])
        }
        detected = {}
        for name, low, high in BINS:
            pairs = [copy for copy in self.copies.values() if low <= copy.jaccard < high]
            found = sum(copy.id in removed for copy in pairs)
            detected[name] = found / len(pairs) if pairs else None
        return Verdict(
            removed=len(removed),
            detected=detected,
            false_removals=sum(id not in self.copies for id in unjustified),
            unjustified_removals=len(unjustified),
        )

    def bin_sizes(self):
        """How many planted copies are in each bin."""
        return {
            name: sum(low <= copy.jaccard < high for copy in self.copies.values()) for name, low, high in BINS
        }

    def _repeats_its_original(self, id, removed):
        copy = self.copies.get(id)
        return copy is not None and copy.jaccard >= self.threshold and copy.of not in removed

    def _similar(self, corpus, suspects):
        """For each suspect all documents at least as similar as the threshold.

        Two sets with a Jaccard similarity of at least t have at least the share t of either set in common. So
        among any n - ceil(t n) + 1 elements of a suspect with n, one is common. Only documents that hold one
        of these are compared in full, which loses none.
        """
        by_shingle = defaultdict(list)
        for id, shingles in suspects.items():
            # Less a trifle, lest rounding makes a whole number the next one.
            common = ceil(self.threshold * len(shingles) - 1e-9)
            for shingle in sorted(shingles)[: len(shingles) - common + 1]:
                by_shingle[shingle].append(id)
        similar = defaultdict(list)
        indexed = by_shingle.keys()
        for document, text in read_documents(corpus):
            shingles = shingle_set(text)
            candidates = set().union(*(by_shingle[shingle] for shingle in shingles & indexed))
            for id in candidates - {document}:
                if jaccard(suspects[id], shingles) >= self.threshold:
                    similar[id].append(document)
        return similar
