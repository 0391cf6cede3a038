//! What a site asks of robots, as remembered.

use jiff::Timestamp;

/// The robots.txt of one site, when it was last asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RobotsNote {
    /// Scheme, host and port, as `https://paper.example:8443`.
    pub site: String,
    /// When it was last asked for, in vain or not.
    pub asked: Timestamp,
    /// What it said when it last said anything; without that, nothing may be
    /// read.
    pub copy: Option<RobotsCopy>,
}

/// What a robots.txt said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RobotsCopy {
    /// When.
    pub at: Timestamp,
    /// Its rules as far as they are about us; empty if there are none.
    pub text: String,
}
