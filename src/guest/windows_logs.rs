//! What Windows seats ship.

use serde_json::{Value, json};

/// Files, and the stream of each: what passed between client and seat, what the server and the bootstrap did.
/// Source: Amazon DCV administrator guide, "Log files".
const FILES: &[(&str, &str)] = &[
    (r"C:\ProgramData\NICE\dcv\log\*.csv", "transfers"),
    (r"C:\ProgramData\NICE\dcv\log\server.log", "streaming"),
    (r"C:\ProgramData\closedset\bootstrap.log", "bootstrap"),
];

/// The configuration of the CloudWatch agent. Sign-ins are events of the security log.
/// Source: CloudWatch user guide, "Manually create or edit the CloudWatch agent configuration file".
pub(super) fn agent(region: &str, log_group: &str) -> Value {
    let stream = |name: &str| format!("{{instance_id}}/{name}");
    let files: Vec<Value> = FILES
        .iter()
        .map(|(path, name)| {
            let mut file = json!({ "file_path": path, "log_group_name": log_group, "log_stream_name": stream(name) });
            if let Some(file) = file.as_object_mut().filter(|_| path.contains('*')) {
                file.insert("publish_multi_logs".to_owned(), true.into());
            }
            file
        })
        .collect();
    let events = json!([{
        "event_name": "Security",
        "event_levels": ["INFORMATION", "WARNING", "ERROR", "CRITICAL"],
        "event_format": "xml",
        "log_group_name": log_group,
        "log_stream_name": stream("security"),
    }]);
    json!({
        "agent": { "region": region },
        "logs": {
            "logs_collected": { "files": { "collect_list": files }, "windows_events": { "collect_list": events } },
            "force_flush_interval": 15,
        },
    })
}
