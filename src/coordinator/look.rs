//! What the tasks of the coordinator have in common.

use crate::store::StoreError;

/// Something that looks at the store and does what is to do.
pub(super) trait Look: Send + 'static {
    /// Does all there is to do.
    fn look(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send;
}
