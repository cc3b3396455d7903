//! The blueprints and examples that come with the project, as they stand there.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// A folder of files, as the command line hands it in.
struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.0.join(path)).map_err(|why| why.to_string())
    }
}

/// All of them, compiled without a cloud.
pub(super) fn shipped() -> Vec<Desired> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for folder in ["blueprints", "examples"].map(|folder| home.join(folder)) {
        let mut paths: Vec<_> = fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "hcl"))
            .collect();
        paths.sort();
        for path in paths {
            let text = fs::read(&path).unwrap_or_default();
            let files = Folder(folder.clone());
            let (parsed, problems) = Parsed::new([(path.display().to_string(), text)]);
            let loaded = load(parsed, problems, &Inputs::default(), &files, jiff::civil::date(2026, 11, 21));
            let Some(blueprint) = loaded.blueprint else {
                panic!("{}: {:#?}", path.display(), loaded.diagnostics.sorted())
            };
            let production = &blueprint.production;
            let facts = Facts {
                account: production.account.as_ref().map_or("000000000000", |account| account.as_str()).to_owned(),
                partition: "aws".to_owned(),
                region: production.region.as_str().to_owned(),
                images: BTreeMap::new(),
                devices: BTreeMap::new(),
                offline: true,
            };
            match compile(&blueprint, &facts, &files) {
                Ok(desired) => all.push(desired),
                Err(found) => panic!("{}: {:?}", path.display(), said(&found)),
            }
        }
    }
    all
}

#[test]
fn what_ships_compiles() {
    let all = shipped();
    assert!(all.len() >= 12, "{}", all.len());
    for desired in &all {
        assert!(desired.warnings.is_empty(), "{}: {:?}", desired.production, desired.warnings);
        assert!(desired.pools.values().all(|pool| pool.seats > 0 && pool.max_unavailable > 0));
    }
}
