//! The queue over a real NATS server keeps the contract, with a store behind it.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::Config;
use bitgauge::job::{JobId, TrialState};
use bitgauge::nats::{
    Access, Connection, Counts, Endpoint, Gateway, Identity, LANGUAGE, NatsQueue, Options, Role, Sign,
};
use bitgauge::science::trial::NUMERIC_PROFILE;
use bitgauge::spec::ValidJobSpec;

use super::contract::{Bench, contract};
use super::nats_server::NatsServer;
use super::simulation::simulate_all;
use super::store::Stored;

/// A store, its gateway, a server and a worker's end of it; trials are published ahead for so many slots.
pub struct OverNats<const WINDOW: usize> {
    stored: Stored,
    queue: NatsQueue,
    gateway: Gateway,
    hand: async_nats::Client,
    server: NatsServer,
}

pub fn sign(worker: &str, slots: u32) -> Sign {
    Sign {
        worker: worker.into(),
        host: "here".into(),
        version: "0".into(),
        language: LANGUAGE,
        numeric_profile: NUMERIC_PROFILE.into(),
        instruction_set: "scalar".into(),
        slots,
        memory: u64::MAX,
        running: Vec::new(),
        ended_last_hour: 0,
        observed_seconds: 1.0,
        fault: None,
        leaves: false,
    }
}

pub async fn connect(server: &NatsServer, name: &str, role: Role) -> Connection {
    let endpoint = Endpoint::new(&server.url(), Access::default()).unwrap();
    Connection::open(&endpoint, name, role).await.unwrap()
}

impl<const WINDOW: usize> OverNats<WINDOW> {
    /// A client that says what it likes.
    pub const fn hand(&self) -> &async_nats::Client {
        &self.hand
    }

    /// What the gateway counted.
    pub fn counts(&self) -> Counts {
        self.gateway.watch().counts()
    }

    /// One more worker's end.
    pub async fn another(&self, name: &str) -> NatsQueue {
        let connection = connect(&self.server, name, Role::Worker).await;
        NatsQueue::open(connection, Identity { worker: name.into() }).await.unwrap()
    }
}

/// The gateway makes them in the background: until then there is nothing to take.
async fn streams_are_there(hand: &async_nats::Client) {
    let jetstream = async_nats::jetstream::new(hand.clone());
    let workers = format!("workers-{NUMERIC_PROFILE}");
    for (consumer, stream) in [("service", "BITGAUGE_RESULTS"), (&workers, "BITGAUGE_TRIALS")] {
        while jetstream.get_consumer_from_stream::<Config, _, _>(consumer, stream).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl<const WINDOW: usize> Bench for OverNats<WINDOW> {
    type Queue = NatsQueue;

    async fn new() -> Self {
        let server = NatsServer::start();
        let stored = Stored::new().await;
        let options = Options {
            window: WINDOW,
            // what time does is told by hand
            look_again: Duration::ZERO,
            reconcile: Duration::from_millis(200),
            ..Options::default()
        };
        let gateway =
            Gateway::start(stored.queue(), connect(&server, "service", Role::Service).await, &[], options);
        let identity = Identity { worker: "worker".into() };
        let queue = NatsQueue::open(connect(&server, "worker", Role::Worker).await, identity).await.unwrap();
        while queue.introduce(&sign("worker", 4)).await != Ok(None) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let hand = async_nats::connect(server.url()).await.unwrap();
        streams_are_there(&hand).await;
        Self { stored, queue, gateway, hand, server }
    }

    fn queue(&self) -> NatsQueue {
        self.queue.clone()
    }

    async fn add(&self, number: u64, spec: &ValidJobSpec, trials: u32) -> JobId {
        self.stored.add(number, spec, trials).await
    }

    fn pass(&self, time: Duration) {
        self.stored.pass(time);
    }

    async fn cancel(&self, job: JobId) {
        self.stored.cancel(job).await;
    }

    async fn pause(&self, job: JobId) {
        self.stored.pause(job).await;
    }

    async fn resume(&self, job: JobId) {
        self.stored.resume(job).await;
    }

    async fn state(&self, job: JobId, number: u32) -> TrialState {
        self.stored.state(job, number).await
    }

    async fn alarms(&self) -> usize {
        self.stored.alarms().await
    }

    async fn mishap(&self, which: u32) {
        let jetstream = async_nats::jetstream::new(self.hand.clone());
        match which {
            // everything that NATS holds is gone, and it knows of nothing
            0 => {
                for stream in ["BITGAUGE_TRIALS", "BITGAUGE_RESULTS"] {
                    let _ = jetstream.delete_stream(stream).await; // it may just be made again
                }
                // workers are told that there is no such stream until the gateway has looked
                let workers = format!("workers-{NUMERIC_PROFILE}");
                for (consumer, stream) in [("service", "BITGAUGE_RESULTS"), (&workers, "BITGAUGE_TRIALS")] {
                    while jetstream.get_consumer_from_stream::<Config, _, _>(consumer, stream).await.is_err()
                    {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
                let _ = self.queue.introduce(&sign("worker", 4)).await;
            }
            // messages that nobody took are lost
            1..8 => {
                if let Ok(stream) = jetstream.get_stream("BITGAUGE_TRIALS").await {
                    let _ = stream.purge().await;
                }
            }
            // the last one comes twice, published by hand
            8..20 => {
                let Ok(stream) = jetstream.get_stream("BITGAUGE_TRIALS").await else { return };
                let last = stream.cached_info().state.last_sequence;
                if let Ok(message) = stream.get_raw_message(last).await {
                    let _ = jetstream.publish(message.subject, message.payload).await;
                }
            }
            // nobody can understand this
            _ => {
                let words =
                    ["", "{", "[]", "null", "{\"lease\":7}", "\u{fffd}", "{\"worker\":\"w\",\"lease\":{}}"];
                let text = words[which as usize % words.len()];
                let subjects =
                    ["bitgauge.result.x.1", "bitgauge.ask.renew", "bitgauge.ask.save", "bitgauge.notice"];
                for subject in subjects {
                    self.hand.publish(subject, text.into()).await.unwrap();
                }
                let trial = format!("bitgauge.trial.{NUMERIC_PROFILE}.{text}.1");
                if !text.is_empty() && !text.contains(['"', ' ', '{', '[']) {
                    let _ = self.hand.publish(trial, text.into()).await;
                }
            }
        }
    }
}

// published for who asks: then it is the queue of the store in every turn
contract!(OverNats<0>);

/// Side by side: most of a seed's time is waited for messages and disks.
fn simulate_side_by_side(seeds: std::ops::Range<u64>) {
    const LANES: u64 = 8;
    let length = (seeds.end - seeds.start).div_ceil(LANES);
    std::thread::scope(|scope| {
        for first in (seeds.start..seeds.end).step_by(usize::try_from(length).unwrap()) {
            scope.spawn(move || simulate_all::<OverNats<4>>(first..(first + length).min(seeds.end)));
        }
    });
}

#[test]
fn whatever_happens_every_trial_ends_once() {
    simulate_side_by_side(0..200);
}

#[test]
#[ignore = "takes minutes"]
fn whatever_happens_every_trial_ends_once_nightly() {
    simulate_side_by_side(200..2000);
}
