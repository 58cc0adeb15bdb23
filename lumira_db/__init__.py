"""The data layer of Lumira Desk: models, queries and commands over PostgreSQL. It knows no screen."""
