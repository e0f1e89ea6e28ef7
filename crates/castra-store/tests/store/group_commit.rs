//! The writer: durable when answered, and no transaction hurts another.

use castra_core::label::LabelSet;
use castra_store::route::Route;
use castra_store::testing::TestStore;
use castra_store::{Change, Store, StoreConfig, StoreError, SystemClock, Transaction};

fn note(tx: &mut Transaction<'_>, name: &str) -> Result<(), StoreError> {
    let (id, now) = (tx.new_id(), tx.now());
    tx.execute(
        "insert into tenant (id, name, slug, created, updated) values (?1, ?2, ?2, ?3, ?3)",
        &[id.into(), name.into(), now.into()],
    )?;
    Ok(())
}

async fn notes(test: &TestStore) -> String {
    test.value("select coalesce(group_concat(name, ' ' order by name), '') from tenant", &[]).await
}

#[tokio::test]
async fn what_was_answered_is_there_after_reopening() {
    let test = TestStore::new();
    test.write(|tx| note(tx, "kept")).await;
    let test = test.reopen();
    assert_eq!(notes(&test).await, "kept");
}

#[tokio::test]
async fn a_failing_transaction_in_a_group_hurts_nobody() {
    let test = TestStore::new();
    let store = test.store();
    let good = |name: &'static str| store.write(move |tx| note(tx, name));
    let failing = store.write(|tx| {
        note(tx, "half done")?;
        Err::<(), _>(StoreError::invalid("no"))
    });
    let panicking = store.write(|tx| {
        note(tx, "half done too")?;
        let nothing: Vec<i64> = Vec::new();
        Ok(nothing[0])
    });
    let (a, failed, b, panicked, c) = tokio::join!(good("a"), failing, good("b"), panicking, good("c"));
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(failed.unwrap_err().to_string(), "no");
    insta::assert_snapshot!(panicked.unwrap_err(), @"internal error in the store: a transaction panicked: index out of bounds: the len is 0 but the index is 0");
    assert_eq!(notes(&test).await, "a b c");
}

#[tokio::test]
async fn a_full_disk_fails_the_group_in_words_and_is_over_when_there_is_room() {
    let test = TestStore::new();
    let store = test.store();
    let pages = async |count: u64| {
        let limit = format!("pragma max_page_count = {count}");
        store.write(move |tx| tx.query_one(&limit, &[], |row| row.get::<i64>(0))).await.unwrap()
    };
    test.write(|tx| note(tx, "before")).await;
    // No fewer than there are.
    pages(1).await;
    let small = || store.write(|tx| note(tx, "small"));
    let large = store.write(|tx| note(tx, &"large".repeat(10_000)));
    // The first of the group holds the writer until the others wait behind it.
    let (release, released) = std::sync::mpsc::channel::<()>();
    let first = store.write(move |_| {
        released.recv().unwrap();
        Ok(())
    });
    let all_wait = async { release.send(()).unwrap() };
    let (first, a, failed, b, ()) =
        tokio::join!(first, small(), large, store.write(|tx| note(tx, "other")), all_wait);
    for refused in [first, a, failed, b] {
        insta::allow_duplicates!(
            insta::assert_snapshot!(refused.unwrap_err(), @"the disk that holds the database is full: free some space; nothing was written")
        );
    }
    assert_eq!(notes(&test).await, "before");
    pages(1_000_000).await;
    small().await.unwrap();
    assert_eq!(notes(&test).await, "before small");
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let test = TestStore::new();
    assert!(test.store().read(|tx| note(tx, "no")).await.is_err());
    assert_eq!(notes(&test).await, "");
}

#[tokio::test]
async fn changes_are_told_after_the_commit_and_only_then() {
    let test = TestStore::new();
    let mut changes = test.store().changes();
    let announce = |from| Change::Claimable { route: Route::new(LabelSet::empty(), None), from };
    test.refused(move |tx| {
        tx.announce(announce(tx.now()));
        Err::<(), _>(StoreError::invalid("no"))
    })
    .await;
    assert!(changes.try_recv().is_err());
    let now = test
        .write(move |tx| {
            tx.announce(announce(tx.now()));
            Ok(tx.now())
        })
        .await;
    assert_eq!(changes.recv().await.unwrap(), announce(now));
}

#[tokio::test]
async fn what_cannot_be_opened_says_why() {
    let directory = tempfile::tempdir().unwrap();
    let open = |path: std::path::PathBuf| Store::open(&StoreConfig { path }, SystemClock).err().unwrap();
    let missing = open(directory.path().join("no/such/castra.db"));
    assert!(matches!(missing, StoreError::Open { .. }), "{missing}");
    let garbage = directory.path().join("garbage.db");
    std::fs::write(&garbage, "this is no database, ".repeat(100)).unwrap();
    let garbage = open(garbage);
    assert!(matches!(garbage, StoreError::Corrupt(_)), "{garbage}");
}

#[tokio::test]
async fn a_second_server_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let config = StoreConfig { path: directory.path().join("castra.db") };
    let first = Store::open(&config, SystemClock).unwrap();
    let error = Store::open(&config, SystemClock).err().unwrap().to_string();
    assert!(error.ends_with("castra.db open: stop it, or use another file"), "{error}");
    drop(first);
    Store::open(&config, SystemClock).unwrap();
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("castra.db");
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 1000).unwrap();
    let error = Store::open(&StoreConfig { path }, SystemClock).err().unwrap();
    insta::assert_snapshot!(error, @"the database has schema version 1000, this Castra knows up to 5: install a newer Castra, or use another file");
}
