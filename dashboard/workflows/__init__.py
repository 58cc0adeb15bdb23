"""Work that crosses to the outside: commit the intention, call, commit the outcome; safe to run again."""
