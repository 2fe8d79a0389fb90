"""What is measured: the peers, the versions they are installed at, and how each is called."""

from dataclasses import dataclass
from enum import Enum


class Corpus(Enum):
    """Which corpus a run reads."""

    FULL = "full"
    TENTH = "tenth"


@dataclass(frozen=True)
class Peer:
    """A deduplicator from the Python Package Index."""

    name: str
    # The distribution whose version the table shows.
    distribution: str
    # What pip installs, at pinned versions.
    requirements: tuple[str, ...]
    adapter: str
    # One sentence on what is run, for the table.
    what: str
    # The slow ones read a tenth of the corpus.
    corpus: Corpus = Corpus.FULL

    @property
    def environment(self):
        """The name of the virtual environment; peers of the same requirements share one."""
        return self.distribution


PEERS = (
    Peer(
        "datasketch",
        "datasketch",
        ("datasketch==2.0.0", "xxhash==4.1.0", "numpy==2.4.6", "scipy==1.17.1"),
        "dedup_datasketch.py",
        "MinHash.generator with xxhash, MinHashLSH; no check of candidates",
    ),
    Peer(
        "rensa (R-MinHash)",
        "rensa",
        ("rensa==0.5.0",),
        "dedup_rensa.py",
        "RMinHashDeduplicator, full sketch, LSH; candidates checked by estimate",
    ),
    Peer(
        "rensa (C-MinHash)",
        "rensa",
        ("rensa==0.5.0",),
        "dedup_rensa_c.py",
        "CMinHashDeduplicator, full sketch; bands not settable; candidates checked by estimate",
    ),
    Peer(
        "gaoya",
        "gaoya",
        ("gaoya==0.2.2",),
        "dedup_gaoya.py",
        "MinHashStringIndex, 32 bits; splits in Rust; candidates checked by estimate",
    ),
    Peer(
        "FastSketchLSH",
        "FastSketchLSH",
        ("FastSketchLSH==1.0.1", "numpy==2.4.6"),
        "dedup_fastsketch.py",
        "batch, insert_and_query_duplicates, query of the flagged; no check of candidates",
    ),
    Peer(
        "Daft",
        "daft",
        ("daft==0.7.26",),
        "dedup_daft.py",
        "minhash expression, bands by groupby, connected components; no check of candidates",
    ),
    Peer(
        "datatrove",
        "datatrove",
        ("datatrove[processing,io]==0.10.1", "spacy==3.8.18"),
        "dedup_datatrove.py",
        "MinHash pipeline, connected components; no check of candidates; writes the clean corpus",
        Corpus.TENTH,
    ),
    Peer(
        "text-dedup",
        "text-dedup",
        ("text-dedup==0.4.0", "datasets==5.2.0", "numpy==2.4.6"),
        "dedup_text_dedup.py",
        "minhash script, connected components; no check of candidates; writes the clean corpus",
        Corpus.TENTH,
    ),
)
