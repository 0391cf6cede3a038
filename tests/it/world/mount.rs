//! Small disks that can be filled, and that can lose power. They take root and a
//! kernel that allows them; a test that has none says so and is skipped.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A file with an ext4 file system in it.
pub struct Image {
    folder: TempDir,
}

/// A file system that is unmounted when this goes out of scope.
pub struct Mounted {
    folder: TempDir,
}

impl Image {
    /// An image of `megabytes`; `None` where it cannot be mounted.
    pub fn make(megabytes: u32) -> Option<Image> {
        let image = Image {
            folder: tempfile::tempdir().unwrap(),
        };
        let file = File::create(image.path()).unwrap();
        file.set_len(u64::from(megabytes) << 20).unwrap();
        let made = run("mkfs.ext4", &["-q", "-F", &image.path().to_string_lossy()]);
        let mounted = made.and_then(|()| mount(&["-o", "loop"], &image.path().to_string_lossy()));
        match mounted {
            Ok(_) => Some(image),
            Err(why) => {
                println!("skipped: no loop device on this machine: {why}");
                None
            }
        }
    }

    #[track_caller]
    pub fn mount(&self) -> Mounted {
        mount(&["-o", "loop"], &self.path().to_string_lossy()).unwrap()
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("image")
    }
}

impl Mounted {
    /// A file system in memory of `megabytes`; `None` where there can be none.
    pub fn memory(megabytes: u32) -> Option<Mounted> {
        let size = format!("size={megabytes}m");
        match mount(&["-t", "tmpfs", "-o", &size], "none") {
            Ok(mounted) => Some(mounted),
            Err(why) => {
                println!("skipped: this user may not mount: {why}");
                None
            }
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Nothing that has not reached the disk will; nothing can be written.
    #[track_caller]
    pub fn cut_power(&self) {
        // `EXT4_IOC_SHUTDOWN`, `_IOR('X', 125, __u32)`
        const SHUTDOWN: libc::c_ulong = 0x8004_587d;
        // `EXT4_GOING_FLAGS_NOLOGFLUSH`
        let how: u32 = 2;
        let root = File::open(self.path()).unwrap();
        // SAFETY: the descriptor is open, and the kernel reads one number.
        #[allow(unsafe_code)]
        let done = unsafe { libc::ioctl(root.as_raw_fd(), SHUTDOWN as _, &raw const how) };
        assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
    }

    /// Mounts it anew, with other options: `ro`, `size=80m`.
    #[track_caller]
    pub fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        run("mount", &["-o", &options, &self.path().to_string_lossy()]).unwrap();
    }

    /// Fills it up.
    pub fn fill(&self) {
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(self.path().join("ballast"))
            .unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            while std::io::Write::write(&mut file, &vec![0; size]).is_ok_and(|n| n > 0) {}
        }
    }

    /// Takes all inodes that are left.
    pub fn take_inodes(&self) {
        let folder = self.path().join("inodes");
        std::fs::create_dir(&folder).unwrap();
        for n in 0_u32.. {
            if File::create(folder.join(n.to_string())).is_err() {
                break;
            }
        }
    }

    /// Gives them back.
    pub fn give_inodes(&self) {
        std::fs::remove_dir_all(self.path().join("inodes")).unwrap();
    }

    /// Gives back what was filled up.
    pub fn empty(&self) {
        std::fs::remove_file(self.path().join("ballast")).unwrap();
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let path = self.path().to_string_lossy().into_owned();
        if run("umount", &[&path]).is_err() {
            let _ = run("umount", &["-l", &path]);
        }
    }
}

fn mount(options: &[&str], what: &str) -> Result<Mounted, String> {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().to_string_lossy().into_owned();
    let arguments = [options, &[what, &at]].concat();
    run("mount", &arguments)?;
    Ok(Mounted { folder })
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}
