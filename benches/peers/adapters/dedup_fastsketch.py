"""FastSketchLSH: `batch` sketches and the fused `insert_and_query_duplicates`.

The flags mark every document that shares a bucket, the first one too, so the partners of the flagged ones
are asked for: a document goes if one that is kept before it is among them.
"""

import numpy
from FastSketchLSH import LSH, FastSimilaritySketch

from documents import BANDS, HASHES, SEED, Arguments, batches

arguments = Arguments()
sketcher = FastSimilaritySketch(size=HASHES, seed=SEED)
ids, matrices = [], []
for batch_ids, sets in batches(arguments.documents):
    ids += batch_ids
    matrices.append(sketcher.batch(sets, num_threads=1))
sketches = numpy.concatenate(matrices)
index = LSH(num_perm=HASHES, num_bands=BANDS, num_threads=1)
flagged = numpy.flatnonzero(index.insert_and_query_duplicates(sketches))
removed = set()
for document, partners in zip(flagged.tolist(), index.query(sketches[flagged])):
    if any(partner < document and partner not in removed for partner in partners):
        removed.add(document)
arguments.write_removed(ids[document] for document in sorted(removed))
