//! Which control each weakening of a blueprint touches, and so which exception it needs.

use crate::blueprint::model::words::words;

words! {
    /// What a blueprint may write down that is weaker than the default allows.
    pub enum Weakening {
        ClipboardOut = "the clipboard open outwards",
        FilesOut = "files open outwards",
        FlowFromAnywhere = "a flow from anywhere",
        FlowToAnywhere = "a flow to anywhere",
        SelfTalk = "a segment that talks to itself",
        KeptVolume = "a volume that outlives its instance",
        LongIdle = "an idle limit above the profile's",
    }
}

impl Weakening {
    /// The control that an exception to it names.
    pub fn control(self) -> &'static str {
        match self {
            Self::ClipboardOut => "VDI-STR-01",
            Self::FilesOut => "VDI-STR-02",
            Self::LongIdle => "VDI-STR-06",
            Self::FlowToAnywhere => "VDI-NET-03",
            Self::FlowFromAnywhere => "VDI-NET-04",
            Self::SelfTalk => "VDI-NET-06",
            Self::KeptVolume => "VDI-DAT-01",
        }
    }

    /// Whether nothing but weakenings in a blueprint can break its control, so that an exception to it which covers
    /// none is surely idle. Flows can break theirs in other ways too, which only the plan shows.
    pub fn decides_control(self) -> bool {
        match self {
            Self::ClipboardOut | Self::FilesOut | Self::LongIdle | Self::SelfTalk | Self::KeptVolume => true,
            Self::FlowFromAnywhere | Self::FlowToAnywhere => false,
        }
    }
}
