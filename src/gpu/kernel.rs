use super::Gpu;
use crate::plan::Access;

/// A compute shader: one entry point of the same name as its file.
#[derive(Debug)]
pub struct Kernel {
    /// Stem of the file, entry point and label.
    pub name: &'static str,
    /// WGSL text.
    pub source: &'static str,
}

/// The kernel in `shaders/<name>.wgsl`.
#[macro_export]
macro_rules! kernel {
    ($name:literal) => {
        $crate::gpu::Kernel {
            name: $name,
            source: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $name, ".wgsl")),
        }
    };
}

/// What makes two pipelines the same: the kernel, its constants (bit patterns) and how it binds; a kernel always has a
/// uniform buffer or never.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PipelineKey {
    kernel: &'static str,
    constants: Vec<(&'static str, u64)>,
    accesses: Vec<Access>,
}

impl Gpu {
    /// The compiled pipeline of a kernel with these constants; compiled at the first call.
    pub(super) fn pipeline(
        &self,
        kernel: &'static Kernel,
        constants: &[(&'static str, f64)],
        accesses: &[Access],
        uniform: bool,
    ) -> wgpu::ComputePipeline {
        let key = PipelineKey {
            kernel: kernel.name,
            constants: constants.iter().map(|&(name, value)| (name, value.to_bits())).collect(),
            accesses: accesses.to_vec(),
        };
        self.pipelines
            .borrow_mut()
            .entry(key)
            .or_insert_with(|| {
                self.counting.count(|counters| counters.pipelines += 1);
                let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
                    label: Some(kernel.name),
                    source: wgpu::ShaderSource::Wgsl(kernel.source.into()),
                });
                let storage = accesses
                    .iter()
                    .map(|access| wgpu::BufferBindingType::Storage { read_only: *access == Access::Read });
                let entries: Vec<_> = (0..)
                    .zip(storage.chain(uniform.then_some(wgpu::BufferBindingType::Uniform)))
                    .map(|(binding, ty)| wgpu::BindGroupLayoutEntry {
                        binding,
                        visibility: wgpu::ShaderStages::COMPUTE,
                        ty: wgpu::BindingType::Buffer {
                            ty,
                            has_dynamic_offset: false,
                            min_binding_size: None,
                        },
                        count: None,
                    })
                    .collect();
                let bindings = self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                    label: Some(kernel.name),
                    entries: &entries,
                });
                let layout = self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                    label: Some(kernel.name),
                    bind_group_layouts: &[Some(&bindings)],
                    immediate_size: 0,
                });
                self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                    label: Some(kernel.name),
                    layout: Some(&layout),
                    module: &module,
                    entry_point: Some(kernel.name),
                    compilation_options: wgpu::PipelineCompilationOptions { constants, ..Default::default() },
                    cache: None,
                })
            })
            .clone()
    }
}
