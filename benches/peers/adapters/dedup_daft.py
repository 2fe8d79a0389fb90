"""Daft: its `minhash` expression, bands by `chunk` and `explode`, buckets by `groupby`, as in its tutorial.

The tutorial finds connected components by rounds of joins, for clusters of machines; on one machine joining
the pairs in memory is cheaper, so that is done here. Daft reads and normalises by itself; unlike the others
it drops punctuation instead of splitting at it, so that "well-known" is one word.
"""

import daft
from daft import col
from daft.functions import monotonically_increasing_id

from documents import BANDS, HASHES, ROWS, SEED, SHINGLE_WORDS, Arguments, Components

arguments = Arguments()
daft.set_runner_native(num_threads=1)
documents = daft.read_json(str(arguments.documents)).select("id", "text")
signatures = documents.select(
    "id",
    col("text")
    .normalize(remove_punct=True, lowercase=True, nfd_unicode=True, white_space=True)
    .minhash(num_hashes=HASHES, ngram_size=SHINGLE_WORDS, seed=SEED, hash_function="xxhash")
    .alias("signature"),
)
signatures = signatures.with_column("document", monotonically_increasing_id()).collect()
buckets = (
    signatures.select("document", col("signature").chunk(ROWS).alias("band"))
    .with_column("number", daft.lit(list(range(BANDS))))
    .explode("band", "number")
    .groupby("number", "band")
    .agg(col("document").list_agg().alias("documents"))
    .where(col("documents").list_count() > 1)
    .select("documents")
    .to_pydict()
)
components = Components()
for bucket in buckets["documents"]:
    first = min(bucket)
    for document in bucket:
        components.join(first, document)
names = signatures.select("document", "id").to_pydict()
ids = dict(zip(names["document"], names["id"]))
arguments.write_removed(ids[document] for document in components.all_but_first())
