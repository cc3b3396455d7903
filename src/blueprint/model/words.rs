//! Closed sets of words, as a blueprint writes them.

/// Declares an enum whose variants are words of the language.
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every word, in the order of declaration.
            pub const WORDS: &'static [&'static str] = &[$($word),*];
            /// Every variant, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The variant that a word names.
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(in crate::blueprint) use words;

words! {
    /// How sensitive the content is.
    pub enum ContentClass {
        Internal = "internal",
        PreRelease = "pre-release",
        HighSecurity = "high-security",
    }
}

words! {
    /// The set of controls that a plan must satisfy.
    pub enum Profile {
        Ecpp = "ecpp",
        Mpa53 = "mpa-5.3",
        Mpa531 = "mpa-5.3.1",
        Mpa531GoldStar = "mpa-5.3.1-gold-star",
        HighSecurity = "high-security",
    }
}

impl Profile {
    /// The longest idle session that the profile allows, in minutes: 30 in MPA 5.3, 15 in 5.3.1 (TS-1.3),
    /// and 15 in the profiles built upon it.
    pub fn idle_limit_minutes(self) -> u32 {
        match self {
            Self::Mpa53 => 30,
            Self::Ecpp | Self::Mpa531 | Self::Mpa531GoldStar | Self::HighSecurity => 15,
        }
    }
}

words! {
    /// Where a segment's routes lead.
    pub enum Tier {
        /// No route to the internet; content lives here.
        Content = "content",
        /// No route to the internet; endpoints and services live here.
        Service = "service",
        /// A route to an internet gateway.
        Edge = "edge",
    }
}

words! {
    /// The operating systems that can be set up.
    pub enum Os {
        AmazonLinux2023 = "amazon-linux-2023",
        Rhel9 = "rhel-9",
        Rocky9 = "rocky-9",
        Ubuntu2404 = "ubuntu-24.04",
        Windows2022 = "windows-2022",
        Windows2025 = "windows-2025",
    }
}

impl Os {
    pub fn platform(self) -> Platform {
        match self {
            Self::AmazonLinux2023 | Self::Rhel9 | Self::Rocky9 | Self::Ubuntu2404 => Platform::Linux,
            Self::Windows2022 | Self::Windows2025 => Platform::Windows,
        }
    }
}

words! {
    /// What decides names, mounts and the form of the user data.
    pub enum Platform {
        Linux = "linux",
        Windows = "windows",
    }
}

words! {
    /// A direction of the clipboard or of files; `in` is towards the workstation.
    pub enum Transfer {
        None = "none",
        In = "in",
        Out = "out",
        Both = "both",
    }
}

impl Transfer {
    /// Whether content can leave the workstation this way.
    pub fn is_outward(self) -> bool {
        matches!(self, Self::Out | Self::Both)
    }

    /// Whether something can enter the workstation this way.
    pub fn is_inward(self) -> bool {
        matches!(self, Self::In | Self::Both)
    }
}

words! {
    /// Which USB devices are redirected.
    pub enum Usb {
        None = "none",
        Tablets = "tablets",
        All = "all",
    }
}

words! {
    /// Which transfers the audit records.
    pub enum Audit {
        None = "none",
        In = "in",
        Out = "out",
        All = "all",
    }
}

words! {
    /// The streaming protocol.
    pub enum Protocol {
        Dcv = "dcv",
    }
}

words! {
    /// How finely colour is sampled.
    pub enum Color {
        Yuv420 = "yuv420",
        Yuv444 = "yuv444",
    }
}

words! {
    /// The EBS volume types that a workstation may have.
    pub enum VolumeType {
        Gp3 = "gp3",
        Io2 = "io2",
    }
}

words! {
    /// How firmly a vault keeps its recovery points.
    pub enum LockMode {
        /// Privileged people may lift it.
        Governance = "governance",
        /// Nobody can lift it before its time.
        Compliance = "compliance",
    }
}

words! {
    /// What a port belongs to.
    pub enum Transport {
        Tcp = "tcp",
        Udp = "udp",
        Icmp = "icmp",
    }
}

words! {
    /// How much a control weighs.
    pub enum Severity {
        Low = "low",
        Medium = "medium",
        High = "high",
        Critical = "critical",
    }
}
