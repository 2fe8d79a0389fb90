"""Rensa: `CMinHashDeduplicator` over the C-MinHash sketch, which chooses its bands itself."""

from rensa import CMinHashDeduplicator

from documents import HASHES, SEED, THRESHOLD, Arguments, batches

arguments = Arguments()
deduplicator = CMinHashDeduplicator(threshold=THRESHOLD, num_perm=HASHES, seed=SEED)
removed = []
for ids, sets in batches(arguments.documents):
    kept = deduplicator.add_pairs(zip(ids, sets))
    removed += [id for id, keep in zip(ids, kept) if not keep]
arguments.write_removed(removed)
