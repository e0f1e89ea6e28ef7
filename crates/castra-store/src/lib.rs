//! Every SQL statement of Castra: schema, migrations, the group-committing writer, claims and the launch ledger.
