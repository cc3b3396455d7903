//! The blueprints and examples that come with the project stand by their profiles.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::controls::gate::refusals;

struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.0.join(path)).map_err(|why| why.to_string())
    }
}

#[test]
fn what_ships_breaks_no_control_that_would_refuse_it() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut files = 0;
    for folder in ["blueprints", "examples"].map(|folder| home.join(folder)) {
        let entries = fs::read_dir(&folder).expect("the folder is there").flatten().map(|entry| entry.path());
        let mut paths: Vec<PathBuf> =
            entries.filter(|path| path.extension().is_some_and(|extension| extension == "hcl")).collect();
        paths.sort();
        for path in paths {
            files += 1;
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let text = fs::read(&path).expect("it can be read");
            let (parsed, problems) = Parsed::new([(name.clone(), text)]);
            let loaded =
                load(parsed, problems, &Inputs::default(), &Folder(folder.clone()), jiff::civil::date(2026, 11, 21));
            let blueprint = loaded.blueprint.expect("it is valid");
            let production = &blueprint.production;
            let facts = Facts {
                account: production.account.as_ref().map_or("000000000000", |account| account.as_str()).to_owned(),
                partition: "aws".to_owned(),
                region: production.region.as_str().to_owned(),
                images: BTreeMap::new(),
                devices: BTreeMap::new(),
                offline: true,
            };
            let desired = compile(&blueprint, &facts, &Folder(folder.clone())).expect("it compiles");
            let options = Options { account_switches: true, ..Options::default() };
            let nothing =
                Observed { account: desired.account.clone(), region: desired.region.clone(), ..Observed::default() };
            let plan = plan::make(&desired, &nothing, &options);
            let floor = resulting(&blueprint, &desired, &nothing, &plan, &options, jiff::civil::date(2026, 11, 21));
            let posture = examine(&floor);
            assert!(posture.warnings.is_empty(), "{name}: {:?}", posture.warnings);
            let shown = if folder.ends_with("blueprints") { failing_sentences(&posture) } else { Vec::new() };
            found.extend(shown.into_iter().map(|one| format!("{name}: {one}")));
            found.extend(
                refusals(&posture).iter().map(|one| format!("{name}: refused for {}: {}", one.control, one.sentence)),
            );
        }
    }
    assert!(files >= 12, "{files}");
    assert_eq!(found, Vec::<String>::new());
}

fn failing_sentences(posture: &Posture) -> Vec<String> {
    let failing = posture.findings(Status::Fail);
    failing.into_iter().map(|(verdict, finding)| format!("{} {}", verdict.control, finding.sentence)).collect()
}
