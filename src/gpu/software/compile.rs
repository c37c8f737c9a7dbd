//! Pipelines compiled side by side in a browser.
//!
//! wgpu requests one pipeline after another from the browser, which compiles them one by one. WebGPU's own
//! `createComputePipelineAsync` compiles as many at a time as the machine has threads. So we intercept what wgpu would
//! request, request all of it at once, and give wgpu the finished pipelines when it requests them again.

use std::collections::HashSet;

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use super::super::{Gpu, pipeline::PipelineKey};
use crate::plan::Dispatch;

const CREATE: &str = "createComputePipeline";

impl Gpu {
    /// Compiles the pipelines that `plan` needs and that do not exist yet. Any that this misses are compiled one by one
    /// when the plan is bound, which also reports errors.
    pub async fn compile<'a>(&self, plan: impl IntoIterator<Item = &'a Dispatch>) {
        let mut seen = HashSet::new();
        let missing: Vec<_> = plan
            .into_iter()
            .filter_map(|dispatch| {
                let key = PipelineKey::new(dispatch);
                let known = self.pipelines.borrow().contains_key(&key) || !seen.insert(key.clone());
                (!known).then(|| self.missing(dispatch, key))
            })
            .collect();
        let Some(device) = self.device.as_webgpu() else { return };
        let device: &Object = device.unchecked_ref();

        let descriptors = Array::new();
        let asked_for = descriptors.clone();
        let listen = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |descriptor| {
            asked_for.push(&descriptor);
            Object::new().into()
        });
        if Reflect::set(device, &CREATE.into(), listen.as_ref()).is_err() {
            return;
        }
        missing.iter().for_each(|missing| drop(self.create(missing)));
        let restore = || Reflect::delete_property(device, &CREATE.into());
        let restored = restore();

        let ask = Reflect::get(device, &"createComputePipelineAsync".into()).map(Function::from);
        let (Ok(ask), Ok(true)) = (ask, restored) else { return };
        let asked: Result<Array, JsValue> =
            descriptors.iter().map(|descriptor| ask.call1(device, &descriptor)).collect();
        let Ok(asked) = asked else { return };
        let Ok(pipelines) = JsFuture::from(Promise::all(&asked)).await else { return };

        let pipelines = Array::from(&pipelines);
        let give = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |_| pipelines.shift());
        if Reflect::set(device, &CREATE.into(), give.as_ref()).is_ok() {
            missing.into_iter().for_each(|missing| drop(self.compile_now(missing)));
        }
        // It was there to be deleted a moment ago.
        let _ = restore();
    }
}
