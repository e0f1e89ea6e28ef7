//! Logs so long that they are searched by their blocks: what is found is what a look at every line finds.

use castra_core::log_level::LogLevel;
use castra_store::delete::delete_flow_run;
use castra_store::log::{NewLog, write_logs};
use castra_store::testing::TestStore;
use castra_store::view::logs::{LogFilter, LogPlace, lines_after, lines_before};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Lines of the log that is searched.
const LINES: usize = 5_000;

/// The nth line. Every batch of 90 is written by two machines in turn, one of which has its clock 40 ms back.
fn line(flow_run_id: Uuid, n: usize) -> NewLog {
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let back = if n % 90 < 45 { 40 } else { 0 };
    let (level, message) = match n {
        n if n % 1_000 == 999 => ("ERROR", format!("row {n} Was Refused")),
        n if n % 500 == 7 => ("ODD", format!("row {n}: 100% odd")),
        n => ("INFO", format!("row {n} was read")),
    };
    NewLog {
        flow_run_id,
        task_run_id: None,
        timestamp: Some(start + SignedDuration::from_millis(n as i64 - back)),
        name: None,
        level: level.to_owned(),
        message,
        info: None,
    }
}

/// A run with the log, and another that says the same so that no line of it may be found.
async fn a_long_log(test: &TestStore) -> Uuid {
    let flow_id = test.a_flow(&[]).await;
    let (id, other) = (test.a_run(flow_id).await, test.a_run(flow_id).await);
    let numbers: Vec<_> = (0..LINES).collect();
    for numbers in numbers.chunks(90) {
        let lines: Vec<_> = numbers.iter().flat_map(|n| [line(id, *n), line(other, *n)]).collect();
        test.write(move |tx| write_logs(tx, &lines)).await;
    }
    id
}

/// What a look at every line finds, as instant and message, in the order in which it is shown.
fn looked_for(id: Uuid, level: LogLevel, text: &str) -> Vec<(Timestamp, String)> {
    let lines = (0..LINES).map(|n| line(id, n));
    let lines = lines.filter(|line| line.level.parse().map_or(true, |of_line: LogLevel| of_line >= level));
    let lines = lines.filter(|line| line.message.to_lowercase().contains(&text.to_lowercase()));
    let mut lines: Vec<_> = lines.map(|line| (line.timestamp.unwrap(), line.message)).collect();
    lines.sort();
    lines
}

/// What is found from the end on, or from the start on, so many lines at a time.
async fn found(
    test: &TestStore,
    filter: &LogFilter,
    from_the_end: bool,
    limit: usize,
) -> Vec<(Timestamp, String)> {
    let (mut all, mut place) = (Vec::new(), None);
    loop {
        let filter = filter.clone();
        let page = test
            .write(move |tx| match from_the_end {
                true => lines_before(tx, &filter, place, limit),
                false => lines_after(tx, &filter, place, limit),
            })
            .await;
        let last = if from_the_end { page.lines.first() } else { page.lines.last() };
        place = last.map(|line| LogPlace { timestamp: line.timestamp, id: line.id });
        all.extend(page.lines.into_iter().map(|line| (line.timestamp, line.message)));
        if !page.has_more {
            all.sort();
            return all;
        }
    }
}

async fn assert_that_all_is_found(test: &TestStore, id: Uuid) {
    for (level, text) in [
        (LogLevel::Debug, "row 4321"),
        (LogLevel::Debug, "ROW 321"),
        (LogLevel::Debug, "was refused"),
        (LogLevel::Debug, "row 12345"),
        (LogLevel::Debug, "99"),
        (LogLevel::Debug, "0%"),
        (LogLevel::Debug, "was"),
        (LogLevel::Warning, ""),
        (LogLevel::Error, "row 3"),
        (LogLevel::Critical, "refused"),
    ] {
        let filter = LogFilter { flow_run_id: id, level, text: text.to_owned() };
        let looked_for = looked_for(id, level, text);
        for (from_the_end, limit) in [(true, 7), (false, 600)] {
            let found = found(test, &filter, from_the_end, limit).await;
            assert_eq!(found, looked_for, "{level} `{text}` by {limit}");
        }
    }
}

#[tokio::test]
async fn a_long_log_is_searched_by_its_blocks() {
    let test = TestStore::new();
    let id = a_long_log(&test).await;
    assert_that_all_is_found(&test, id).await;
}

#[tokio::test]
async fn logs_of_a_database_that_is_older_than_blocks_are_searched_by_blocks_too() {
    let test = TestStore::new();
    let id = a_long_log(&test).await;
    test.write(|tx| {
        tx.execute("drop table log_block", &[])?;
        tx.execute("pragma user_version = 4", &[])
    })
    .await;
    let test = test.reopen();
    let blocks =
        test.value::<i64>("select count(*) from log_block where flow_run_id = ?1", &[id.into()]).await;
    assert_eq!(blocks, 1 + (LINES - 2_000).div_ceil(128) as i64);
    assert_that_all_is_found(&test, id).await;
}

#[tokio::test]
async fn a_line_that_is_sent_again_is_not_counted_again() {
    let test = TestStore::new();
    let flow_id = test.a_flow(&[]).await;
    let id = test.a_run(flow_id).await;
    for _ in 0..2 {
        test.write(move |tx| write_logs(tx, &[line(id, 1), line(id, 2), line(Uuid::nil(), 3)])).await;
    }
    assert_eq!(test.value::<i64>("select sum(lines) from log_block", &[]).await, 2);
}

#[tokio::test]
async fn blocks_go_with_their_run() {
    let test = TestStore::new();
    let id = a_long_log(&test).await;
    test.write(move |tx| delete_flow_run(tx, id)).await;
    let left = "select count(*) from log_block where flow_run_id = ?1";
    assert_eq!(test.value::<i64>(left, &[id.into()]).await, 0);
}
