//! Bodies as files in memory, from which the system sends without copying them
//! (memfd_create(2), sendfile(2)).

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io;

/// Size from which on a body is worth a file, in bytes: a smaller one is copied sooner than a second
/// system call returns.
pub(in crate::serve) const MIN_BYTES: usize = 16 << 10;

/// Upper limit of the bytes of all files.
const MAX_ALL_BYTES: usize = 16 << 20;

/// Upper limit of files.
const MAX_FILES: usize = 128;

/// Room for such files.
#[derive(Debug, Default)]
pub(in crate::serve) struct BodyFiles {
    files: AtomicUsize,
    bytes: AtomicUsize,
}

/// File in memory that holds a body.
#[derive(Debug)]
pub(in crate::serve) struct BodyFile {
    file: OwnedFd,
    length: usize,
    room: Arc<BodyFiles>,
}

impl BodyFiles {
    /// Writes a body to a file; `None` for a small one, where there is no room, or if the system gives no
    /// such files.
    pub(in crate::serve) fn keep(room: &Arc<BodyFiles>, body: &[u8]) -> Option<BodyFile> {
        if body.len() < MIN_BYTES || !room.take(body.len()) {
            return None;
        }
        let Ok(file) = memfd_create("gazetted-body", MemfdFlags::CLOEXEC) else {
            room.give_back(body.len());
            return None;
        };
        // Gives the room back, too, if the file cannot be written.
        let file = BodyFile {
            file,
            length: body.len(),
            room: Arc::clone(room),
        };
        let mut left = body;
        while !left.is_empty() {
            left = match io::write(&file.file, left) {
                Ok(0) | Err(_) => return None,
                Ok(n) => &left[n..],
            };
        }
        Some(file)
    }

    fn take(&self, n_bytes: usize) -> bool {
        let files = self.files.fetch_add(1, Ordering::Relaxed);
        let bytes = self.bytes.fetch_add(n_bytes, Ordering::Relaxed);
        let is_there = files < MAX_FILES && bytes + n_bytes <= MAX_ALL_BYTES;
        if !is_there {
            self.give_back(n_bytes);
        }
        is_there
    }

    fn give_back(&self, n_bytes: usize) {
        self.files.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(n_bytes, Ordering::Relaxed);
    }
}

impl BodyFile {
    /// Returns the length of the body, in bytes.
    pub(in crate::serve) fn len(&self) -> usize {
        self.length
    }
}

impl AsFd for BodyFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Drop for BodyFile {
    fn drop(&mut self) {
        self.room.give_back(self.length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_many_bytes_and_it_is_given_back() {
        let room = Arc::new(BodyFiles::default());
        assert!(BodyFiles::keep(&room, &[0; MIN_BYTES - 1]).is_none());
        let body = vec![7; MAX_ALL_BYTES / 4];
        let kept: Vec<BodyFile> = (0..4)
            .map(|_| BodyFiles::keep(&room, &body).unwrap())
            .collect();
        assert!(BodyFiles::keep(&room, &[0; MIN_BYTES]).is_none());
        let mut read = vec![0; body.len()];
        let n_read = io::pread(&kept[0], &mut read, 0).unwrap();
        assert!(n_read == body.len() && read == body && kept[0].len() == body.len());
        drop(kept);
        assert_eq!(room.bytes.load(Ordering::Relaxed), 0);
        let many: Vec<_> = (0..=MAX_FILES)
            .map(|_| BodyFiles::keep(&room, &[0; MIN_BYTES]))
            .collect();
        assert_eq!(many.iter().flatten().count(), MAX_FILES);
    }
}
