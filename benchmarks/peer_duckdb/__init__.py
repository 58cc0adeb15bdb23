"""A peer of the figures: DuckDB over Parquet files, in an environment of its own."""
