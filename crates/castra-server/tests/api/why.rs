use crate::server::TestServer;

#[tokio::test]
async fn a_run_tells_what_it_waits_for() {
    let server = TestServer::seeded().await;
    let flow_run = "50000000-0000-4000-8000-000000000001";
    let answer = server
        .data(&format!("{{ why(flow_run_id: \"{flow_run}\") {{ waiting_for agents {{ id reason }} }} }}"))
        .await;
    insta::assert_json_snapshot!(answer, @r#"
    {
      "why": {
        "waiting_for": null,
        "agents": []
      }
    }
    "#);
    let error = async |id| server.error(&format!("{{ why(flow_run_id: {id}) {{ waiting_for }} }}")).await;
    insta::assert_snapshot!(error("\"x\"").await, @r#"BAD_USER_INPUT: `flow_run_id` takes an id, not "x""#);
    insta::assert_snapshot!(error("\"00000000-0000-4000-8000-000000000000\"").await, @"NOT_FOUND: flow run 00000000-0000-4000-8000-000000000000 not found");
}
