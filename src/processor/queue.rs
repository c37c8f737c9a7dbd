//! Work in the order in which it was submitted.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    ops::Range,
    rc::Rc,
};

use super::{
    Processor,
    bound_plan::Launch,
    buffers::{Memory, bytes_of},
};
use crate::plan::{Slot, View};

/// What waits to be done.
pub(super) enum Work {
    /// Dispatches `next` … of a plan, up to `end`, then again from `start` on, `repeats` times in all.
    Run {
        launches: Rc<[Launch]>,
        memory: Memory,
        part: Range<usize>,
        next: usize,
        repeats: usize,
    },
    Write {
        memory: Memory,
        slot: Slot,
        offset: usize,
        bytes: Vec<u8>,
    },
    Copy {
        from: Memory,
        to: Memory,
        pairs: Vec<(View, View)>,
    },
    Read {
        memory: Memory,
        views: Vec<View>,
        result: Rc<Cell<Option<Vec<u8>>>>,
    },
}

#[derive(Default)]
pub(super) struct Queue(RefCell<VecDeque<Work>>);

/// A copy of ranges of memory, as they are when everything submitted before has been done.
pub struct Readback {
    processor: Processor,
    result: Rc<Cell<Option<Vec<u8>>>>,
}

impl Readback {
    pub(super) fn new(processor: &Processor, memory: &Memory, views: &[View]) -> Self {
        let result = Rc::default();
        processor.count(|counters| counters.readbacks += 1);
        processor.submit(Work::Read {
            memory: memory.clone(),
            views: views.to_vec(),
            result: Rc::clone(&result),
        });
        Self { processor: processor.clone(), result }
    }

    /// The bytes, once the work before them has been done.
    pub async fn take(self) -> Vec<u8> {
        self.processor.drain().await;
        self.result.take().expect("the queue has been worked through")
    }
}

impl Processor {
    /// Whether all that was submitted has been done.
    pub(super) fn is_idle(&self) -> bool {
        self.0.queue.0.borrow().is_empty()
    }

    /// Does `work` now, natively; in a browser after what was submitted before.
    pub(super) fn submit(&self, mut work: Work) {
        if cfg!(not(target_arch = "wasm32")) || self.is_idle() && work.is_short() {
            while self.advance(&mut work) {}
        } else {
            self.0.queue.0.borrow_mut().push_back(work);
        }
    }

    /// Works through the queue; in a browser with a pause now and then, in which messages are answered.
    pub(crate) async fn drain(&self) {
        #[cfg(target_arch = "wasm32")]
        loop {
            let start = js_sys::Date::now();
            while js_sys::Date::now() - start < SLICE {
                let Some(mut work) = self.0.queue.0.borrow_mut().pop_front() else { return };
                if self.advance(&mut work) {
                    self.0.queue.0.borrow_mut().push_front(work);
                }
            }
            pause().await;
        }
    }

    /// Does a piece of `work`, and says whether there is more of it.
    fn advance(&self, work: &mut Work) -> bool {
        match work {
            Work::Run { launches, memory, part, next, repeats } => {
                if *repeats == 0 || part.start >= part.end {
                    return false;
                }
                memory.launch(self.workers(), &launches[*next]);
                *next += 1;
                if *next == part.end {
                    (*next, *repeats) = (part.start, *repeats - 1);
                }
                *repeats > 0
            }
            Work::Write { memory, slot, offset, bytes } => {
                memory.write(*slot, *offset, bytes);
                false
            }
            Work::Copy { from, to, pairs } => {
                to.copy_from(from, pairs);
                false
            }
            Work::Read { memory, views, result } => {
                result.set(Some(bytes_of(memory, views)));
                false
            }
        }
    }
}

impl Work {
    /// Whether it is done in no time.
    fn is_short(&self) -> bool {
        !matches!(self, Self::Run { .. })
    }
}

/// Milliseconds of work between two pauses.
#[cfg(target_arch = "wasm32")]
const SLICE: f64 = 12.0;

/// Lets other tasks of the worker run: a message to itself comes after theirs.
#[cfg(target_arch = "wasm32")]
async fn pause() {
    use wasm_bindgen::{JsCast, closure::Closure};

    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let channel = web_sys::MessageChannel::new().expect("a worker has message channels");
        let port = channel.port1();
        let open = port.clone();
        let heard = Closure::once_into_js(move || {
            // An open port keeps its worker alive.
            open.close();
            let _ = resolve.call0(&wasm_bindgen::JsValue::UNDEFINED);
        });
        port.set_onmessage(Some(heard.unchecked_ref()));
        let _ = channel.port2().post_message(&wasm_bindgen::JsValue::UNDEFINED);
    });
    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
}
