//! Wrong tokens by the address they came from, in bounded memory. Knows no clock: the time is passed in.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Failures are counted for so long from the first of them.
const WINDOW: Duration = Duration::from_mins(1);
/// Addresses that are remembered at most; with more the one whose failures began first is forgotten.
const ADDRESSES: usize = 4096;

/// Who failed how often.
#[derive(Debug, Default)]
pub(super) struct Failures(BTreeMap<IpAddr, Window>);

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Instant,
    count: u32,
}

impl Failures {
    /// Counts one more; beyond `allowed` in a minute, how long the address is to wait.
    pub(super) fn count(&mut self, from: IpAddr, allowed: u32, now: Instant) -> Option<Duration> {
        let key = network(from);
        let is_over = |window: &Window| now.duration_since(window.began) >= WINDOW;
        if !self.0.contains_key(&key) && self.0.len() >= ADDRESSES {
            self.0.retain(|_, window| !is_over(window));
            if self.0.len() >= ADDRESSES
                && let Some((oldest, _)) = self.0.iter().min_by_key(|(_, window)| window.began)
            {
                let oldest = *oldest;
                self.0.remove(&oldest);
            }
        }
        let window = self.0.entry(key).or_insert(Window { began: now, count: 0 });
        if is_over(window) {
            *window = Window { began: now, count: 0 };
        }
        window.count = window.count.saturating_add(1);
        (window.count > allowed).then(|| WINDOW.saturating_sub(now.duration_since(window.began)))
    }
}

/// What counts as one client: an address, of version 6 the network of 64 bits that one line has.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_waits_for_the_rest_of_its_minute() {
        let mut failures = Failures::default();
        let (start, one) = (Instant::now(), address("192.0.2.1"));
        let at = |seconds| start + Duration::from_secs(seconds);
        for second in 0..10 {
            assert_eq!(failures.count(one, 10, at(second)), None);
        }
        assert_eq!(failures.count(one, 10, at(20)), Some(Duration::from_secs(40)));
        assert_eq!(failures.count(address("192.0.2.2"), 10, at(20)), None, "another address");
        assert_eq!(failures.count(address("::ffff:192.0.2.1"), 10, at(59)), Some(Duration::from_secs(1)));
        assert_eq!(failures.count(one, 10, at(60)), None, "a new minute");
    }

    #[test]
    fn addresses_of_one_network_are_one_client() {
        let mut failures = Failures::default();
        let now = Instant::now();
        assert_eq!(failures.count(address("2001:db8::1"), 1, now), None);
        assert_eq!(failures.count(address("2001:db8::2:3"), 1, now), Some(WINDOW));
        assert_eq!(failures.count(address("2001:db8:0:1::1"), 1, now), None);
    }

    #[test]
    fn memory_is_bounded() {
        let mut failures = Failures::default();
        let start = Instant::now();
        for (place, second) in (0..3 * u32::try_from(ADDRESSES).unwrap()).zip(0..) {
            failures.count(IpAddr::V4(place.into()), 10, start + Duration::from_millis(second));
            assert!(failures.0.len() <= ADDRESSES);
        }
        // the newest are known
        let newest = IpAddr::V4((3 * u32::try_from(ADDRESSES).unwrap() - 1).into());
        assert!(failures.count(newest, 1, start + Duration::from_secs(20)).is_some());
    }
}
