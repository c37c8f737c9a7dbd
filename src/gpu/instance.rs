//! Access to the drivers, without a display.

/// The single instance of the process: not all drivers can be loaded and unloaded by several threads at a time.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn instance() -> wgpu::Instance {
    static INSTANCE: std::sync::LazyLock<wgpu::Instance> = std::sync::LazyLock::new(|| {
        let descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
        #[cfg(all(unix, not(target_vendor = "apple")))]
        if let Some(instance) = displayless(&descriptor) {
            return instance;
        }
        wgpu::Instance::new(descriptor)
    });
    INSTANCE.clone()
}

#[cfg(target_arch = "wasm32")]
pub(super) fn instance() -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env())
}

/// A Vulkan instance without the extensions that draw into windows. wgpu requests all available ones, and Mesa then looks
/// for a compositor and prints an error if there is none. `None` if Vulkan is not requested or not available.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn displayless(descriptor: &wgpu::InstanceDescriptor) -> Option<wgpu::Instance> {
    use wgpu::hal;

    if !descriptor.backends.contains(wgpu::Backends::VULKAN) {
        return None;
    }
    let descriptor = hal::InstanceDescriptor {
        name: "emascope",
        flags: descriptor.flags,
        memory_budget_thresholds: descriptor.memory_budget_thresholds,
        backend_options: descriptor.backend_options.clone(),
        telemetry: None,
        display: None,
    };
    let without_windows: Box<hal::vulkan::CreateInstanceCallback> = Box::new(|arguments| {
        arguments.extensions.retain(|name| !WINDOWS.contains(name));
    });
    // SAFETY: wgpu-hal forbids removing extensions because it may rely on them. It does not rely on these, which many
    // drivers lack: it checks for each by name before it creates a surface of its kind, and we never create one. The
    // instance is complete and passed on at once.
    #[allow(unsafe_code, reason = "no safe function leaves an extension out")]
    unsafe {
        let instance = hal::vulkan::Instance::init_with_callback(&descriptor, Some(without_windows)).ok()?;
        Some(wgpu::Instance::from_hal::<hal::api::Vulkan>(instance))
    }
}

/// Extensions that connect to a display server.
#[cfg(all(unix, not(target_vendor = "apple")))]
const WINDOWS: [&std::ffi::CStr; 3] =
    [c"VK_KHR_wayland_surface", c"VK_KHR_xcb_surface", c"VK_KHR_xlib_surface"];
