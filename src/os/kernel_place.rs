//! What a process waits for or does in the kernel, by the names of the functions that it is in. One table for all versions: a name that a
//! version does not have is never met.

/// A kind of place in the kernel, by what it means for a file that many map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KernelPlace {
    /// It visits the mappings of a page.
    Walk,
    /// It waits for the list of a file's mappings, or for an address space.
    MappingLock,
    /// It waits for the file system's journal or log.
    Journal,
    /// It waits for a folio that another has locked, or that is being written back.
    Folio,
    /// It waits for a device.
    Device,
    /// It waits for a lock on the file.
    FileLock,
    /// It runs, so that its stack is unknown; or it is in user space.
    Running,
    Other,
}

impl KernelPlace {
    pub const ALL: [KernelPlace; 8] = [
        KernelPlace::Walk,
        KernelPlace::MappingLock,
        KernelPlace::Journal,
        KernelPlace::Folio,
        KernelPlace::Device,
        KernelPlace::FileLock,
        KernelPlace::Running,
        KernelPlace::Other,
    ];

    /// As columns name it.
    pub fn name(self) -> &'static str {
        match self {
            KernelPlace::Walk => "walk",
            KernelPlace::MappingLock => "mapping_lock",
            KernelPlace::Journal => "journal",
            KernelPlace::Folio => "folio",
            KernelPlace::Device => "device",
            KernelPlace::FileLock => "file_lock",
            KernelPlace::Running => "running",
            KernelPlace::Other => "other",
        }
    }

    /// Of a stack, outermost first. The first line of the table that any function fits decides: a walk that waits for the list of mappings
    /// is a wait for that list.
    pub fn of(stack: &[String]) -> KernelPlace {
        if stack.is_empty() {
            return KernelPlace::Running;
        }
        let has = |names: &[&str]| stack.iter().any(|function| names.iter().any(|name| function.starts_with(name)));
        let found = PLACES.iter().find(|(_, all)| all.iter().all(|names| has(names)));
        found.map_or(KernelPlace::Other, |(place, _)| *place)
    }
}

/// Beginnings of names: one of each list must be there. Linux since 5.10 (`page_…` became `folio_…` in 5.18, `mmap_sem` `mmap_lock` in 5.8).
static PLACES: &[(KernelPlace, &[&[&str]])] = &[
    (KernelPlace::FileLock, &[&["fcntl_setlk", "posix_lock", "locks_lock_inode_wait", "flock_lock", "__do_sys_flock"]]),
    (
        KernelPlace::MappingLock,
        &[
            &["rwsem_down_", "down_read", "down_write", "__down_"],
            &[
                "rmap_walk",
                "folio_mkclean",
                "page_mkclean",
                "unlink_file_vma",
                "vma_prepare",
                "vma_link",
                "__mmap_region",
                "mmap_region",
                "do_mmap",
                "vm_mmap",
                "vm_munmap",
                "unmap_mapping",
                "exit_mmap",
                "dup_mm",
                "lock_mm",
                "mmap_read_lock",
                "mmap_write_lock",
                "do_user_addr_fault",
                "exc_page_fault",
            ],
        ],
    ),
    (
        KernelPlace::Walk,
        &[&[
            "rmap_walk",
            "__rmap_walk",
            "folio_mkclean",
            "page_mkclean",
            "page_vma_mkclean",
            "try_to_unmap",
            "folio_referenced",
        ]],
    ),
    (
        KernelPlace::Journal,
        &[&[
            "jbd2_",
            "wait_transaction_locked",
            "ext4_journal",
            "xfs_log_",
            "xlog_",
            "btrfs_wait_",
            "btrfs_commit",
            "btrfs_sync_log",
        ]],
    ),
    (
        KernelPlace::Folio,
        &[&["folio_wait_", "__folio_lock", "folio_lock", "wait_on_page_", "__lock_page", "lock_page"]],
    ),
    (
        KernelPlace::Device,
        &[&[
            "io_schedule",
            "blk_",
            "submit_bio",
            "bio_",
            "blkdev_issue_flush",
            "wbt_wait",
            "rq_qos_wait",
            "balance_dirty_pages",
        ]],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(stack: &str) -> KernelPlace {
        KernelPlace::of(&stack.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn places_are_known_by_their_functions() {
        for (stack, place) in [
            (
                "do_syscall_64 __x64_sys_msync ext4_writepages folio_clear_dirty_for_io folio_mkclean __rmap_walk_file",
                KernelPlace::Walk,
            ),
            (
                "do_syscall_64 ext4_writepages folio_mkclean rmap_walk down_read rwsem_down_read_slowpath",
                KernelPlace::MappingLock,
            ),
            (
                "do_syscall_64 ksys_mmap_pgoff vm_mmap_pgoff do_mmap mmap_region down_write rwsem_down_write_slowpath",
                KernelPlace::MappingLock,
            ),
            ("do_syscall_64 ext4_sync_file jbd2_log_wait_commit", KernelPlace::Journal),
            ("exc_page_fault filemap_fault __folio_lock_killable", KernelPlace::Folio),
            ("do_syscall_64 __x64_sys_fdatasync blkdev_issue_flush submit_bio_wait io_schedule", KernelPlace::Device),
            ("do_syscall_64 __x64_sys_fcntl do_fcntl fcntl_setlk", KernelPlace::FileLock),
            ("do_syscall_64 hrtimer_nanosleep", KernelPlace::Other),
            ("", KernelPlace::Running),
        ] {
            assert_eq!(of(stack), place, "{stack}");
        }
    }

    #[test]
    fn every_place_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = KernelPlace::ALL.map(KernelPlace::name).into();
        assert_eq!(names.len(), KernelPlace::ALL.len());
    }
}
