"""A GitHub of the tests' own: behaves as GitHub documents, and checks what it says and is told."""
