"""Rensa: `RMinHashDeduplicator` with LSH over the full R-MinHash sketch, which verifies by the estimate."""

from rensa import RMinHashDeduplicator

from documents import BANDS, HASHES, SEED, THRESHOLD, Arguments, batches

arguments = Arguments()
deduplicator = RMinHashDeduplicator(
    threshold=THRESHOLD, num_perm=HASHES, use_lsh=True, num_bands=BANDS, seed=SEED
)
removed = []
for ids, sets in batches(arguments.documents):
    kept = deduplicator.add_pairs(zip(ids, sets))
    removed += [id for id, keep in zip(ids, kept) if not keep]
arguments.write_removed(removed)
