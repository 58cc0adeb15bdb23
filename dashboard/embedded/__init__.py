"""The parts that `make demo` brings along: PostgreSQL, S3, mail and a generator, as child processes."""
