"""text-dedup: its `text_dedup.minhash` script, one process, with xxh3.

It reads, splits and writes by itself, at every single character that is not of a word, so that ", " leaves an
empty token between two words. What it does not write was removed.
"""

import subprocess
import sys

from datasets import load_from_disk

from documents import BANDS, HASHES, ROWS, SHINGLE_WORDS, Arguments, read

arguments = Arguments()
output = arguments.work / "clean"
options = {
    "path": "json",
    "data_files": arguments.documents,
    "split": "train",
    "cache_dir": arguments.work / "cache",
    "output": output,
    "column": "text",
    "batch_size": 10_000,
    "num_proc": 1,
    "ngram": SHINGLE_WORDS,
    "min_length": 1,
    "num_perm": HASHES,
    "b": BANDS,
    "r": ROWS,
    "hash_func": "xxh3",
}
flags = [text for name, value in options.items() for text in (f"--{name}", str(value))]
subprocess.run([sys.executable, "-m", "text_dedup.minhash", *flags], check=True)
kept = set(load_from_disk(str(output))["id"])
arguments.write_removed(id for id, _ in read(arguments.documents) if id not in kept)
