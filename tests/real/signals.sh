# shellcheck shell=bash disable=SC2154
# Spans, metrics and events before a real collector, over each protocol; sourced by run, whose helpers it uses.

# check_signals COLLECTOR_HTTP_PORT COLLECTOR_GRPC_PORT PROXY_PORT...: a proxy for each protocol, all at once.
check_signals() {
    local http=$1 grpc=$2 protocol port name line
    shift 2
    start signals_rotel env -i PATH="$PATH" "$rotel" start --pid-file "$work/signals-rotel.pid" \
        --log-file "$work/signals-rotel.log" \
        --otlp-http-endpoint "127.0.0.1:$http" --otlp-grpc-endpoint "127.0.0.1:$grpc" \
        --exporter blackhole --debug-log traces --debug-log metrics --debug-log logs --debug-log-verbosity detailed
    until_true 20 signals_rotel listens "$http"
    until_true 20 signals_rotel listens "$grpc"
    for protocol in grpc http/protobuf http/json; do
        port=$1 name=signals_${protocol//\//_}
        shift
        # Nothing but the environment: the built-in provider answers. The name of the service tells them apart.
        start "$name" env -i PATH="$PATH" \
            OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:$([[ $protocol == grpc ]] && echo "$grpc" || echo "$http")" \
            OTEL_EXPORTER_OTLP_PROTOCOL="$protocol" OTEL_EXPORTER_OTLP_COMPRESSION=gzip OTEL_SERVICE_NAME="$protocol" \
            LITELLM_OTEL_INTEGRATION_ENABLE_METRICS=true LITELLM_OTEL_INTEGRATION_ENABLE_EVENTS=true DEBUG_OTEL=true \
            "$proxy" --listen "127.0.0.1:$port"
        until_true 20 "$name" answers "http://127.0.0.1:$port/health/readiness"
        for line in '' '"stream":true,'; do
            curl -fsS --max-time 10 "http://127.0.0.1:$port/demo/v1/chat/completions" \
                -H 'content-type: application/json' -H 'authorization: Bearer sk-canary-signals' \
                -d "{$line\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}" >/dev/null
        done
    done
    # Asked at the same time, they drain together; ending sends what still waits.
    for name in signals_grpc signals_http_protobuf signals_http_json; do
        kill -TERM "${started[$name]}"
    done
    for name in signals_grpc signals_http_protobuf signals_http_json; do
        wait "${started[$name]}" || { echo "$name did not end in order" >&2; return 1; }
        unset "started[$name]"
        for protocol in traces metrics logs; do
            grep -q "\"message\":\"OTEL export\",\"signal\":\"$protocol\"" "$work/$name.err" || {
                echo "$name says nothing of its exports of $protocol" >&2
                return 1
            }
        done
    done
    sleep 1 # the collector's own batch is at most 200 ms old
    stop signals_rotel || true
    "$python" "$here/check_signals.py" "$work/signals_rotel.out"
    line=$(grep -lE 'sk-canary-signals' "$work"/signals_*.{out,err} || true)
    [[ -z $line ]] || { echo "a credential is in $line" >&2; return 1; }
}
