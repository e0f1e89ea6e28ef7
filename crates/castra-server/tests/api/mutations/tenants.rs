//! Tenants.

use serde_json::json;

use crate::server::TestServer;

#[tokio::test]
async fn a_new_server_has_one_tenant() {
    let server = TestServer::empty().await;
    insta::assert_json_snapshot!(server.data("{ tenant { name slug } }").await, @r#"
    {
      "tenant": [
        {
          "name": "Default",
          "slug": "default"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_tenant_is_made_once() {
    let server = TestServer::empty().await;
    let tenant = json!({"name": "Acme", "slug": "acme"});
    let id = server.id("create_tenant", tenant.clone()).await;
    assert_eq!(server.id("create_tenant", tenant).await, id);
    insta::assert_snapshot!(server.refused("create_tenant", "id", json!({"name": "Other", "slug": "acme"})).await, @"CONFLICT: the slug `acme` belongs to the tenant `Acme`: choose another slug");
    insta::assert_snapshot!(server.refused("create_tenant", "id", json!({"name": "", "slug": "x"})).await, @"BAD_USER_INPUT: create_tenant: input.name: the name is empty: give it at least one letter");
}
