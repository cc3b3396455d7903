//! Serves an empty rehearsal cloud on loopback, for the AWS CLI and boto3:
//! `cargo run --example rehearsal_cloud -- 4566`, then `aws --endpoint-url http://127.0.0.1:4566 ec2 describe-vpcs`.

use closedset::rehearsal::serve::Server;
use closedset::rehearsal::{RehearsalCloud, Settings};
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    let server = Server::bind(Arc::new(RehearsalCloud::new(Settings::default())), port).await?;
    #[expect(clippy::print_stdout, reason = "an example speaks to the person who runs it")]
    {
        println!("listening on http://{}", server.address()?);
    }
    server.run().await
}
