//! `kill -9` of the server and of the agent, again and again, while many runs are created and executed: no acknowledged
//! write is lost, no run is executed twice at a time, every run ends, and nothing is left behind.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::support::{Api, Testimony, Witness, World};

/// How many runs are created and executed.
const RUNS: u32 = 500;
/// How many of them are created at a time.
const CREATORS: u32 = 4;
/// How often server and agent are killed, each.
const KILLS: u32 = 5;
/// How long server and agent are left alone between two kills.
const LIFE: std::ops::Range<Duration> = Duration::from_millis(500)..Duration::from_millis(3_000);
/// How long a run's task takes.
const TASK_MILLISECONDS: u32 = 20;
/// How long all runs together may take.
const PATIENCE: Duration = Duration::from_secs(170);
/// Chooses the moments of the kills. Another one makes another test.
const SEED: u64 = 20_240_611;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_moment_of_a_kill_loses_or_doubles_a_run() {
    let begun = Instant::now();
    let mut world = World::new().await;
    let witness = Witness::register(&world).await;
    let mut agent = world.agent_with("agent", &["--max-running", "16"]);
    let creators: Vec<_> = (0..CREATORS)
        .map(|creator| tokio::spawn(create(world.api.clone().patient(), witness.clone(), creator)))
        .collect();

    let mut random = StdRng::seed_from_u64(SEED);
    for _ in 0..KILLS {
        sleep(random.random_range(LIFE)).await;
        world.server.kill();
        sleep(random.random_range(Duration::ZERO..LIFE.start)).await;
        world.server.start_again();
        sleep(random.random_range(LIFE)).await;
        agent.kill();
        sleep(random.random_range(Duration::ZERO..LIFE.start)).await;
        agent.start_again();
    }

    let mut acknowledged = HashMap::new();
    for creator in creators {
        acknowledged.extend(creator.await.unwrap());
    }
    assert_eq!(
        acknowledged.len(),
        RUNS as usize,
        "every creation was acknowledged, each with an id of its own"
    );
    let ledger = all_ended(&world.api, begun + PATIENCE).await;
    every_acknowledged_write_is_there(&world.api, &ledger, &acknowledged).await;
    every_run_was_executed_once_per_launch(&ledger, &witness.testimonies());
    assert_eq!(world.flow_run_processes(), Vec::<i32>::new(), "nothing is left running");
}

/// Creates every `CREATORS`-th run, and sets a key beside it. Each request is sent until it is acknowledged; answers with
/// the number of each acknowledged run by its id.
async fn create(api: Api, witness: Witness, creator: u32) -> Vec<(String, u32)> {
    let mut acknowledged = Vec::new();
    for number in (creator..RUNS).step_by(CREATORS as usize) {
        let mut options = witness.options(json!({"number": number, "milliseconds": TASK_MILLISECONDS}));
        options["idempotency_key"] = json!(number.to_string());
        let run = api.create_run(&witness.flow, options).await;
        let pair = json!({"key": format!("run-{number}"), "value": run});
        api.try_mutate("set_key_value", "id", pair).await.unwrap();
        acknowledged.push((run, number));
    }
    acknowledged
}

/// A run as the ledger knows it.
struct Run {
    state: String,
    number: Value,
    /// In the order in which they were claimed.
    launches: Vec<Launch>,
}

struct Launch {
    id: String,
    claimed_at: String,
    /// `None` while it is open.
    ended_at: Option<String>,
}

/// Waits until every run and every launch has ended.
async fn all_ended(api: &Api, deadline: Instant) -> BTreeMap<String, Run> {
    loop {
        let ledger = ledger(api).await;
        let is_over = |run: &Run| {
            ["Success", "Failed", "Cancelled"].contains(&run.state.as_str())
                && run.launches.iter().all(|launch| launch.ended_at.is_some())
        };
        let open = ledger.values().filter(|run| !is_over(run)).count();
        if open == 0 {
            return ledger;
        }
        assert!(Instant::now() < deadline, "{open} of {} runs have not ended", ledger.len());
        sleep(Duration::from_millis(500)).await;
    }
}

async fn ledger(api: &Api) -> BTreeMap<String, Run> {
    let document = "{ flow_run { id state parameters
        launches(order_by: {claimed_at: asc}) { id claimed_at ended_at } } }";
    let mut answer = api.call(document, json!({})).await;
    let runs: Vec<Value> = serde_json::from_value(answer["flow_run"].take()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let launch = |launch: &Value| Launch {
        id: text(&launch["id"]),
        claimed_at: text(&launch["claimed_at"]),
        ended_at: launch["ended_at"].as_str().map(str::to_owned),
    };
    runs.iter()
        .map(|run| {
            let launches = run["launches"].as_array().unwrap().iter().map(launch).collect();
            let known =
                Run { state: text(&run["state"]), number: run["parameters"]["number"].clone(), launches };
            (text(&run["id"]), known)
        })
        .collect()
}

async fn every_acknowledged_write_is_there(
    api: &Api,
    ledger: &BTreeMap<String, Run>,
    acknowledged: &HashMap<String, u32>,
) {
    let stored: HashMap<String, u32> =
        ledger.iter().map(|(id, run)| (id.clone(), run.number.as_u64().unwrap() as u32)).collect();
    assert_eq!(&stored, acknowledged, "the runs that exist are those that were acknowledged");
    let mut answer = api.call("{ key_value { key value } }", json!({})).await;
    let pairs: Vec<Value> = serde_json::from_value(answer["key_value"].take()).unwrap();
    let pairs: HashMap<&str, &str> =
        pairs.iter().map(|pair| (pair["key"].as_str().unwrap(), pair["value"].as_str().unwrap())).collect();
    for (run, number) in acknowledged {
        assert_eq!(pairs.get(format!("run-{number}").as_str()), Some(&run.as_str()));
    }
}

/// Every run succeeded; its executions are at most one per launch, in the order of the launches, and never two at a time;
/// each launch has ended before the next one was claimed.
fn every_run_was_executed_once_per_launch(ledger: &BTreeMap<String, Run>, testimonies: &[Testimony]) {
    let mut executions: HashMap<&str, Vec<&str>> = HashMap::new();
    for testimony in testimonies {
        assert!(testimony.alone, "two executions at a time: {testimony:?}");
        assert_eq!(ledger[&testimony.run].number, testimony.number);
        executions.entry(&testimony.run).or_default().push(&testimony.launch);
    }
    let mut relaunched = 0;
    for (id, run) in ledger {
        assert_eq!(run.state, "Success", "run {id}");
        for pair in run.launches.windows(2) {
            assert!(pair[0].ended_at.as_ref() <= Some(&pair[1].claimed_at), "run {id} has two live launches");
        }
        let executed = executions.remove(id.as_str()).unwrap_or_default();
        assert!(!executed.is_empty(), "run {id} succeeded without being executed");
        let in_order =
            run.launches.iter().map(|launch| launch.id.as_str()).filter(|id| executed.contains(id));
        assert_eq!(in_order.collect::<Vec<_>>(), executed, "run {id}: one execution per launch");
        relaunched += run.launches.len() - 1;
    }
    println!("{} runs, {} executions, {relaunched} launched again", ledger.len(), testimonies.len());
}
