//! The rehearsal cloud held against moto and botocore's models: one script of calls to both (`tests/conformance`).

use std::path::Path;
use std::sync::Arc;

use closedset::rehearsal::serve::Server;
use closedset::rehearsal::{RehearsalCloud, Settings};

use crate::moto::Moto;

#[tokio::test]
async fn the_rehearsal_cloud_answers_as_moto_does_but_for_what_is_known() {
    let cloud = Arc::new(RehearsalCloud::new(Settings::default()));
    let server = Server::bind(cloud, 0).await.expect("a free port");
    let rehearsal = format!("http://{}", server.address().expect("an address"));
    let serving = tokio::spawn(server.run());
    let script = tokio::task::spawn_blocking(move || {
        let moto = Moto::new();
        Moto::python()
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/script.py"))
            .args([&rehearsal, &format!("http://127.0.0.1:{}", moto.port()), moto.account()])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .expect("the script runs")
    });
    let output = script.await.expect("the script ends");
    serving.abort();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}
