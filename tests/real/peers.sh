# shellcheck shell=bash disable=SC2034,SC2154
# Installs the real peers; sourced by run. Sets $prometheus, $promtool and $rotel.

# install_peers FOLDER: what is there already is kept.
install_peers() {
    local folder=$1
    mkdir -p "$folder"
    install_prometheus "$folder/prometheus"
    install_python_packages "$folder/venv" "$here/requirements.txt"
    prometheus=$folder/prometheus/usr/bin/prometheus
    promtool=$folder/prometheus/usr/bin/promtool
    rotel=$("$folder/venv/bin/python" -c 'import pathlib, rotel; print(pathlib.Path(rotel.__file__).with_name("rotel-agent"))')
    "$promtool" --version 2>&1 | head -n 1
    "$folder/venv/bin/python" -m pip list --disable-pip-version-check | grep -E '^(anthropic|openai|rotel) '
}

# Debian's package, unpacked and not installed: no service is started, and nothing of the system is changed.
install_prometheus() {
    local folder=$1
    [[ -x $folder/usr/bin/promtool ]] && return
    local unpacked
    unpacked=$(mktemp -d "$folder.XXXXXX")
    if ((EUID == 0)); then
        timeout 180 apt-get update -qq </dev/null
    fi
    (cd "$unpacked" && timeout 300 apt-get download -qq -o APT::Sandbox::User=root prometheus </dev/null)
    dpkg-deb --fsys-tarfile "$unpacked"/prometheus_*.deb | tar -x -C "$unpacked" ./usr/bin/prometheus ./usr/bin/promtool
    rm "$unpacked"/prometheus_*.deb
    rm -rf "$folder"
    mv "$unpacked" "$folder"
}

install_python_packages() {
    local folder=$1 requirements=$2
    cmp -s "$requirements" "$folder/requirements.txt" && return
    rm -rf "$folder"
    if ! python3 -m venv "$folder" >/dev/null 2>&1; then
        # Debian's python3 comes without the module that sets pip up.
        ((EUID == 0)) && timeout 300 apt-get install -y -qq python3-venv </dev/null >/dev/null
        rm -rf "$folder"
        python3 -m venv "$folder"
    fi
    timeout 300 "$folder/bin/python" -m pip install -q --disable-pip-version-check -r "$requirements" </dev/null
    # Last, so that what was broken off is begun again.
    cp "$requirements" "$folder/requirements.txt"
}
