//! Backups.

use super::{Attribute as A, Block, Type};
use crate::blueprint::model::{LockMode, Region, Schedule};

const DAYS: Type = Type::Integer(1, 36_500);

pub const BACKUP: Block = Block::any("backup", "A backup of the pools' volumes that have backup = true.")
    .label("its name")
    .attributes(&[
        A::required("of", Type::List(&Type::Reference(&["workstation_pool"])), "The pools.", "[workstation_pool.comp]"),
        A::required("schedule", Type::Form(Schedule::FORM), "When it runs, in UTC.", "\"cron(0 2 * * ? *)\""),
        A::required("keep_days", DAYS, "Days that a recovery point is kept.", "35"),
        A::optional(
            "rpo_hours",
            Type::Integer(1, 8_760),
            "nothing is promised",
            "Promise: at most so many hours of work are lost.",
            "24",
        ),
        A::optional(
            "rto_minutes",
            Type::Integer(1, 525_600),
            "nothing is promised",
            "Promise: work goes on after so many minutes.",
            "60",
        ),
    ])
    .blocks(&[&LOCK, &COPY]);

const LOCK: Block = Block::maybe("lock", "What holds recovery points against deletion.").attributes(&[
    A::required("mode", Type::Word(LockMode::WORDS), "How firmly.", "\"governance\""),
    A::optional("min_days", DAYS, "no lower limit", "The shortest retention that is accepted.", "7"),
    A::optional("max_days", DAYS, "no upper limit", "The longest retention that is accepted.", "90"),
]);

const COPY: Block = Block::any("copy", "A copy in another region, under a key of its own there.").attributes(&[
    A::required("region", Type::Form(Region::FORM), "The region.", "\"us-east-2\""),
    A::optional("keep_days", DAYS, "as long as the backup itself", "Days that the copy is kept.", "35"),
]);
