#!/bin/sh
# Many answers with curl, so many in flight: answers.sh URLS.curl IN_FLIGHT
#
# The file is a configuration of curl with each URL and where its answer goes. One line is printed for each answer:
# status and bytes. Before 8.16 curl takes at most 300 in flight.
exec curl --parallel --parallel-immediate --parallel-max "$2" --no-progress-meter --fail --max-time 120 \
    --write-out '%{http_code} %{size_download}\n' --config "$1"
