use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where lines are written.
pub(super) trait Target: Send {
    /// Writes some of the bytes and says how many.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Opens it again, since it may have been moved away. What was open stays so when that fails.
    fn reopen(&mut self) -> io::Result<()>;

    /// How operators know it.
    fn name(&self) -> &Path;
}

/// The file at the path; `-` is the standard output.
pub(super) fn open(path: PathBuf) -> io::Result<Box<dyn Target>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(StandardOutput));
    }
    let file = append(&path)?;
    Ok(Box::new(LogFile { path, file }))
}

#[derive(Debug)]
struct StandardOutput;

impl Target for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()?;
        Ok(bytes.len())
    }

    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn name(&self) -> &Path {
        Path::new("-")
    }
}

#[derive(Debug)]
struct LogFile {
    path: PathBuf,
    file: File,
}

impl Target for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.file = append(&self.path)?;
        Ok(())
    }

    fn name(&self) -> &Path {
        &self.path
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}
