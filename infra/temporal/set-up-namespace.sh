#!/bin/sh
# Creates the namespace with 30 days of history and registers our search attributes. Safe to repeat.
# Reads TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE, as the Temporal CLI does.
set -eu

until temporal operator cluster health >/dev/null 2>&1; do
  echo "waiting for Temporal at $TEMPORAL_ADDRESS"
  sleep 2
done

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention 30d
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 30d
fi

register() {
  type=$1
  shift
  for name in "$@"; do
    set -- operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type "$type"
    # A namespace made a moment ago is not known to every part of the server yet.
    temporal "$@" || { sleep 5 && temporal "$@"; }
  done
}

register Keyword Project Repo WorkItem Stage WaitingOn Track
register Bool Escalated
register Datetime StageSince
