//! The choice of a native adapter: the one requested by name, else the fastest that opens a device.
//!
//! | environment variable | meaning | default |
//! | --- | --- | --- |
//! | `WGPU_ADAPTER_NAME` | a part of the name of the adapter to take | the fastest |
//! | `WGPU_BACKEND` | interfaces through which to look for adapters, such as `vulkan` or `dx12` | all that the system has |
//! | `WGPU_POWER_PREF` | `low` prefers an integrated adapter to a discrete one | `high` |

use std::fmt;

use super::{Gpu, GpuError, instance::instance};

/// Kind of an adapter, in order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdapterKind {
    /// A graphics card with memory of its own.
    Discrete,
    /// Part of the processor, whose memory it shares.
    Integrated,
    /// A graphics card seen from a virtual machine.
    Virtual,
    /// Not reported by the driver.
    Other,
    /// The processor: a software adapter.
    Software,
}

impl AdapterKind {
    fn of(kind: wgpu::DeviceType) -> Self {
        match kind {
            wgpu::DeviceType::DiscreteGpu => Self::Discrete,
            wgpu::DeviceType::IntegratedGpu => Self::Integrated,
            wgpu::DeviceType::VirtualGpu => Self::Virtual,
            wgpu::DeviceType::Other => Self::Other,
            wgpu::DeviceType::Cpu => Self::Software,
        }
    }

    /// Adapters with a smaller rank are tried first.
    fn rank(self, low_power: bool) -> u8 {
        if low_power && self == Self::Integrated { 0 } else { self as u8 + 1 }
    }
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discrete => "discrete",
            Self::Integrated => "integrated",
            Self::Virtual => "virtual",
            Self::Other => "other",
            Self::Software => "software",
        })
    }
}

/// A row of the list of adapters.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ListedAdapter {
    /// Its number in the list, from 0.
    pub number: usize,
    /// Its name, as the driver gives it.
    pub name: String,
    /// The interface through which it is reached, such as `vulkan`.
    pub backend: String,
    /// Its kind.
    pub kind: AdapterKind,
    /// The driver with its version.
    pub driver: String,
    /// Whether it is chosen if none is named.
    pub default: bool,
}

impl fmt::Display for ListedAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({}, {})", self.number, self.name, self.backend, self.kind)
    }
}

/// A request for an adapter, by a part of its name or its number in the list, and where it came from.
#[derive(Clone, Copy, Debug)]
struct Wish<'a> {
    source: &'static str,
    text: &'a str,
}

/// All adapters, in the drivers' order.
///
/// # Errors
/// [`GpuError::NoAdapter`].
pub async fn adapters() -> Result<Vec<ListedAdapter>, GpuError> {
    let mut listed: Vec<_> = found().await?.into_iter().map(|(_, listed)| listed).collect();
    let named = named_by_environment();
    // A name that matches none is an error only if an adapter is needed; here the list just has no default.
    let first = to_try(&listed, wish(None, named.as_deref()), low_power()).ok();
    if let Some(number) = first.and_then(|numbers| numbers.first().copied()) {
        listed[number].default = true;
    }
    Ok(listed)
}

impl Gpu {
    /// Opens the adapter that `WGPU_ADAPTER_NAME` names, else the fastest that opens a device, with all its limits.
    ///
    /// # Errors
    /// See [`Gpu::open_adapter`].
    pub async fn open() -> Result<Self, GpuError> {
        Self::open_adapter(None, &mut |line| log::warn!("{line}")).await
    }

    /// Like [`Gpu::open`], but opens the adapter whose name contains `wanted`, in upper or lower case, or whose number in
    /// the list of [`adapters`] it is. `note` is called for adapters that had to be skipped.
    ///
    /// # Errors
    /// [`GpuError::NoAdapter`]; [`GpuError::NoSuchAdapter`] if none has that name; [`GpuError::NoDevice`] or
    /// [`GpuError::NoDeviceOfAny`] if none opens.
    pub async fn open_adapter(wanted: Option<&str>, note: &mut dyn FnMut(&str)) -> Result<Self, GpuError> {
        let (adapters, listed): (Vec<_>, Vec<_>) = found().await?.into_iter().unzip();
        let named = named_by_environment();
        let numbers = to_try(&listed, wish(wanted, named.as_deref()), low_power())?;
        let open = async |number: usize| Self::of(adapters[number].clone()).await;
        first_that_opens(&numbers, &listed, open, note).await
    }
}

/// The adapters with their rows in the list.
async fn found() -> Result<Vec<(wgpu::Adapter, ListedAdapter)>, GpuError> {
    let adapters = instance().enumerate_adapters(wgpu::Backends::all()).await;
    if adapters.is_empty() {
        let reason = match std::env::var_os("WGPU_BACKEND") {
            Some(backends) => format!("WGPU_BACKEND allows only {}", backends.to_string_lossy()),
            None => "no driver offers one".to_owned(),
        };
        return Err(GpuError::NoAdapter(reason));
    }
    let row = |(number, adapter): (usize, wgpu::Adapter)| {
        let info = adapter.get_info();
        let listed = ListedAdapter {
            number,
            name: info.name,
            backend: info.backend.to_string(),
            kind: AdapterKind::of(info.device_type),
            driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
            default: false,
        };
        (adapter, listed)
    };
    Ok(adapters.into_iter().enumerate().map(row).collect())
}

fn named_by_environment() -> Option<String> {
    let name = std::env::var_os("WGPU_ADAPTER_NAME")?.to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

fn low_power() -> bool {
    wgpu::PowerPreference::from_env() == Some(wgpu::PowerPreference::LowPower)
}

/// A flag takes precedence over the environment.
fn wish<'a>(flag: Option<&'a str>, environment: Option<&'a str>) -> Option<Wish<'a>> {
    let wish = |source| move |text| Wish { source, text };
    flag.map(wish("--adapter")).or(environment.map(wish("WGPU_ADAPTER_NAME")))
}

/// The numbers of the adapters to try, the best first.
fn to_try(listed: &[ListedAdapter], wish: Option<Wish<'_>>, low_power: bool) -> Result<Vec<usize>, GpuError> {
    let number = wish.and_then(|wish| wish.text.parse::<usize>().ok()).filter(|&n| n < listed.len());
    let part = wish.map_or(String::new(), |wish| wish.text.to_lowercase());
    let fits = |adapter: &&ListedAdapter| match number {
        Some(number) => adapter.number == number,
        None => adapter.name.to_lowercase().contains(&part),
    };
    let mut fitting: Vec<_> = listed.iter().filter(fits).collect();
    fitting.sort_by_key(|adapter| adapter.kind.rank(low_power));
    match wish {
        Some(Wish { source, text }) if fitting.is_empty() => Err(GpuError::NoSuchAdapter {
            wanted: format!("{source} {text}"),
            there: listed.iter().map(|adapter| format!("\n  {adapter}")).collect(),
        }),
        _ => Ok(fitting.into_iter().map(|adapter| adapter.number).collect()),
    }
}

/// The result of `open` for the first of these adapters that it can open.
async fn first_that_opens<D>(
    numbers: &[usize],
    listed: &[ListedAdapter],
    open: impl AsyncFn(usize) -> Result<D, GpuError>,
    note: &mut dyn FnMut(&str),
) -> Result<D, GpuError> {
    let mut failures = Vec::new();
    for (place, &number) in numbers.iter().enumerate() {
        match open(number).await {
            Ok(device) => return Ok(device),
            Err(error) => {
                if let Some(&next) = numbers.get(place + 1) {
                    note(&format!("{error}; trying {}", listed[next]));
                }
                failures.push(error);
            }
        }
    }
    match <[GpuError; 1]>::try_from(failures) {
        Ok([only]) => Err(only),
        Err(all) => Err(GpuError::NoDeviceOfAny(all.iter().map(|error| format!("\n  {error}")).collect())),
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;

    fn list() -> Vec<ListedAdapter> {
        let rows = [
            ("llvmpipe (LLVM 15.0)", AdapterKind::Software),
            ("Intel Iris Xe", AdapterKind::Integrated),
            ("NVIDIA RTX 4070", AdapterKind::Discrete),
            ("NVIDIA RTX 3060", AdapterKind::Discrete),
            ("virtio", AdapterKind::Virtual),
        ];
        let row = |(number, (name, kind)): (usize, (&str, AdapterKind))| ListedAdapter {
            number,
            name: name.into(),
            backend: "vulkan".into(),
            kind,
            driver: String::new(),
            default: false,
        };
        rows.into_iter().enumerate().map(row).collect()
    }

    fn tried(flag: Option<&str>, environment: Option<&str>) -> Vec<usize> {
        to_try(&list(), wish(flag, environment), false).unwrap()
    }

    #[test]
    fn cards_come_before_the_processor() {
        assert_eq!(tried(None, None), [2, 3, 1, 4, 0]);
        assert_eq!(to_try(&list(), None, true).unwrap(), [1, 2, 3, 4, 0]);
    }

    #[test]
    fn an_adapter_is_named_by_a_part_of_its_name_or_its_number() {
        assert_eq!(tried(Some("LLVMpipe"), None), [0]);
        assert_eq!(tried(Some("nvidia"), None), [2, 3]);
        assert_eq!(tried(Some("3"), None), [3]);
        assert_eq!(tried(Some("3060"), None), [3], "a number past the list is a part of a name");
        assert_eq!(tried(None, Some("iris")), [1]);
        assert_eq!(tried(Some("virtio"), Some("iris")), [4], "the flag wins");
    }

    #[test]
    fn a_name_that_fits_none_is_an_error_that_lists_those_there_are() {
        for (flag, environment, named) in
            [(Some("radeon"), None, "--adapter radeon"), (None, Some("99"), "WGPU_ADAPTER_NAME 99")]
        {
            let said = to_try(&list(), wish(flag, environment), false).unwrap_err().to_string();
            assert!(said.contains(named), "{said}");
            assert!(said.contains("2: NVIDIA RTX 4070 (vulkan, discrete)"), "{said}");
            assert_eq!(said.lines().count(), 6, "{said}");
        }
    }

    /// Tries adapters 1 and 2, in this order, and opens the first that is not broken.
    fn opened(broken: &[usize]) -> (Result<usize, GpuError>, Vec<String>) {
        let open = async |number| match broken.contains(&number) {
            true => Err(GpuError::NoDevice { adapter: list()[number].name.clone(), reason: "no".into() }),
            false => Ok(number),
        };
        let mut notes = Vec::new();
        let result =
            block_on(first_that_opens(&[2, 1], &list(), open, &mut |line| notes.push(line.to_owned())));
        (result, notes)
    }

    #[test]
    fn the_next_adapter_is_tried_where_one_opens_no_device() {
        let (result, notes) = opened(&[]);
        assert_eq!((result.unwrap(), notes.len()), (2, 0));
        let (result, notes) = opened(&[2]);
        assert_eq!(result.unwrap(), 1);
        assert_eq!(
            notes,
            [
                "the adapter NVIDIA RTX 4070 opened no device: no; trying 1: Intel Iris Xe (vulkan, integrated)"
            ]
        );
        let (result, notes) = opened(&[1, 2]);
        let said = result.unwrap_err().to_string();
        assert!(
            said.contains("RTX 4070 opened no device") && said.contains("Iris Xe opened no device"),
            "{said}"
        );
        assert_eq!(notes.len(), 1);
    }
}
