use serde_json::json;

use crate::server::TestServer;

#[tokio::test]
async fn a_row_is_found_by_its_id_however_it_is_spelt() {
    let server = TestServer::seeded().await;
    for id in ["50000000-0000-4000-8000-000000000001", "50000000000040008000000000000001"] {
        let answer = server.data(&format!("{{ flow_run_by_pk(id: \"{id}\") {{ name }} }}")).await;
        assert_eq!(answer, json!({"flow_run_by_pk": {"name": "brave-otter"}}));
    }
}

#[tokio::test]
async fn what_is_no_id_is_no_row() {
    let server = TestServer::seeded().await;
    for id in ["brave-otter", "", "x' or '1'='1"] {
        let answer = server.data(&format!("{{ flow_run_by_pk(id: \"{id}\") {{ name }} }}")).await;
        assert_eq!(answer, json!({"flow_run_by_pk": null}));
    }
}

#[tokio::test]
async fn get_task_run_info_is_a_task_run_by_its_id() {
    let server = TestServer::seeded().await;
    let id = "70000000-0000-4000-8000-000000000001";
    let answer = server
        .data(&format!("{{ get_task_run_info(task_run_id: \"{id}\") {{ version serialized_state }} }}"))
        .await;
    assert_eq!(
        answer,
        json!({"get_task_run_info": {"version": 2, "serialized_state": {"type": "Retrying"}}})
    );
}
