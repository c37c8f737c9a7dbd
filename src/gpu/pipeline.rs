use super::{
    Gpu,
    software::{Loads, length_constant},
};
use crate::plan::{Access, Dispatch, Storage};

/// Identifies a pipeline: the kernel, its constants (bit patterns), the lengths of its textures and its bindings. A kernel
/// has a uniform buffer always or never.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PipelineKey {
    kernel: &'static str,
    constants: Vec<(&'static str, u64)>,
    lengths: Vec<(&'static str, u64)>,
    bound: Vec<(Storage, Access)>,
}

impl PipelineKey {
    pub fn new(dispatch: &Dispatch) -> Self {
        Self {
            kernel: dispatch.kernel.name,
            constants: dispatch.constants.iter().map(|&(name, value)| (name, value.to_bits())).collect(),
            lengths: dispatch.kernel.lengths(&textures(dispatch)),
            bound: bound(dispatch).collect(),
        }
    }
}

/// Everything that a pipeline is compiled from.
pub(super) struct Missing {
    key: PipelineKey,
    module: wgpu::ShaderModule,
    layout: wgpu::PipelineLayout,
    constants: Vec<(String, f64)>,
}

/// How a dispatch binds its ranges: as what, and for what.
fn bound(dispatch: &Dispatch) -> impl Iterator<Item = (Storage, Access)> {
    dispatch.bindings.iter().map(|(access, view)| (view.slot.storage(), *access))
}

/// Which bindings of a dispatch are textures, and their bytes.
fn textures(dispatch: &Dispatch) -> Vec<(usize, u64)> {
    let bindings = dispatch.bindings.iter().enumerate();
    let textures = bindings.filter(|(_, (_, view))| view.slot.storage() == Storage::Texels);
    textures.map(|(binding, (_, view))| (binding, view.bytes)).collect()
}

impl Gpu {
    /// The compiled pipeline of a dispatch; compiled at the first call.
    pub(super) fn pipeline(&self, dispatch: &Dispatch) -> wgpu::ComputePipeline {
        let key = PipelineKey::new(dispatch);
        let known = self.pipelines.borrow().get(&key).cloned();
        known.unwrap_or_else(|| self.compile_now(self.missing(dispatch, key)))
    }

    /// The inputs from which the pipeline of a dispatch is compiled.
    pub(super) fn missing(&self, dispatch: &Dispatch, key: PipelineKey) -> Missing {
        let source = dispatch.kernel.with_texels(self.loads, &textures(dispatch));
        let module = self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(dispatch.kernel.name),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        let uniform = (!dispatch.uniform.is_empty()).then(|| buffer_type(wgpu::BufferBindingType::Uniform));
        let sampler = self
            .wants_sampler(dispatch)
            .then_some(wgpu::BindingType::Sampler(wgpu::SamplerBindingType::NonFiltering));
        let bound = bound(dispatch).map(|(storage, access)| binding_type(self.loads, storage, access));
        let layout = self.layout(bound.chain(uniform).chain(sampler).collect());
        let constants = dispatch.constants.iter().map(|&(name, value)| (name.to_owned(), value));
        let lengths = key.lengths.iter().map(|&(name, length)| (length_constant(name), length as f64));
        let constants = constants.chain(lengths).collect();
        Missing { key, module, layout, constants }
    }

    /// Whether a dispatch binds a sampler after everything else.
    pub(super) fn wants_sampler(&self, dispatch: &Dispatch) -> bool {
        self.loads == Loads::Sampled && bound(dispatch).any(|bound| bound == (Storage::Texels, Access::Read))
    }

    /// Compiles it and keeps it.
    pub(super) fn compile_now(&self, missing: Missing) -> wgpu::ComputePipeline {
        self.counting.count(|counters| counters.pipelines += 1);
        let pipeline = self.create(&missing);
        self.pipelines.borrow_mut().insert(missing.key, pipeline.clone());
        pipeline
    }

    pub(super) fn create(&self, missing: &Missing) -> wgpu::ComputePipeline {
        let constants: Vec<_> =
            missing.constants.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        self.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(missing.key.kernel),
            layout: Some(&missing.layout),
            module: &missing.module,
            entry_point: Some(missing.key.kernel),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &constants,
                ..Default::default()
            },
            cache: None,
        })
    }

    /// The layout of one bind group; kernels that bind alike share it, so that one may follow another without checks.
    fn layout(&self, types: Vec<wgpu::BindingType>) -> wgpu::PipelineLayout {
        let create = |types: &Vec<wgpu::BindingType>| {
            let entries = (0..).zip(types).map(|(binding, &ty)| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty,
                count: None,
            });
            let bindings = self.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: None,
                entries: &entries.collect::<Vec<_>>(),
            });
            self.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: None,
                bind_group_layouts: &[Some(&bindings)],
                immediate_size: 0,
            })
        };
        self.layouts.borrow_mut().entry(types).or_insert_with_key(create).clone()
    }
}

fn binding_type(loads: Loads, storage: Storage, access: Access) -> wgpu::BindingType {
    match storage {
        Storage::Texels => loads.binding_type(access),
        Storage::Buffer => {
            buffer_type(wgpu::BufferBindingType::Storage { read_only: access == Access::Read })
        }
    }
}

fn buffer_type(ty: wgpu::BufferBindingType) -> wgpu::BindingType {
    wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None }
}
