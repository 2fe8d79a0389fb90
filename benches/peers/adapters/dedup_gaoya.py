"""gaoya: `MinHashStringIndex`, which cuts words and shingles in Rust and verifies by the estimate.

The text is lowercased and cleared of punctuation here, since its analyzer splits on white space alone.
"""

from gaoya.minhash import MinHashStringIndex

from documents import BANDS, HASHES, ROWS, SEPARATORS, SHINGLE_WORDS, THRESHOLD, Arguments, read

arguments = Arguments()
index = MinHashStringIndex(
    hash_size=32,
    jaccard_threshold=THRESHOLD,
    num_bands=BANDS,
    band_size=ROWS,
    num_hashes=HASHES,
    analyzer="word",
    lowercase=False,
    ngram_range=(SHINGLE_WORDS, SHINGLE_WORDS),
    id_container="smallvec",
)
ids, texts = [], []
for id, text in read(arguments.documents):
    ids.append(id)
    texts.append(text.lower().translate(SEPARATORS))
index.par_bulk_insert_docs(list(range(len(ids))), texts)
removed = set()
for document, partners in enumerate(index.par_bulk_query(texts)):
    if any(partner < document and partner not in removed for partner in partners):
        removed.add(document)
arguments.write_removed(ids[document] for document in sorted(removed))
