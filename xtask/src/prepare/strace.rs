//! strace, with which the tests make single system calls fail. It exists only for Linux.

use anyhow::Result;

use super::Preparation;
use crate::process;

impl Preparation {
    /// Finds or installs it.
    pub fn strace(&self) -> Result<String> {
        if cfg!(not(target_os = "linux")) {
            return Ok(
                "strace: not available on this system; saving to failing disks is not tested".to_owned()
            );
        }
        if process::find_program(&["strace"]).is_none() {
            self.packages("strace", &["strace"])?;
        }
        Ok("strace: there".to_owned())
    }
}
