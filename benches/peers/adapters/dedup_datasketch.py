"""datasketch: `MinHash.generator` with xxhash, `MinHashLSH`; a document with a kept match goes."""

import xxhash
from datasketch import MinHash, MinHashLSH

from documents import BANDS, HASHES, ROWS, SEED, Arguments, byte_batches

arguments = Arguments()
index = MinHashLSH(num_perm=HASHES, params=(BANDS, ROWS))
removed = []
for ids, sets in byte_batches(arguments.documents):
    sketches = MinHash.generator(sets, num_perm=HASHES, seed=SEED, hashfunc=xxhash.xxh32_intdigest)
    for id, sketch in zip(ids, sketches):
        if index.query(sketch):
            removed.append(id)
        else:
            index.insert(id, sketch, check_duplication=False)
arguments.write_removed(removed)
