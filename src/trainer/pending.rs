use super::TrainError;
use crate::executor::Readback;

/// Numbers that are being read back from the GPU. They belong to the moment of the request, whatever was submitted since.
/// Waiting for them borrows nothing, so training can continue meanwhile.
pub struct Pending<T> {
    readback: Readback,
    read: Read<T>,
}

/// From the bytes of a read-back to the numbers in it.
type Read<T> = Box<dyn FnOnce(&[u8]) -> T>;

impl<T> Pending<T> {
    pub(super) fn new(readback: Readback, read: impl FnOnce(&[u8]) -> T + 'static) -> Self {
        Self { readback, read: Box::new(read) }
    }

    /// The numbers, once they have arrived.
    ///
    /// # Errors
    /// [`GpuError`](crate::gpu::GpuError).
    pub async fn take(self) -> Result<T, TrainError> {
        let bytes = self.readback.take().await?;
        Ok((self.read)(&bytes))
    }
}
