//! A Vulkan adapter for the native tests: a graphics card's, or else Mesa's lavapipe, which computes on the processor.
//! Only Linux needs one: macOS has Metal and Windows has Direct3D 12, software adapter included.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use super::Preparation;

const PACKAGES: [&str; 2] = ["mesa-vulkan-drivers", "libvulkan1"];

/// Manifests of drivers that compute on the CPU, by the start of their names.
const SOFTWARE: [&str; 2] = ["lvp_icd", "vk_swiftshader_icd"];

/// Files that exist where the kernel sees a graphics card: Linux's own interface, NVIDIA's, Windows' below WSL.
const DEVICES: [&str; 3] = ["dev/dri", "dev/nvidiactl", "dev/dxg"];

impl Preparation {
    /// Returns a line that names the driver.
    pub fn vulkan(&self) -> Result<String> {
        if !cfg!(target_os = "linux") {
            return Ok("GPU: the system's own".to_owned());
        }
        let look = || find_driver(Path::new("/"), &|name| env::var_os(name));
        if look().is_none() {
            self.packages("Vulkan adapter", &PACKAGES)?;
        }
        let driver = look();
        ensure!(
            driver.is_some(),
            "Vulkan adapter: still missing after installing {}",
            PACKAGES.join(" and ")
        );
        Ok(format!("Vulkan: {}", driver.unwrap_or_default()))
    }
}

type Variables<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Describes the driver that the Vulkan loader would find, if there is one for this machine's hardware or for none.
fn find_driver(root: &Path, variable: Variables) -> Option<String> {
    if !has_loader(root, variable) {
        return None;
    }
    // A list in the environment replaces the folders; the user who sets it knows the machine.
    if let Some(list) = variable("VK_DRIVER_FILES").or_else(|| variable("VK_ICD_FILENAMES")) {
        return env::split_paths(&list).find(|file| is_manifest(file)).map(|file| file.display().to_string());
    }
    let manifests = manifests(root, variable);
    let is_software = |file: &&PathBuf| SOFTWARE.iter().any(|start| stem(file).starts_with(start));
    let hardware = DEVICES.iter().any(|device| root.join(device).exists());
    if let Some(card) = manifests.iter().find(|file| hardware && !is_software(file)) {
        return Some(format!("graphics card ({})", card.display()));
    }
    manifests.iter().find(is_software).map(|file| format!("software adapter ({})", file.display()))
}

fn has_loader(root: &Path, variable: Variables) -> bool {
    let extra = variable("LD_LIBRARY_PATH").unwrap_or_default();
    let usual = ["usr/lib", "usr/lib64", "usr/local/lib", "lib", "lib64"].map(|folder| root.join(folder));
    let multiarch = |folder: &PathBuf| folder.join(format!("{}-linux-gnu", env::consts::ARCH));
    let folders = usual.iter().cloned().chain(usual.iter().map(multiarch)).chain(env::split_paths(&extra));
    folders.map(|folder| folder.join("libvulkan.so.1")).any(|file| file.exists())
}

/// The driver manifests for this machine's architecture, in the folders that the loader searches.
fn manifests(root: &Path, variable: Variables) -> BTreeSet<PathBuf> {
    let home = variable("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let extra = variable("XDG_DATA_DIRS").unwrap_or_default();
    let usual = ["etc", "usr/local/etc", "usr/share", "usr/local/share"].map(|folder| root.join(folder));
    let folders = usual.into_iter().chain(home).chain(env::split_paths(&extra));
    let entries =
        folders.filter_map(|folder| fs::read_dir(folder.join("vulkan/icd.d")).ok()).flatten().flatten();
    entries.map(|entry| entry.path()).filter(|file| is_for_this_machine(file) && is_manifest(file)).collect()
}

/// `lvp_icd.x86_64.json` names its architecture, `nvidia_icd.json` does not.
fn is_for_this_machine(file: &Path) -> bool {
    Path::new(&stem(file))
        .extension()
        .is_none_or(|part| part.to_string_lossy().starts_with(env::consts::ARCH))
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Whether the file is a driver manifest whose library, where it is given as a path, exists.
fn is_manifest(file: &Path) -> bool {
    let json: Option<serde_json::Value> =
        fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(library) = json.as_ref().and_then(|json| json["ICD"]["library_path"].as_str()) else {
        return false;
    };
    let library = Path::new(library);
    // A bare name is looked up by the dynamic linker, a path is relative to the manifest.
    library.components().count() == 1 || file.parent().is_some_and(|folder| folder.join(library).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A root folder that holds `files`; those of name `*.json` are manifests of a library found by name.
    fn root_with(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, r#"{"ICD": {"library_path": "libvulkan_some.so", "api_version": "1.3"}}"#)
                .unwrap();
        }
        root
    }

    fn found(files: &[&str]) -> Option<String> {
        find_driver(root_with(files).path(), &|_| None)
    }

    const LOADER: &str = "usr/lib/libvulkan.so.1";

    #[test]
    fn a_driver_without_the_loader_is_of_no_use() {
        assert_eq!(found(&["usr/share/vulkan/icd.d/lvp_icd.json"]), None);
        assert_eq!(found(&[LOADER]), None);
    }

    #[test]
    fn lavapipe_needs_no_hardware() {
        let name = format!("usr/share/vulkan/icd.d/lvp_icd.{}.json", env::consts::ARCH);
        assert!(found(&[LOADER, &name]).unwrap().starts_with("software adapter"));
        assert_eq!(found(&[LOADER, "usr/share/vulkan/icd.d/lvp_icd.other.json"]), None);
    }

    #[test]
    fn a_cards_driver_counts_only_where_there_is_a_card() {
        let nvidia = "etc/vulkan/icd.d/nvidia_icd.json";
        assert_eq!(found(&[LOADER, nvidia]), None);
        assert!(found(&[LOADER, nvidia, "dev/nvidiactl"]).unwrap().starts_with("graphics card"));
        let both = [LOADER, nvidia, "usr/share/vulkan/icd.d/lvp_icd.json"];
        assert!(found(&both).unwrap().starts_with("software adapter"));
    }

    #[test]
    fn the_environment_replaces_the_folders() {
        let root =
            root_with(&[LOADER, "usr/share/vulkan/icd.d/lvp_icd.json", "elsewhere/my.json", "broken.json"]);
        fs::write(root.path().join("broken.json"), "{}").unwrap();
        let set_to = |file: &str| {
            let value = root.path().join(file).into_os_string();
            find_driver(root.path(), &|name| (name == "VK_DRIVER_FILES").then(|| value.clone()))
        };
        assert!(set_to("elsewhere/my.json").unwrap().ends_with("my.json"));
        assert_eq!(set_to("broken.json"), None);
        assert_eq!(set_to("absent.json"), None);
    }

    #[test]
    fn a_manifest_points_at_a_library_that_exists() {
        let root = root_with(&["driver.json"]);
        let file = root.path().join("driver.json");
        assert!(is_manifest(&file));
        fs::write(&file, r#"{"ICD": {"library_path": "./driver.so"}}"#).unwrap();
        assert!(!is_manifest(&file));
        fs::write(root.path().join("driver.so"), "").unwrap();
        assert!(is_manifest(&file));
    }
}
