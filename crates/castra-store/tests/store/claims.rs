//! Claims and the queue: who takes which run, oldest first, each run once.

use std::collections::HashSet;
use std::sync::Arc;

use castra_core::claim::ClaimRequest;
use castra_core::label::LabelSet;
use castra_core::state::{State, StateKind};
use castra_store::Change;
use castra_store::agent::{AgentRegistration, register_agent};
use castra_store::claim::claim_flow_runs;
use castra_store::create_flow_run::{CreateFlowRun, FlowToRun, create_flow_run};
use castra_store::queue::{RunsInQueue, runs_in_queue};
use castra_store::relabel::set_flow_run_labels;
use castra_store::testing::TestStore;
use castra_store::why::why;
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn a_claim_brings_all_that_rendering_needs() {
    let test = TestStore::new();
    let flow = test.a_flow(&["dev", "ml"]).await;
    let run = test.a_run(flow).await;
    let agent = test.an_agent(&["dev", "staging", "ml"]).await;
    let claim = test.claim_one(agent).await;
    assert_eq!((claim.flow_run.id, claim.flow_run.version), (run, 2));
    assert_eq!(claim.flow_run.flow.core_version.as_deref(), Some("castra/0.1.0"));
    assert_eq!(claim.flow_run.run_config, Some(json!({"type": "LocalRun", "labels": ["dev", "ml"]})));
    assert_eq!(test.process(&claim).await.flow_run_id, run);
    assert_eq!(test.state_of(run).await, StateKind::Submitted);
    assert!(test.claim(agent, 10).await.reply.claims.is_empty());
}

#[tokio::test]
async fn the_secret_is_not_in_the_database() {
    let test = TestStore::new();
    let flow = test.a_flow(&[]).await;
    test.a_run(flow).await;
    let agent = test.an_agent(&[]).await;
    let claim = test.claim_one(agent).await;
    let secret = claim.credential.rsplit('_').next().unwrap();
    let kept: String = test.value("select credential_sha256 from launch", &[]).await;
    assert!(!kept.contains(secret) && kept.len() == 64);
}

#[tokio::test]
async fn an_agent_takes_what_its_labels_and_its_kind_cover() {
    let test = TestStore::new();
    let labelled = test.a_flow(&["dev"]).await;
    let with = |run_config: serde_json::Value| CreateFlowRun {
        run_config: Some(run_config),
        ..CreateFlowRun::of(FlowToRun::Flow(labelled))
    };
    let universal = with(json!({"type": "UniversalRun", "labels": ["dev"]}));
    let other_kind = with(json!({"type": "DockerRun", "labels": ["dev"]}));
    let unlabelled = with(json!({"type": "LocalRun"}));
    let own_kind = test.a_run(labelled).await;
    test.wait_seconds(1);
    let universal = test.write(move |tx| create_flow_run(tx, &universal)).await.id;
    test.write(move |tx| create_flow_run(tx, &other_kind)).await;
    test.write(move |tx| create_flow_run(tx, &unlabelled)).await;
    let agent = test.an_agent(&["dev", "other"]).await;
    let claimed = test.claim(agent, 10).await.reply.claims;
    assert_eq!(claimed.iter().map(|claim| claim.flow_run.id).collect::<Vec<_>>(), [own_kind, universal]);
}

#[tokio::test]
async fn the_oldest_start_comes_first_over_all_routes_and_the_limit_is_exact() {
    let test = TestStore::new();
    let mut expected = Vec::new();
    let flow = test.a_flow(&[]).await;
    for index in 0..30 {
        let labels: LabelSet = [format!("label-{}", index % 7)].into_iter().collect();
        let request = CreateFlowRun { labels: Some(labels), ..CreateFlowRun::of(FlowToRun::Flow(flow)) };
        expected.push(test.write(move |tx| create_flow_run(tx, &request)).await.id);
        test.wait_seconds(1);
    }
    let labels: Vec<String> = (0..7).map(|index| format!("label-{index}")).collect();
    let agent = test.an_agent(&labels.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut claimed = Vec::new();
    for limit in [1, 10, 100] {
        let claims = test.claim(agent, limit).await.reply.claims;
        assert!(claims.len() <= limit as usize);
        claimed.extend(claims.into_iter().map(|claim| claim.flow_run.id));
    }
    assert_eq!(claimed, expected);
}

#[tokio::test]
async fn a_run_is_not_claimed_before_its_start_and_the_answer_says_when_to_ask_again() {
    let test = TestStore::new();
    let flow = test.a_flow(&[]).await;
    let start = "2026-01-01T00:01:00Z".parse().unwrap();
    let later =
        CreateFlowRun { scheduled_start_time: Some(start), ..CreateFlowRun::of(FlowToRun::Flow(flow)) };
    test.write(move |tx| create_flow_run(tx, &later)).await;
    let agent = test.an_agent(&[]).await;
    let early = test.claim(agent, 1).await;
    assert_eq!((early.reply.claims.len(), early.next_from), (0, Some(start)));
    test.wait_seconds(60);
    test.claim_one(agent).await;
}

#[tokio::test]
async fn a_run_that_becomes_claimable_is_announced_with_its_route() {
    let test = TestStore::new();
    let flow = test.a_flow(&["dev"]).await;
    let mut changes = test.store().changes();
    let mut announced = async || loop {
        if let Change::Claimable { route, .. } = changes.recv().await.unwrap() {
            return format!("{} {}", route.labels, route.run_config_type);
        }
    };
    let docker = json!({"type": "DockerRun", "labels": ["gpu"]});
    let request = CreateFlowRun { run_config: Some(docker), ..CreateFlowRun::of(FlowToRun::Flow(flow)) };
    let run = test.write(move |tx| create_flow_run(tx, &request)).await.id;
    assert_eq!(announced().await, "`gpu` DockerRun");
    test.set_state(run, State::new(StateKind::Failed, ""), None).await.unwrap();
    test.set_state(run, State::new(StateKind::Scheduled, ""), None).await.unwrap();
    assert_eq!(announced().await, "`gpu` DockerRun");
    test.write(move |tx| set_flow_run_labels(tx, run, &["cpu"].into_iter().collect())).await;
    assert_eq!(announced().await, "`cpu` DockerRun");
}

#[tokio::test]
async fn sixteen_agents_take_four_thousand_distinct_runs() {
    let test = Arc::new(TestStore::new());
    let flow = test.a_flow(&["dev"]).await;
    test.write(move |tx| {
        (0..4_000)
            .try_for_each(|_| create_flow_run(tx, &CreateFlowRun::of(FlowToRun::Flow(flow))).map(|_| ()))
    })
    .await;
    let agents: Vec<_> = (0..16)
        .map(|_| {
            let test = test.clone();
            tokio::spawn(async move {
                let agent = test.an_agent(&["dev"]).await;
                let mut mine = Vec::new();
                loop {
                    let claims = test.claim(agent, 25).await.reply.claims;
                    if claims.is_empty() {
                        return mine;
                    }
                    mine.extend(claims.into_iter().map(|claim| claim.flow_run.id));
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for agent in agents {
        all.extend(agent.await.unwrap());
    }
    assert_eq!((all.len(), all.iter().collect::<HashSet<_>>().len()), (4_000, 4_000));
}

#[tokio::test]
async fn an_unknown_agent_is_told_to_register() {
    let test = TestStore::new();
    let request = ClaimRequest {
        agent_id: Uuid::nil(),
        labels: LabelSet::empty(),
        limit: 1,
        wait_seconds: 0,
        lease_seconds: 60,
    };
    let error = test.refused(move |tx| claim_flow_runs(tx, &request)).await;
    insta::assert_snapshot!(error, @"agent 00000000-0000-0000-0000-000000000000 not found: register it first");
}

#[tokio::test]
async fn prefects_agent_finds_the_same_runs_in_the_queue_at_most_25() {
    let test = TestStore::new();
    let flow = test.a_flow(&["dev"]).await;
    let first = test.a_run(flow).await;
    test.wait_seconds(1);
    for _ in 0..30 {
        test.a_run(flow).await;
    }
    let agent = test.an_agent(&["dev"]).await;
    let request = RunsInQueue { agent_id: Some(agent), labels: ["dev"].into_iter().collect(), before: None };
    let queue = test.write(move |tx| runs_in_queue(tx, &request)).await;
    assert_eq!((queue.len(), queue[0]), (25, first));
    let heard: String = test.value("select last_queried from agent", &[]).await;
    assert_eq!(heard, "2026-01-01T00:00:01.000000+00:00");
}

#[tokio::test]
async fn a_waiting_run_says_why_for_every_agent() {
    let test = TestStore::new();
    let flow = test.a_flow(&["dev", "ml"]).await;
    let run = test.a_run(flow).await;
    let mut told = Vec::new();
    let tell = async || {
        let answer = test.write(move |tx| why(tx, run)).await;
        let agents = answer.agents.into_iter().map(|agent| {
            format!("\n  {}: {}", agent.agent_type, agent.reason.unwrap_or("takes it".to_owned()))
        });
        format!("{}{}", answer.waiting_for.unwrap_or("nothing".to_owned()), agents.collect::<String>())
    };
    told.push(tell().await);
    test.an_agent(&["dev"]).await;
    test.wait_seconds(1);
    let docker = AgentRegistration {
        id: None,
        agent_type: "DockerAgent".to_owned(),
        name: None,
        labels: ["dev", "ml"].into_iter().collect(),
        tenant_id: None,
    };
    test.write(move |tx| register_agent(tx, &docker)).await;
    told.push(tell().await);
    test.wait_seconds(1);
    let fitting = test.an_agent(&["dev", "ml"]).await;
    told.push(tell().await);
    test.wait_seconds(200);
    told.push(tell().await);
    test.claim_one(fitting).await;
    told.push(tell().await);
    test.set_state(run, State::new(StateKind::Scheduled, ""), None).await.unwrap();
    told.push(tell().await);
    insta::assert_snapshot!(told.join("\n"), @r#"
    an agent: none is registered; start one, e.g. with `castra agent local start`
    an agent with `dev`, `ml` that launches a LocalRun: none of the 2 registered takes it
      LocalAgent: the agent lacks `ml`
      DockerAgent: a LocalRun is not launched by a DockerAgent
    an agent that takes it to ask for work
      LocalAgent: takes it
      LocalAgent: the agent lacks `ml`
      DockerAgent: a LocalRun is not launched by a DockerAgent
    the agents that take it to come back: none of them has asked for work lately
      LocalAgent: the agent lacks `ml`
      DockerAgent: a LocalRun is not launched by a DockerAgent
      LocalAgent: the agent was last heard of 200 s ago
    nothing
      LocalAgent: takes it
      LocalAgent: the agent lacks `ml`
      DockerAgent: a LocalRun is not launched by a DockerAgent
    the end of its earlier launch, which is being stopped
      LocalAgent: takes it
      LocalAgent: the agent lacks `ml`
      DockerAgent: a LocalRun is not launched by a DockerAgent
    "#);
}
