#!/bin/sh
# Creates or updates the two databases of the Temporal server. Runs before every start of the server; safe to repeat.
# Reads POSTGRES_SEEDS, POSTGRES_USER and SQL_PASSWORD.
set -eu

set_up() {
  database=$1 schema=/etc/temporal/schema/postgresql/v12/$2/versioned
  for command in create 'setup-schema -v 0.0' "update-schema -d $schema"; do
    # Unquoted on purpose: each command is several words.
    # shellcheck disable=SC2086
    temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_SEEDS" -p 5432 -u "$POSTGRES_USER" \
      --db "$database" $command
  done
}

set_up temporal temporal
set_up temporal_visibility visibility
