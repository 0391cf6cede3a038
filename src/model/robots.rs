//! Stored copy of a site's robots.txt (RFC 9309).

use jiff::Timestamp;

/// Last fetch of a site's robots.txt.
///
/// Written by `poll`, kept by the store, read after a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RobotsNote {
    /// Origin: scheme, host and port, as `https://paper.example:8443`.
    pub site: String,
    /// Time of the last request, in vain or not.
    pub asked: Timestamp,
    /// Rules of the last answer; `None` means that nothing may be read.
    pub copy: Option<RobotsCopy>,
}

/// Content of a robots.txt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RobotsCopy {
    /// Time of the request that brought it.
    pub at: Timestamp,
    /// Rules as far as they are about us, in the syntax of the file; empty if there are none.
    pub text: String,
}
