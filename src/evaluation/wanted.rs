//! Giving up what nobody waits for.

/// Asked now and then while an evaluation is under way: whether anybody still waits for it.
pub type IsWanted<'a> = &'a dyn Fn() -> bool;

/// Gives an evaluation up, with `?`, once nobody waits for it.
pub(super) fn go_on(is_wanted: IsWanted) -> Option<()> {
    is_wanted().then_some(())
}
