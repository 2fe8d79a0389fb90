"""text-dedup: its `text_dedup.minhash` script, one process, with xxh3.

It reads, splits and writes by itself, at every single character that is not of a word, so that ", " leaves an
empty token between two words. It keeps some document of each component; which ones belong together is in
the union-find structure that it leaves with `--debug`, from which all but the first are taken.
"""

import pickle
import subprocess
import sys

from documents import BANDS, HASHES, ROWS, SHINGLE_WORDS, Arguments, Components, read

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
flags = ["--debug", *(text for name, value in options.items() for text in (f"--{name}", str(value)))]
subprocess.run([sys.executable, "-m", "text_dedup.minhash", *flags], check=True)
union_find = pickle.loads((output / "uf.pkl").read_bytes())
components = Components()
for document in list(union_find.parent):
    components.join(union_find.find(document), document)
ids = [id for id, _ in read(arguments.documents)]
arguments.write_removed(ids[document] for document in components.all_but_first())
