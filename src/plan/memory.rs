//! The buffers of a run, planned before any is allocated.

use std::{cell::RefCell, rc::Rc};

/// Texels (of four floats) in a row of a slot that is a texture: half of what every adapter allows.
pub const TEXELS_A_ROW: u64 = 4096;

/// How a slot is allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Storage {
    /// A buffer.
    Buffer,
    /// A texture with four floats per texel and [`TEXELS_A_ROW`] texels per row, always bound as a whole and never copied.
    Texels,
}

impl Storage {
    /// `bytes` rounded up to the unit of allocation.
    fn rounded(self, bytes: u64) -> u64 {
        bytes.max(16).next_multiple_of(match self {
            Self::Buffer => 256,
            Self::Texels => 16 * TEXELS_A_ROW,
        })
    }
}

/// A buffer or texture that will be allocated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot {
    index: usize,
    storage: Storage,
}

impl Slot {
    pub(crate) fn index(self) -> usize {
        self.index
    }

    /// How it is allocated.
    pub fn storage(self) -> Storage {
        self.storage
    }
}

/// A range of a slot, in bytes; the offset is a multiple of 256.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct View {
    /// The slot.
    pub slot: Slot,
    /// First byte.
    pub offset: u64,
    /// Length in bytes.
    pub bytes: u64,
}

impl View {
    /// `len` floats of a view, from its float `first`.
    pub fn floats(self, first: usize, len: usize) -> Self {
        let view = Self { offset: self.offset + 4 * first as u64, bytes: 4 * len as u64, ..self };
        assert!(
            view.offset.is_multiple_of(256) && view.offset + view.bytes <= self.offset + self.bytes,
            "range outside its view"
        );
        view
    }

    /// The view to bind for this one, and the number of quads in it that come before: a texture is bound from its
    /// beginning.
    pub fn bound(self) -> (Self, usize) {
        match self.slot.storage() {
            Storage::Buffer => (self, 0),
            Storage::Texels => {
                let whole = Self { offset: 0, bytes: self.offset + self.bytes, ..self };
                (whole, (self.offset / 16) as usize)
            }
        }
    }
}

/// The buffers that a run needs. Clones share them.
#[derive(Clone, Default)]
pub struct Memory(Rc<RefCell<Slots>>);

#[derive(Default)]
struct Slots {
    slots: Vec<PlannedSlot>,
    free: Vec<Slot>,
    /// Slots used by leases.
    shared: Vec<Slot>,
    /// Bytes of all leases.
    leased: u64,
}

/// A slot before it is allocated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedSlot {
    /// Label: what it is for.
    pub label: String,
    /// Its size; whole rows if it is a texture.
    pub bytes: u64,
    /// How it is allocated.
    pub storage: Storage,
}

/// Sizes of the parts of a [`Memory`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MemoryReport {
    /// Bytes that will be allocated.
    pub bytes: u64,
    /// Bytes of tensors that live within a step: activations, their gradients, partial sums, flipped weights.
    pub activations: u64,
    /// Bytes that these would need if no two of them shared memory.
    pub activations_unshared: u64,
    /// Label and bytes of each buffer that lives longer, largest first.
    pub lasting: Vec<(String, u64)>,
}

impl std::fmt::Display for MemoryReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 * 1e-6);
        let saved = 1.0 - self.activations as f64 / self.activations_unshared.max(1) as f64;
        write!(
            f,
            "{} on the adapter: {} for activations and gradients ({} without sharing, {:.0}% saved)",
            megabytes(self.bytes),
            megabytes(self.activations),
            megabytes(self.activations_unshared),
            100.0 * saved
        )?;
        let (largest, rest) = self.lasting.split_at(self.lasting.len().min(4));
        for (label, bytes) in largest {
            write!(f, ", {} {label}", megabytes(*bytes))?;
        }
        write!(f, ", {} for the rest", megabytes(rest.iter().map(|one| one.1).sum()))
    }
}

impl Memory {
    /// A buffer of its own, never shared.
    pub fn fixed(&self, label: &str, bytes: u64) -> View {
        self.new_slot(label, bytes, Storage::Buffer)
    }

    fn new_slot(&self, label: &str, bytes: u64, storage: Storage) -> View {
        let mut slots = self.0.borrow_mut();
        let slot = Slot { index: slots.slots.len(), storage };
        slots.slots.push(PlannedSlot { label: label.to_owned(), bytes: storage.rounded(bytes), storage });
        View { slot, offset: 0, bytes: bytes.max(16) }
    }

    /// A slot for `floats` floats, which becomes free again when the lease is dropped: the smallest free slot that fits,
    /// else the largest free one, grown, else a new one. A slot has the label of the lease that determined its size.
    pub fn lease(&self, label: &str, floats: usize, storage: Storage) -> Lease {
        let bytes = (4 * floats as u64).max(16);
        let mut slots = self.0.borrow_mut();
        let size = |slot: &Slot| slots.slots[slot.index].bytes;
        let free = || slots.free.iter().copied().filter(|slot| slot.storage == storage);
        let fitting = free().filter(|slot| size(slot) >= bytes).min_by_key(size);
        let view = match fitting.or_else(|| free().max_by_key(size)) {
            None => {
                drop(slots);
                return self.lease_apart(label, floats, storage);
            }
            Some(slot) => {
                slots.leased += storage.rounded(bytes);
                slots.free.retain(|other| *other != slot);
                let planned = &mut slots.slots[slot.index];
                let grown = storage.rounded(bytes);
                if grown > planned.bytes {
                    *planned = PlannedSlot { label: label.to_owned(), bytes: grown, storage };
                }
                View { slot, offset: 0, bytes }
            }
        };
        Lease { view, memory: self.clone() }
    }

    /// Like [`lease`](Self::lease), but always with a new slot: for long-lived tensors that would block a larger slot.
    pub fn lease_apart(&self, label: &str, floats: usize, storage: Storage) -> Lease {
        let view = self.new_slot(label, 4 * floats as u64, storage);
        let mut slots = self.0.borrow_mut();
        slots.shared.push(view.slot);
        slots.leased += slots.slots[view.slot.index].bytes;
        Lease { view, memory: self.clone() }
    }

    /// Every slot.
    pub fn slots(&self) -> Vec<PlannedSlot> {
        self.0.borrow().slots.clone()
    }

    /// Bytes that will be allocated.
    pub fn bytes(&self) -> u64 {
        self.0.borrow().slots.iter().map(|slot| slot.bytes).sum()
    }

    /// The sizes, known before anything is allocated.
    pub fn report(&self) -> MemoryReport {
        let slots = self.0.borrow();
        let is_shared = |slot: usize| slots.shared.iter().any(|shared| shared.index() == slot);
        let lasting = slots.slots.iter().enumerate().filter(|(slot, _)| !is_shared(*slot));
        let mut lasting: Vec<(String, u64)> =
            lasting.map(|(_, slot)| (slot.label.clone(), slot.bytes)).collect();
        lasting.sort_by_key(|one| std::cmp::Reverse(one.1));
        MemoryReport {
            bytes: self.bytes(),
            activations: slots.shared.iter().map(|slot| slots.slots[slot.index()].bytes).sum(),
            activations_unshared: slots.leased,
            lasting,
        }
    }
}

/// A view that only its owner uses; dropping it lets later dispatches overwrite it.
pub struct Lease {
    view: View,
    memory: Memory,
}

impl Lease {
    /// The range.
    pub fn view(&self) -> View {
        self.view
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.memory.0.borrow_mut().free.push(self.view.slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_slot_that_fits_serves_else_the_largest_grows() {
        let memory = Memory::default();
        let slots = [64, 128, 256].map(|floats| memory.lease("free", floats, Storage::Buffer));
        let [small, middle, large] = slots.each_ref().map(|lease| lease.view().slot);
        drop(slots);
        let lease = |floats| memory.lease("again", floats, Storage::Buffer);
        let exact = lease(128);
        assert_eq!(exact.view().slot, middle);
        // None of the free slots fits, so the largest grows.
        assert_eq!(lease(300).view().slot, large);
        assert_eq!(lease(10).view().slot, small);
        let labels: Vec<String> = memory.slots().into_iter().map(|slot| slot.label).collect();
        assert_eq!(
            labels,
            ["free", "free", "again"],
            "a slot keeps the label of the lease that made it its size"
        );
    }

    #[test]
    fn a_view_of_a_texture_is_bound_from_its_beginning() {
        let memory = Memory::default();
        let buffer = memory.fixed("buffer", 4096).floats(64, 256).floats(128, 64);
        assert_eq!((buffer.offset, buffer.bytes), (4 * 192, 256));
        assert_eq!(buffer.bound(), (buffer, 0));
        let lease = memory.lease("texels", 1024, Storage::Texels);
        let (whole, quads) = lease.view().floats(192, 64).bound();
        assert_eq!((whole.offset, whole.bytes, quads), (0, 4 * 256, 48));
    }

    #[test]
    fn a_report_reads_as_a_sentence() {
        let lasting = ["a", "b", "c", "d", "e", "f"].map(|label| (label.to_owned(), 2_000_000));
        let report = MemoryReport {
            bytes: 42_000_000,
            activations: 30_000_000,
            activations_unshared: 40_000_000,
            lasting: lasting.to_vec(),
        };
        let text = "42.0 MB on the adapter: 30.0 MB for activations and gradients (40.0 MB without sharing, 25% saved), \
                    2.0 MB a, 2.0 MB b, 2.0 MB c, 2.0 MB d, 4.0 MB for the rest";
        assert_eq!(report.to_string(), text);
    }

    #[test]
    fn released_memory_serves_again_and_grows() {
        let memory = Memory::default();
        let buffer = |label, floats| memory.lease(label, floats, Storage::Buffer);
        let a = buffer("a", 256);
        let b = buffer("b", 64);
        let (slot_a, slot_b) = (a.view().slot, b.view().slot);
        drop(a);
        let c = buffer("c", 128);
        assert_eq!(c.view().slot, slot_a);
        assert_eq!(c.view().bytes, 512);
        drop(b);
        let d = buffer("d", 512);
        assert_eq!(d.view().slot, slot_b);
        assert_eq!(memory.bytes(), 1024 + 2048);
        let planned = |label: &str, bytes, storage| PlannedSlot { label: label.to_owned(), bytes, storage };
        assert_eq!(
            memory.slots(),
            [planned("a", 1024, Storage::Buffer), planned("d", 2048, Storage::Buffer)]
        );
        memory.fixed("weights", 100);
        let report = memory.report();
        assert_eq!(report.bytes, 1024 + 2048 + 256);
        assert_eq!((report.activations, report.activations_unshared), (1024 + 2048, 1024 + 256 + 512 + 2048));
        assert_eq!(report.lasting, [("weights".to_owned(), 256)]);
        // A lease with a slot of its own leaves the free one to others.
        drop(c);
        let apart = memory.lease_apart("apart", 64, Storage::Buffer);
        assert_ne!(apart.view().slot, slot_a);
        assert_eq!(buffer("f", 64).view().slot, slot_a);
        assert_eq!(memory.report().activations, 1024 + 2048 + 256);
        // Textures are shared among themselves, in whole rows.
        let e = memory.lease("e", 4, Storage::Texels);
        assert_ne!(e.view().slot, slot_a);
        assert_eq!(e.view().bytes, 16);
        assert_eq!(memory.slots()[4], planned("e", 65_536, Storage::Texels));
    }
}
