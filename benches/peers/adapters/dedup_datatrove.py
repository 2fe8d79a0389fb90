"""datatrove: the four steps of its example (signatures, buckets, clusters, filter), one after another.

English tokenizer (spaCy) and 64-bit xxhash, its defaults; numbers are left as they are, by default it makes
every one a 0. It tokenises, reads and writes by itself. It keeps some document of each component; which ones
belong together is in the file of cluster ids, from which all but the first are taken.
"""

import struct

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import (
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers.jsonl import JsonlWriter
from datatrove.utils.hashing import HashConfig
from datatrove.utils.text import TextNormConfig

from documents import BANDS, ROWS, SEED, SHINGLE_WORDS, Arguments, Components, read


def main():
    arguments = Arguments()
    work = arguments.work
    config = MinhashConfig(
        n_grams=SHINGLE_WORDS,
        num_buckets=BANDS,
        hashes_per_bucket=ROWS,
        seed=SEED,
        norm_config=TextNormConfig(norm_numbers=False),
        hash_config=HashConfig(precision=64, hash_fc="xxhash"),
    )

    def reader():
        return JsonlReader(
            str(arguments.documents.parent), glob_pattern=arguments.documents.name, compression=None
        )

    def run(name, tasks, *pipeline):
        LocalPipelineExecutor(
            pipeline=list(pipeline), tasks=tasks, workers=1, logging_dir=str(work / "logs" / name)
        ).run()

    signatures, buckets, clusters = (str(work / name) for name in ("signatures", "buckets", "clusters"))
    run("signatures", 1, reader(), MinhashDedupSignature(output_folder=signatures, config=config))
    run(
        "buckets",
        BANDS,
        MinhashDedupBuckets(
            input_folder=signatures, output_folder=buckets, config=config, lines_to_buffer=-1
        ),
    )
    run(
        "clusters",
        1,
        MinhashDedupCluster(
            input_folder=buckets,
            output_folder=clusters,
            config=config,
            save_cluster_id=True,
            lines_to_buffer=-1,
        ),
    )
    run(
        "filter",
        1,
        reader(),
        MinhashDedupFilter(input_folder=clusters),
        JsonlWriter(str(work / "clean"), compression=None),
    )
    # Pairs of a document's number and its cluster's, for the only task.
    pairs = (work / "clusters" / "000000.clusters").read_bytes()
    firsts, components = {}, Components()
    for document, cluster in struct.iter_unpack("<2I", pairs):
        components.join(firsts.setdefault(cluster, document), document)
    ids = [id for id, _ in read(arguments.documents)]
    arguments.write_removed(ids[document] for document in components.all_but_first())


if __name__ == "__main__":
    main()
