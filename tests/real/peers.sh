# shellcheck shell=bash disable=SC2034,SC2154
# Installs the real peers; sourced by run. Sets $prometheus, $promtool, $victoria_metrics and $rotel.

# install_peers FOLDER: what is there already is kept.
install_peers() {
    local folder=$1
    mkdir -p "$folder"
    install_from_debian prometheus "$folder/prometheus" prometheus promtool
    install_from_debian victoria-metrics "$folder/victoria-metrics" victoria-metrics
    install_python_packages "$folder/venv" "$here/requirements.txt"
    prometheus=$folder/prometheus/usr/bin/prometheus
    promtool=$folder/prometheus/usr/bin/promtool
    victoria_metrics=$folder/victoria-metrics/usr/bin/victoria-metrics
    rotel=$("$folder/venv/bin/python" -c 'import pathlib, rotel; print(pathlib.Path(rotel.__file__).with_name("rotel-agent"))')
    "$promtool" --version 2>&1 | head -n 1
    "$folder/venv/bin/python" -m pip list --disable-pip-version-check | grep -E '^(anthropic|openai|rotel) '
}

# install_from_debian PACKAGE FOLDER PROGRAM...: unpacked and not installed, so that no service is started, and nothing of the
# system is changed.
install_from_debian() {
    local package=$1 folder=$2 unpacked
    shift 2
    [[ -x $folder/usr/bin/$1 ]] && return
    unpacked=$(mktemp -d "$folder.XXXXXX")
    if ((EUID == 0)); then
        timeout 180 apt-get update -qq </dev/null
    fi
    (cd "$unpacked" && timeout 300 apt-get download -qq -o APT::Sandbox::User=root "$package" </dev/null)
    dpkg-deb --fsys-tarfile "$unpacked/$package"_*.deb | tar -x -C "$unpacked" "${@/#/./usr/bin/}"
    rm "$unpacked/$package"_*.deb
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
