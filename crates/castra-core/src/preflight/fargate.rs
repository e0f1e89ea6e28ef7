//! The sizes of tasks on AWS Fargate: which memory goes with which CPU (AWS: "Task CPU and memory", Fargate task
//! definitions). Larger CPUs than are listed here are AWS' to judge.

/// A size of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// In units of 1/1024 vCPU.
    pub(super) cpu: u32,
    /// In MiB.
    pub(super) memory: u32,
}

/// CPU units, and the least and the most memory and its steps in MiB.
const SIZES: [(u32, u32, u32, u32); 8] = [
    (256, 512, 512, 512),
    (256, 1024, 2048, 1024),
    (512, 1024, 4096, 1024),
    (1024, 2048, 8192, 1024),
    (2048, 4096, 16384, 1024),
    (4096, 8192, 30720, 1024),
    (8192, 16384, 61440, 4096),
    (16384, 32768, 122_880, 8192),
];

/// All sizes, the smallest first.
fn sizes() -> impl Iterator<Item = Size> {
    SIZES.into_iter().flat_map(|(cpu, least, most, step)| {
        (least..=most).step_by(step as usize).map(move |memory| Size { cpu, memory })
    })
}

/// Whether Fargate has such tasks, or larger ones than this file knows.
pub(super) fn has(cpu: Option<u32>, memory: Option<u32>) -> bool {
    let is_beyond = cpu.is_some_and(|cpu| cpu > 16384);
    let fits = |size: Size| {
        cpu.is_none_or(|cpu| cpu == size.cpu) && memory.is_none_or(|memory| memory == size.memory)
    };
    is_beyond || sizes().any(fits)
}

/// The smallest size that has as much of both, else the largest.
pub(super) fn nearest(cpu: Option<u32>, memory: Option<u32>) -> Size {
    let is_enough = |size: &Size| {
        cpu.is_none_or(|cpu| cpu <= size.cpu) && memory.is_none_or(|memory| memory <= size.memory)
    };
    sizes().find(is_enough).unwrap_or(Size { cpu: 16384, memory: 122_880 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_awss_table() {
        let memories =
            |cpu| sizes().filter(|size| size.cpu == cpu).map(|size| size.memory).collect::<Vec<_>>();
        assert_eq!(memories(256), [512, 1024, 2048]);
        assert_eq!(memories(512), [1024, 2048, 3072, 4096]);
        assert_eq!((memories(4096).len(), memories(4096).last()), (23, Some(&30720)));
        assert_eq!(memories(8192).len(), 12);
        assert_eq!((memories(16384).len(), memories(16384).last()), (12, Some(&122_880)));
    }

    #[test]
    fn the_nearest_size_has_enough_of_both() {
        let near = |cpu, memory| nearest(Some(cpu), Some(memory));
        assert_eq!(near(256, 4096), Size { cpu: 512, memory: 4096 });
        assert_eq!(near(1024, 512), Size { cpu: 1024, memory: 2048 });
        assert_eq!(near(1000, 2500), Size { cpu: 1024, memory: 3072 });
        assert_eq!(near(16384, 900_000), Size { cpu: 16384, memory: 122_880 });
        assert_eq!(nearest(None, Some(600)), Size { cpu: 256, memory: 1024 });
        assert!(has(Some(2048), Some(4096)) && !has(Some(2048), Some(2048)) && has(Some(32768), Some(1)));
    }
}
