# shellcheck shell=bash disable=SC2154
# Pages of metrics before real readers; sourced by run, whose helpers it uses.

# scrape_jobs URL NAME...: the part of a configuration that scrapes /NAME of the URL.
scrape_jobs() {
    local address=${1#http://} name
    shift
    printf 'global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\nscrape_configs:\n'
    for name in "$@"; do
        printf '  - job_name: %s\n    metrics_path: /%s\n    static_configs:\n      - targets: ["%s"]\n' "$name" "$name" "$address"
        [[ $name != hostile ]] || printf '    scrape_interval: 10s\n    scrape_timeout: 10s\n'
    done
}

# check_exposition PROMETHEUS_PORT VICTORIA_METRICS_PORT
check_exposition() {
    local prometheus_url=http://127.0.0.1:$1 victoria_url=http://127.0.0.1:$2 url said complaints
    start exposition "$target/debug/exposition"
    until_true 20 exposition test -s "$work/exposition.out"
    url=$(head -n 1 "$work/exposition.out")

    "$python" "$here/check_open_metrics.py" "$url"
    said=$(curl -fsS --max-time 5 "$url/classic" | "$promtool" check metrics 2>&1) || true
    [[ -z $said ]] || { printf 'promtool check metrics says:\n%s\n' "$said" >&2; return 1; }
    echo "ok - promtool check metrics is silent about the metrics of process and runtime"

    scrape_jobs "$url" native classic hostile >"$work/readers.yml"
    start prometheus_of_pages "$prometheus" --config.file="$work/readers.yml" --storage.tsdb.path="$work/pages" \
        --enable-feature=exemplar-storage,native-histograms --web.listen-address="${prometheus_url#http://}"
    scrape_jobs "$url" classic >"$work/victoria.yml"
    start victoria_metrics "$victoria_metrics" -promscrape.config="$work/victoria.yml" -storageDataPath="$work/victoria" \
        -httpListenAddr="${victoria_url#http://}" -search.latencyOffset=0s -search.disableCache
    until_true 30 prometheus_of_pages answers "$prometheus_url/-/ready"
    until_true 30 victoria_metrics answers "$victoria_url/health"
    "$python" "$here/check_exposition.py" "$prometheus_url" "$victoria_url"
    complaints=$(grep -E 'level=(warn|error)' "$work/prometheus_of_pages.err" || true)
    [[ -z $complaints ]] || { printf 'Prometheus complains:\n%s\n' "$complaints" >&2; return 1; }
    stop prometheus_of_pages || true
    stop victoria_metrics || true
    stop exposition || true
}
