"""No peer: reads, splits and joins as the adapters of the sketching libraries do, and drops the result."""

from documents import Arguments, batches

arguments = Arguments()
for _ in batches(arguments.documents):
    pass
arguments.write_removed([])
