//! Example flows, one small file each.
