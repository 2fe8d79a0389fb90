"""What every adapter does alike: read the documents, cut them into shingles, write what is to go.

Called as `python ADAPTER.py DOCS.jsonl REMOVED.txt WORK_DIR`. The ids of the documents to remove go to
REMOVED.txt, one a line; WORK_DIR is an empty directory for whatever else the peer writes.
"""

import json
import sys
from itertools import islice
from pathlib import Path

SHINGLE_WORDS = 5
HASHES = 128
BANDS = 16
ROWS = 8
THRESHOLD = 0.8
SEED = 42

# Shingles of so many documents are held at a time: they are ten times the size of the text, and a batch that
# stays small costs less than one of the whole corpus, in time as in memory.
BATCH = 1000


class Separators(dict):
    """A table for `str.translate` that makes a space of every character that is not of a word.

    Filled as characters are met. Together with `split` it gives what `re.findall(r"\\w+", text)` gives, in a
    third of the time.
    """

    def __missing__(self, code):
        character = chr(code)
        self[code] = character if character.isalnum() or character == "_" else " "
        return self[code]


SEPARATORS = Separators()


class Arguments:
    """The paths that the driver passes."""

    def __init__(self):
        documents, removed, work = sys.argv[1:]
        self.documents, self.removed, self.work = Path(documents), Path(removed), Path(work)

    def write_removed(self, ids):
        """Writes the ids of the documents to remove."""
        with self.removed.open("w", encoding="utf-8") as out:
            out.writelines(f"{id}\n" for id in ids)


def read(path):
    """Yields id and text of each document."""
    with path.open("rb") as lines:
        for line in lines:
            record = json.loads(line)
            yield record["id"], record["text"]


def words(text):
    """The words of a text in lower case."""
    return text.lower().translate(SEPARATORS).split()


def shingles(tokens, space=" "):
    """Every run of five words, joined by a space; fewer words are one shingle."""
    if len(tokens) <= SHINGLE_WORDS:
        return [space.join(tokens)] if tokens else []
    return list(map(space.join, zip(*(tokens[start:] for start in range(SHINGLE_WORDS)))))


def batches(path):
    """Yields ids and shingles of the documents, a batch at a time."""
    documents = read(path)
    while batch := list(islice(documents, BATCH)):
        yield [id for id, _ in batch], [shingles(words(text)) for _, text in batch]


def byte_batches(path):
    """As `batches`, with shingles as UTF-8, for those that hash bytes."""
    documents = read(path)
    while batch := list(islice(documents, BATCH)):
        texts = (text.lower().translate(SEPARATORS).encode() for _, text in batch)
        yield [id for id, _ in batch], [shingles(text.split(), b" ") for text in texts]


class Components:
    """The connected components of the documents, numbered in corpus order, that pairs join."""

    def __init__(self):
        self.parents = {}

    def first(self, document):
        """The first document of the component."""
        parents = self.parents
        root = document
        while (parent := parents.get(root, root)) != root:
            root = parent
        while document != root:
            parents[document], document = root, parents.get(document, root)
        return root

    def join(self, left, right):
        """Makes the components of two documents one."""
        left, right = self.first(left), self.first(right)
        if left != right:
            self.parents[max(left, right)] = min(left, right)

    def all_but_first(self):
        """The documents that are not the first of their component, in order."""
        return sorted(document for document in list(self.parents) if self.first(document) != document)
