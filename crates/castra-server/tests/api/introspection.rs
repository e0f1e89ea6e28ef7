use crate::server::TestServer;

#[tokio::test]
async fn types_are_named_as_hasura_names_them() {
    let server = TestServer::empty().await;
    let answer = server
        .data(
            "{ __type(name: \"Query\") { fields { name type { kind ofType { kind } } args { name type { kind name ofType { name } } } } }
               project: __type(name: \"project_bool_exp\") { inputFields { name type { name } } } }",
        )
        .await;
    let fields = answer["__type"]["fields"].as_array().unwrap();
    let flow = fields.iter().find(|field| field["name"] == "flow").unwrap();
    insta::assert_json_snapshot!(flow, @r#"
    {
      "name": "flow",
      "type": {
        "kind": "NON_NULL",
        "ofType": {
          "kind": "LIST"
        }
      },
      "args": [
        {
          "name": "where",
          "type": {
            "kind": "INPUT_OBJECT",
            "name": "flow_bool_exp",
            "ofType": null
          }
        },
        {
          "name": "order_by",
          "type": {
            "kind": "LIST",
            "name": null,
            "ofType": {
              "name": null
            }
          }
        },
        {
          "name": "limit",
          "type": {
            "kind": "SCALAR",
            "name": "Int",
            "ofType": null
          }
        },
        {
          "name": "offset",
          "type": {
            "kind": "SCALAR",
            "name": "Int",
            "ofType": null
          }
        },
        {
          "name": "distinct_on",
          "type": {
            "kind": "LIST",
            "name": null,
            "ofType": {
              "name": null
            }
          }
        }
      ]
    }
    "#);
    insta::assert_json_snapshot!(answer["project"]["inputFields"], @r#"
    [
      {
        "name": "_and",
        "type": {
          "name": null
        }
      },
      {
        "name": "_or",
        "type": {
          "name": null
        }
      },
      {
        "name": "_not",
        "type": {
          "name": "project_bool_exp"
        }
      },
      {
        "name": "id",
        "type": {
          "name": "uuid_comparison_exp"
        }
      },
      {
        "name": "tenant_id",
        "type": {
          "name": "uuid_comparison_exp"
        }
      },
      {
        "name": "name",
        "type": {
          "name": "String_comparison_exp"
        }
      },
      {
        "name": "description",
        "type": {
          "name": "String_comparison_exp"
        }
      },
      {
        "name": "created",
        "type": {
          "name": "timestamptz_comparison_exp"
        }
      },
      {
        "name": "updated",
        "type": {
          "name": "timestamptz_comparison_exp"
        }
      },
      {
        "name": "tenant",
        "type": {
          "name": "tenant_bool_exp"
        }
      },
      {
        "name": "flows",
        "type": {
          "name": "flow_bool_exp"
        }
      }
    ]
    "#);
}

#[tokio::test]
async fn secrets_are_not_in_the_schema() {
    let server = TestServer::empty().await;
    let answer = server.data("{ __schema { types { name fields { name } } } }").await.to_string();
    assert!(!answer.contains("sha256"), "{answer}");
}
