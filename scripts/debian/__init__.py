"""Debian's files made without its tools, for those scripts that need very many."""
