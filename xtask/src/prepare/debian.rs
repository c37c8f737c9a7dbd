//! System packages, on Debian and its derivatives.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::Preparation;
use crate::process;

/// Whether, and how, this user may install packages with apt.
#[derive(Debug, PartialEq)]
enum Permission {
    Root,
    Sudo,
    /// A person has to do it; the reason why.
    No(&'static str),
}

/// The facts that [`Permission`] follows from.
struct System {
    os_release: String,
    apt: bool,
    user_id: String,
    sudo_without_password: bool,
}

impl System {
    fn here() -> Self {
        Self {
            os_release: fs::read_to_string("/etc/os-release").unwrap_or_default(),
            apt: process::find_program(&["apt-get"]).is_some(),
            user_id: process::output(Command::new("id").arg("-u")).unwrap_or_default(),
            sudo_without_password: process::output(Command::new("sudo").args(["-n", "true"])).is_ok(),
        }
    }

    fn permission(&self, no_install: bool) -> Permission {
        if no_install {
            Permission::No("--no-install was given")
        } else if !is_debian_family(&self.os_release) || !self.apt {
            Permission::No("this system is not based on Debian; install the equivalent packages")
        } else if self.user_id == "0" {
            Permission::Root
        } else if self.sudo_without_password {
            Permission::Sudo
        } else {
            Permission::No("this needs root, and sudo asks for a password")
        }
    }
}

fn is_debian_family(os_release: &str) -> bool {
    let values =
        os_release.lines().filter_map(|line| line.strip_prefix("ID=").or(line.strip_prefix("ID_LIKE=")));
    values.flat_map(|value| value.trim_matches('"').split_whitespace()).any(|id| id == "debian")
}

/// Whether this is Debian itself, whose `chromium` is a package and not a pointer to a snap.
pub fn is_debian() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| line == "ID=debian"))
}

/// Whether this user may install packages with apt.
pub fn may_install_packages() -> bool {
    !matches!(System::here().permission(false), Permission::No(_))
}

impl Preparation {
    /// Installs packages with apt, or fails with the command that would. `what` is the tool they bring.
    pub(super) fn packages(&self, what: &str, packages: &[&str]) -> Result<()> {
        let permission = System::here().permission(self.no_install);
        if let Permission::No(reason) = permission {
            bail!("{what}: missing; install with `sudo apt-get install {}` ({reason})", packages.join(" "));
        }
        process::say(format!("{what}: missing, installing {}", packages.join(", ")));
        if !has_package_lists(Path::new("/var/lib/apt/lists")) {
            process::run(&mut apt_get(&permission, &["update"]))?;
        }
        // `--no-remove`: no package of the user is removed for ours.
        let install = [&["install", "--yes", "--no-install-recommends", "--no-remove"], packages].concat();
        if process::run(&mut apt_get(&permission, &install)).is_err() {
            process::say("the package lists may be stale: updating them and trying once more");
            process::run(&mut apt_get(&permission, &["update"]))?;
            process::run(&mut apt_get(&permission, &install))?;
        }
        Ok(())
    }
}

fn apt_get(permission: &Permission, arguments: &[&str]) -> Command {
    // `env`, because sudo does not pass the variable on.
    let apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"];
    let words =
        [if *permission == Permission::Sudo { &["sudo", "-n"][..] } else { &[] }, &apt, arguments].concat();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

fn has_package_lists(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(os_release: &str, user_id: &str, sudo_without_password: bool) -> System {
        System { os_release: os_release.into(), apt: true, user_id: user_id.into(), sudo_without_password }
    }

    #[test]
    fn packages_are_installed_only_where_it_is_allowed() {
        let debian = "NAME=\"Debian GNU/Linux\"\nID=debian\n";
        let mint = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
        assert_eq!(system(debian, "0", false).permission(false), Permission::Root);
        assert_eq!(system(mint, "1000", true).permission(false), Permission::Sudo);
        assert!(matches!(system(debian, "1000", false).permission(false), Permission::No(_)));
        assert!(matches!(system(debian, "0", true).permission(true), Permission::No(_)));
        assert!(matches!(system("ID=fedora\n", "0", true).permission(false), Permission::No(_)));
        assert!(matches!(system("", "", false).permission(false), Permission::No(_)));
        let without_apt = System { apt: false, ..system(debian, "0", true) };
        assert!(matches!(without_apt.permission(false), Permission::No(_)));
    }

    #[test]
    fn sudo_never_asks_and_the_question_mode_is_off() {
        let line = process::line(&apt_get(&Permission::Sudo, &["update"]));
        assert_eq!(line, "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get --quiet update");
        assert!(process::line(&apt_get(&Permission::Root, &["update"])).starts_with("env DEBIAN_FRONTEND"));
    }

    #[test]
    fn missing_package_lists_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_package_lists(folder.path()));
        fs::write(folder.path().join("mirror_dists_stable_main_binary-amd64_Packages.lz4"), "").unwrap();
        assert!(has_package_lists(folder.path()));
    }
}
