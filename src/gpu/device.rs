use std::{
    cell::RefCell,
    collections::HashMap,
    rc::Rc,
    sync::{Arc, Mutex},
};

#[cfg(target_arch = "wasm32")]
use super::instance::instance;
use super::{Loads, pipeline::PipelineKey};
use crate::plan::{Counters, Counting};

/// Errors of the graphics adapter.
#[derive(Debug, Clone, thiserror::Error)]
pub enum GpuError {
    /// The browser has no `navigator.gpu`.
    #[error(
        "this browser has no WebGPU; use a current Chrome, Edge, Safari or Firefox, or enable WebGPU in its settings"
    )]
    NoWebGpu,
    /// No adapter answered.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        error(
            "no graphics adapter was found; on Debian or Ubuntu `apt install mesa-vulkan-drivers libvulkan1` installs a \
             software one ({0})"
        )
    )]
    #[cfg_attr(
        target_arch = "wasm32",
        error(
            "this browser found no graphics adapter for WebGPU; turn on hardware acceleration in its settings, update the \
             graphics driver, or try another browser ({0})"
        )
    )]
    NoAdapter(String),
    /// The adapter refused to open a device.
    #[error("the adapter {adapter} opened no device: {reason}")]
    NoDevice {
        /// Name of the adapter.
        adapter: String,
        /// Its message.
        reason: String,
    },
    /// Several adapters refused.
    #[cfg(not(target_arch = "wasm32"))]
    #[error("no adapter opened a device:{0}")]
    NoDeviceOfAny(String),
    /// No adapter has the requested name or number.
    #[cfg(not(target_arch = "wasm32"))]
    #[error("no graphics adapter fits {wanted}; there are:{there}")]
    NoSuchAdapter {
        /// The request, and where it came from.
        wanted: String,
        /// The adapters, one per line.
        there: String,
    },
    /// A buffer exceeds what the adapter allows.
    #[error(
        "{what} takes {bytes} bytes, but the adapter's {limit} is {allowed}; choose a smaller batch, network or data set"
    )]
    Limit {
        /// The buffer.
        what: String,
        /// Its size.
        bytes: u64,
        /// Name of the limit.
        limit: &'static str,
        /// The limit's value in bytes.
        allowed: u64,
    },
    /// The adapter ran out of memory.
    #[error(
        "the adapter has too little memory for {what} ({bytes} bytes); choose a smaller batch or network: {reason}"
    )]
    OutOfMemory {
        /// The buffer being allocated.
        what: String,
        /// Bytes in total.
        bytes: u64,
        /// The adapter's message.
        reason: String,
    },
    /// The device was lost: driver reset, sleep, another program.
    #[error("the graphics device was lost ({0}); start again, from the last checkpoint if there is one")]
    Lost(String),
    /// The adapter did not answer within [`Gpu::PATIENCE`].
    #[error("the graphics adapter did not answer within {} seconds", Gpu::PATIENCE.as_secs())]
    Timeout,
    /// A read-back could not be mapped.
    #[error("a result could not be read back from the graphics adapter: {0}")]
    Readback(String),
}

/// The `backend` of an [`AdapterReport`] that stands for the processor.
pub const PROCESSOR: &str = "processor";

/// Name and kind of the adapter that does the work.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(target_arch = "wasm32", derive(tsify::Tsify), tsify(missing_as_null, hashmap_as_object))]
pub struct AdapterReport {
    /// The adapter's name, as the driver gives it.
    pub name: String,
    /// The interface through which it is reached, such as `vulkan` or `webgpu`.
    pub backend: String,
    /// Whether it is a software adapter, which computes on the processor.
    pub software: bool,
}

impl AdapterReport {
    /// Whether the two give the same bits: of a processor, the number of threads does not matter.
    pub fn computes_like(&self, other: &Self) -> bool {
        let instructions = |report: &Self| match report.name.split_once(", ") {
            Some((instructions, _)) if report.backend == PROCESSOR => instructions.to_owned(),
            _ => report.name.clone(),
        };
        self.backend == other.backend && instructions(self) == instructions(other)
    }
}

impl std::fmt::Display for AdapterReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}{})", self.name, self.backend, if self.software { ", software" } else { "" })
    }
}

/// An open device with its queue, its limits and the pipelines compiled so far. Clones share all of them.
#[derive(Clone)]
pub struct Gpu {
    pub(crate) device: wgpu::Device,
    pub(crate) queue: wgpu::Queue,
    pub(super) pipelines: Rc<RefCell<HashMap<PipelineKey, wgpu::ComputePipeline>>>,
    pub(super) layouts: Rc<RefCell<HashMap<Vec<wgpu::BindingType>, wgpu::PipelineLayout>>>,
    pub(super) counting: Rc<Counting>,
    pub(super) loads: Loads,
    /// A sampler that returns the nearest texel.
    pub(super) sampler: wgpu::Sampler,
    adapter: AdapterReport,
    lost: Arc<Mutex<Option<String>>>,
}

impl Gpu {
    /// Longest time that a native wait for the adapter may take.
    pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(300);

    /// Opens the adapter that the browser offers, with all its limits.
    ///
    /// # Errors
    /// [`GpuError::NoWebGpu`], [`GpuError::NoAdapter`] or [`GpuError::NoDevice`].
    #[cfg(target_arch = "wasm32")]
    pub async fn open() -> Result<Self, GpuError> {
        if !browser_has_webgpu() {
            return Err(GpuError::NoWebGpu);
        }
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = instance().request_adapter(&options).await;
        Self::of(adapter.map_err(|error| GpuError::NoAdapter(error.to_string()))?).await
    }

    /// Opens a device of the adapter, with all its limits.
    pub(super) async fn of(adapter: wgpu::Adapter) -> Result<Self, GpuError> {
        let info = adapter.get_info();
        let software = info.device_type == wgpu::DeviceType::Cpu;
        let name = match (info.name.as_str(), software) {
            ("", true) => "software adapter of the browser".to_owned(),
            ("", false) => "graphics adapter of the browser".to_owned(),
            (name, _) => name.to_owned(),
        };
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("emascope"),
                required_features: adapter.features() & wgpu::Features::TIMESTAMP_QUERY,
                required_limits: adapter.limits(),
                ..Default::default()
            })
            .await
            .map_err(|error| GpuError::NoDevice { adapter: name.clone(), reason: error.to_string() })?;
        let lost = Arc::new(Mutex::new(None));
        let report = Arc::clone(&lost);
        device.set_device_lost_callback(move |reason, message| {
            let text = if message.is_empty() { format!("{reason:?}") } else { message };
            report.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(text);
        });
        let backend = match info.backend {
            wgpu::Backend::BrowserWebGpu => "webgpu".to_owned(),
            other => other.to_string(),
        };
        Ok(Self {
            loads: Loads::HERE,
            sampler: device.create_sampler(&wgpu::SamplerDescriptor::default()),
            device,
            queue,
            pipelines: Rc::default(),
            layouts: Rc::default(),
            counting: Rc::default(),
            adapter: AdapterReport { name, backend, software },
            lost,
        })
    }

    /// The same device with separate pipelines that read textures in the given way, which changes no bit of the results.
    pub fn with_loads(self, loads: Loads) -> Self {
        Self { loads, pipelines: Rc::default(), ..self }
    }

    /// The same device treated as a graphics card, so that the kernels for graphics cards can be tested without one.
    pub fn as_graphics_card(mut self) -> Self {
        self.adapter.software = false;
        self
    }

    /// Name and kind of the adapter.
    pub fn adapter(&self) -> &AdapterReport {
        &self.adapter
    }

    /// The current counters; the difference of two is the work requested in between.
    pub fn counters(&self) -> Counters {
        self.counting.get()
    }

    /// Most bytes that one binding can have.
    pub fn largest_binding(&self) -> u64 {
        let limits = self.device.limits();
        limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)
    }

    /// Bytes of workgroup memory.
    pub fn workgroup_memory(&self) -> usize {
        self.device.limits().max_compute_workgroup_storage_size as usize
    }

    /// Fails once the device has been lost.
    ///
    /// # Errors
    /// [`GpuError::Lost`].
    pub fn check(&self) -> Result<(), GpuError> {
        match &*self.lost.lock().unwrap_or_else(std::sync::PoisonError::into_inner) {
            Some(reason) => Err(GpuError::Lost(reason.clone())),
            None => Ok(()),
        }
    }

    /// Runs the callbacks of finished work; with `wait`, blocks until `submission` (or all work) has finished. In a
    /// browser, neither is needed.
    pub(crate) fn poll(&self, wait: bool, submission: Option<wgpu::SubmissionIndex>) -> Result<(), GpuError> {
        let kind = if wait {
            wgpu::PollType::Wait { submission_index: submission, timeout: Some(Self::PATIENCE) }
        } else {
            wgpu::PollType::Poll
        };
        self.device.poll(kind).map_err(|_| GpuError::Timeout)?;
        self.check()
    }

    /// Resolves when all work submitted so far has finished.
    ///
    /// # Errors
    /// [`GpuError::Timeout`] or [`GpuError::Lost`].
    pub fn finished(&self) -> impl Future<Output = Result<(), GpuError>> + 'static {
        let (sender, receiver) = futures_channel::oneshot::channel();
        self.queue.on_submitted_work_done(move || {
            // The receiver may have been dropped, which is not an error.
            let _ = sender.send(());
        });
        let gpu = self.clone();
        async move {
            if cfg!(not(target_arch = "wasm32")) {
                gpu.poll(true, None)?;
            }
            receiver.await.map_err(|_| GpuError::Timeout)?;
            gpu.check()
        }
    }

    /// Destroys the device at once, like a driver reset; used to test recovery.
    pub fn destroy(&self) {
        self.device.destroy();
        // The device's own report comes later.
        self.lost
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .get_or_insert_with(|| "Destroyed".to_owned());
    }
}

/// Whether `navigator.gpu` exists. wgpu's own check also requests an adapter, and a browser without one is a different
/// error with a different remedy.
#[cfg(target_arch = "wasm32")]
fn browser_has_webgpu() -> bool {
    let get = |object: &wasm_bindgen::JsValue, key: &str| js_sys::Reflect::get(object, &key.into());
    get(&js_sys::global(), "navigator")
        .and_then(|navigator| get(&navigator, "gpu"))
        .is_ok_and(|gpu| gpu.is_object())
}
