//! Durable flushes: what it takes that one survives a power loss.
//!
//! On Linux sled ends a flush with `sync_file_range(2)`, which writes pages and
//! promises nothing of what leads to them; after a power loss acknowledged
//! commits were gone and databases could not be opened. Where that call answers
//! ENOSYS sled falls back to `fsync(2)`, and nothing is lost. So that is what it
//! has to answer.
//!
//! Pages of more than 128 KiB sled writes to files of their own, which it never
//! syncs: after a power loss its log names what is not there, and the database does
//! not open. So the folder of these files is made a synchronous one.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

use crate::store::error::StoreError;

/// Makes every flush of this process an `fsync`, for all its threads, and tries whether it does. Cannot
/// be undone.
///
/// The unit file asks systemd for the same; then there is nothing left to do.
///
/// # Errors
///
/// [`StoreError::NotDurable`] if the kernel has no seccomp, or does not let us use it.
pub fn make_durable() -> Result<(), StoreError> {
    let refused = |why: String| StoreError::NotDurable { why };
    if is_filtered().map_err(|error| refused(error.to_string()))? {
        return Ok(());
    }
    let program = filter().map_err(|error| refused(error.to_string()))?;
    seccompiler::apply_filter_all_threads(&program).map_err(|error| refused(error.to_string()))?;
    match is_filtered() {
        Ok(true) => Ok(()),
        Ok(false) => Err(refused("the filter is set and does not answer".to_owned())),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// Makes all that is written to the files of a folder from now on reach the disk
/// before the writing returns, if flushes of this process are durable; see `S` and
/// `D` in chattr(1). It takes a file system whose files take that over from their
/// folder, as ext4's do.
pub(in crate::store) fn make_synchronous(dir: &Path) -> io::Result<()> {
    if !is_filtered()? {
        return Ok(());
    }
    let folder = File::open(dir)?;
    let flags = ioctl_getflags(&folder)?;
    let wanted = flags | IFlags::SYNC | IFlags::DIRSYNC;
    if flags != wanted {
        ioctl_setflags(&folder, wanted)?;
    }
    Ok(())
}

/// Makes the seccomp filter: `sync_file_range` answers ENOSYS, all else is allowed.
fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let rules = [(libc::SYS_sync_file_range, Vec::new())];
    let enosys = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    SeccompFilter::new(rules.into(), SeccompAction::Allow, enosys, arch)?.try_into()
}

/// Whether `sync_file_range` answers ENOSYS.
#[expect(
    unsafe_code,
    reason = "no crate wraps this call; it takes an open file and three numbers, and no memory of ours"
)]
fn is_filtered() -> io::Result<bool> {
    let file = File::open("/dev/null")?;
    // SAFETY: the descriptor is open until the end of this function.
    let answer = unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, 0) };
    let error = io::Error::last_os_error();
    Ok(answer != 0 && error.raw_os_error() == Some(libc::ENOSYS))
}
