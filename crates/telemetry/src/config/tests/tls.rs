use std::path::{Path, PathBuf};

use super::super::{Origin, TlsFiles};
use super::{ENDPOINT, config, faults, otlp};

const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
const CLIENT_CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
const CLIENT_KEY: &str = "OTEL_EXPORTER_OTLP_CLIENT_KEY";

/// Every variable that names a file, which the table of the others cannot state.
pub(super) fn names() -> impl Iterator<Item = String> {
    ["", "TRACES_", "METRICS_", "LOGS_"].into_iter().flat_map(|signal| {
        ["CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"]
            .map(|name| format!("OTEL_EXPORTER_OTLP_{signal}{name}"))
    })
}

/// Two clients' certificates and keys, an authority, and files that are none.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        for name in ["one", "two"] {
            let signed = rcgen::generate_simple_self_signed([format!("{name}.example")]).unwrap();
            files.write(&format!("{name}.pem"), &signed.cert.pem());
            files.write(&format!("{name}.key"), &signed.signing_key.serialize_pem());
        }
        files.write("empty.pem", "");
        files.write("text.pem", "s3cret\n");
        files.write("broken.pem", "-----BEGIN CERTIFICATE-----\ns3cret!\n-----END CERTIFICATE-----\n");
        files.write("torn.key", "-----BEGIN PRIVATE KEY-----\ns3cret=s3cret\n");
        files.write("bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        files.write(
            "locked.key",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        );
        files
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }
}

fn tls(variables: &[(&str, &str)]) -> TlsFiles {
    otlp(config(&[&[ENDPOINT], variables].concat())).tls
}

#[test]
fn files_are_read_and_the_specific_one_wins() {
    let files = Files::new();
    let [one, two, key, empty] = ["one.pem", "two.pem", "one.key", ""]
        .map(|name| if name.is_empty() { String::new() } else { files.text(name) });
    let nothing = tls(&[(CERTIFICATE, &empty), (CLIENT_KEY, " ")]);
    assert!(nothing.roots.is_none() && nothing.client.is_none());

    let specific = "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE";
    for (variables, file, from) in [
        (vec![(CERTIFICATE, one.as_str())], "one.pem", CERTIFICATE),
        (vec![(specific, one.as_str())], "one.pem", specific),
        (vec![(CERTIFICATE, two.as_str()), (specific, one.as_str())], "one.pem", specific),
        (vec![(CERTIFICATE, two.as_str()), (specific, "")], "two.pem", CERTIFICATE),
    ] {
        let roots = tls(&variables).roots.unwrap();
        assert_eq!(roots.file(), files.path(file));
        assert_eq!(roots.certificates().len(), 1);
        let description = config(&[&[ENDPOINT], &variables[..]].concat()).describe();
        assert_eq!(description.get("traces", "certificate").unwrap().origin(), Origin::Variable(from));
    }

    let client = tls(&[(CLIENT_CERTIFICATE, &one), (CLIENT_KEY, &key)]).client.unwrap();
    assert_eq!((client.chain_file(), client.key_file()), (Path::new(&one), Path::new(&key)));
    assert_eq!(client.chain().len(), 1);
    assert!(!client.key().secret_der().is_empty());
    let mixed = tls(&[
        (CLIENT_CERTIFICATE, &two),
        ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", &one),
        (CLIENT_KEY, &key),
    ]);
    assert_eq!(
        mixed.client.unwrap().chain_file(),
        Path::new(&one),
        "the parts may come from different variables"
    );
}

#[test]
fn each_signal_has_files_of_its_own() {
    let files = Files::new();
    let (one, key) = (files.text("one.pem"), files.text("one.key"));
    for signal in ["traces", "metrics", "logs"] {
        let upper = signal.to_ascii_uppercase();
        let names = ["CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"]
            .map(|name| format!("OTEL_EXPORTER_OTLP_{upper}_{name}"));
        let variables = [
            ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_METRICS_EXPORTER", "otlp"),
            ("OTEL_LOGS_EXPORTER", "otlp"),
            (&names[0], &one),
            (&names[1], &one),
            (&names[2], &key),
        ];
        let description = config(&variables).describe();
        for (setting, name, file) in [
            ("certificate", &names[0], &one),
            ("client certificate", &names[1], &one),
            ("client key", &names[2], &key),
        ] {
            let shown: Vec<_> = description.iter().filter(|row| row.name() == setting).collect();
            assert_eq!(shown.len(), 1, "{setting} of {signal} only");
            assert_eq!((shown[0].section(), shown[0].value()), (signal, file.as_str()));
            assert!(matches!(shown[0].origin(), Origin::Variable(origin) if origin == name));
        }
    }
}

#[test]
fn files_that_cannot_be_used_stop_the_start() {
    let files = Files::new();
    for name in names() {
        let wrong: &[(&str, &str)] = if name.ends_with("_KEY") {
            &[
                ("missing.key", "cannot be read"),
                ("one.pem", "holds no key without a passphrase"),
                ("locked.key", "holds no key without a passphrase"),
                ("torn.key", "is not in PEM format"),
            ]
        } else {
            &[
                ("missing.pem", "cannot be read"),
                ("one.key", "holds no certificate"),
                ("empty.pem", "holds no certificate"),
                ("text.pem", "holds no certificate"),
                ("broken.pem", "is not in PEM format"),
            ]
        };
        for (file, problem) in wrong {
            let path = files.text(file);
            let told = faults(&[ENDPOINT, (&name, &path)]);
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].starts_with(&format!("{name} names a file")), "{told:?}");
            assert!(told[0].contains(problem) && told[0].contains(&path), "{told:?}");
            assert!(!told[0].contains("s3cret"), "{told:?}");
        }
    }
    let told = faults(&[(CERTIFICATE, &files.text("bad.pem"))]);
    assert!(told[0].contains("a certificate that cannot be used, number 1"), "{told:?}");
}

#[test]
fn a_client_needs_its_certificate_and_the_key_of_it() {
    let files = Files::new();
    let (one, key, other) = (files.text("one.pem"), files.text("one.key"), files.text("two.key"));
    for (variables, expected) in [
        (
            vec![(CLIENT_CERTIFICATE, one.as_str())],
            format!("{CLIENT_CERTIFICATE} names a client's certificate, and no"),
        ),
        (vec![(CLIENT_KEY, key.as_str())], format!("{CLIENT_KEY} names a client's key, and no")),
        (
            vec![(CLIENT_CERTIFICATE, one.as_str()), (CLIENT_KEY, other.as_str())],
            format!("{CLIENT_KEY} names a key that does not fit the certificate of {CLIENT_CERTIFICATE}"),
        ),
    ] {
        let told = faults(&[&[ENDPOINT], &variables[..]].concat());
        assert!(told.len() == 1 && told[0].starts_with(&expected), "{told:?}");
    }
    let shown = format!("{:?}", tls(&[(CLIENT_CERTIFICATE, &one), (CLIENT_KEY, &key)]));
    assert!(shown.contains("one.key") && !shown.contains("BEGIN") && shown.len() < 400, "{shown}");
}
