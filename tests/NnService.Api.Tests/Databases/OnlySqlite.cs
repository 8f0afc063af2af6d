using System.Runtime.CompilerServices;

namespace NnService.Api.Tests.Databases;

/// <summary>The tests that are about SQLite's files, each with its reason; skipped where the tests run on PostgreSQL, and nothing else is.</summary>
internal static class OnlySqlite
{
    private const string File = "It is about nnservice.db in the data folder";
    private const string Log = "It is about SQLite's write-ahead log";
    private const string Plans = "It is about how SQLite looks for rows";
    private const string Backup = "Backups hold nnservice.db; with PostgreSQL they are refused (PostgreSqlStartTests)";
    private const string Writes = "It changes rows behind the service's back, by SQLite";

    /// <summary>By class and method.</summary>
    public static IReadOnlyDictionary<string, string> Tests { get; } = new Dictionary<string, string>
    {
        ["AuditTests.Who_changes_it_is_found_out"] = $"{Writes}; PostgreSqlTests does by PostgreSQL",
        ["AuditTests.An_entry_that_could_not_be_sealed_at_once_is_sealed_with_the_next_and_once"] = Backup,
        ["AuditTests.A_folder_that_is_not_there_is_told_and_not_made"] = File,
        ["BackupTests.Backups_taken_under_load_restore_to_the_same_bits"] = Backup,
        ["BackupTests.A_second_backup_at_the_same_time_is_refused"] = Backup,
        ["BackupTests.Nothing_is_restored_from_an_archive_that_is_not_whole_or_into_a_folder_that_is_not_empty"] = Backup,
        ["BackupTests.An_upload_that_can_have_no_second_name_is_read_when_everybody_may_write_again"] = Backup,
        ["BackupTests.A_restore_says_how_many_keys_are_good_for_some_may_have_been_revoked_since"] = Backup,
        ["BackupTests.A_backup_says_which_dataset_is_damaged_and_never_overwrites_a_file"] = Backup,
        ["BackupTests.Damage_that_a_backup_has_found_goes_with_its_dataset"] = Backup,
        ["BackupTests.A_dataset_that_is_deleted_while_a_backup_is_sent_is_not_damaged"] = Backup,
        ["BackupTests.A_backup_whose_scratch_folder_cannot_be_removed_is_not_the_last_one"] = Backup,
        ["BackupTests.A_folder_of_scratch_files_that_is_another_users_is_named"] = Backup,
        ["DamagedModelTests.Every_door_refuses_it_and_it_is_not_ready"] = Writes,
        ["DatabaseDamageTests.A_text_of_the_database_that_is_no_longer_what_was_written_is_named"] = Writes,
        ["DatabaseDamageTests.A_database_that_is_cut_by_some_bytes_is_said_in_a_sentence"] = File,
        ["DatabaseDamageTests.A_database_that_is_cut_beside_its_log_is_said_in_a_sentence"] = File,
        ["DatabaseDamageTests.A_database_whose_last_pages_are_still_in_the_log_is_whole"] = Log,
        ["DatabaseDamageTests.A_database_that_is_none_any_more_is_said_in_a_sentence"] = File,
        ["DatabaseDamageTests.A_database_that_is_gone_is_not_made_anew_even_without_uploads"] = File,
        ["DatabaseDamageTests.A_database_with_pages_that_do_not_hang_together_is_named"] = File,
        ["DocumentTests.Every_example_works_when_pressed_and_is_answered_as_the_document_shows"] = Backup,
        ["FaultTests.On_a_full_disk_writes_are_refused_reads_and_deletes_go_on_and_jobs_wait_for_room"] = $"{File}, on a disk that is full",
        ["FaultTests.A_damaged_model_is_not_served_and_the_health_check_tells_it"] = Writes,
        ["FaultTests.A_database_that_is_missing_beside_uploads_is_said_and_not_made_anew"] = File,
        ["FolderCheckTests.What_is_lost_stays_a_finding_until_it_is_put_back"] = Writes,
        ["FolderCheckTests.An_audit_log_that_somebody_has_edited_is_found"] = Writes,
        ["FolderCheckTests.Broken_references_and_pages_are_found"] = Writes,
        ["FolderCheckTests.A_folder_of_a_newer_version_is_refused_as_at_a_start"] = Writes,
        ["FolderTests.Nothing_is_acknowledged_in_a_database_that_is_not_the_one_that_was_opened"] = File,
        ["FolderTests.A_database_that_is_closed_to_the_service_is_named"] = File,
        ["FolderTests.A_database_that_may_only_be_read_is_refused_at_the_start"] = File,
        ["FolderTests.A_command_says_that_a_folder_is_closed_to_its_user"] = File,
        ["LogDamageTests.A_damaged_log_is_said_and_no_upload_goes_with_it"] = Log,
        ["LogDamageTests.An_empty_database_beside_its_log_is_refused_and_the_log_stays"] = Log,
        ["LogDamageTests.A_log_without_its_index_tells_a_damage_by_its_own_frames"] = Log,
        ["LogDamageTests.A_kill_and_what_it_leaves_at_the_end_of_the_log_is_no_damage"] = Log,
        ["QueryPlanTests.Lists_of_models_are_read_from_an_index_without_the_parameters"] = Plans,
        ["QueryPlanTests.The_next_job_is_the_first_of_an_index"] = Plans,
        ["QueryPlanTests.What_is_old_is_found_by_indexes_before_the_write"] = Plans,
        ["QueryPlanTests.Messages_are_found_by_the_index_of_their_webhook"] = Plans,
        ["ReleaseTests.A_data_folder_of_a_release_opens_and_predicts"] = Backup,
        ["ReleaseTests.What_was_accepted_before_a_change_of_rules_is_trained_by_the_rules_of_then"] = Backup,
        ["ReleaseTests.What_was_accepted_before_a_change_of_encodings_comes_to_its_end_and_a_model_is_trained_again_to_its_bits"] = Backup,
        ["S3Tests.After_kill_9_another_process_that_has_the_database_alone_goes_on_from_the_buckets_checkpoint_to_the_same_bits"] = File,
        ["S3Tests.A_backup_takes_the_bucket_in_and_is_restored_into_a_folder_or_a_bucket"] = Backup,
        ["SchemaTests.A_database_left_in_the_middle_of_a_migration_is_brought_up_to_date"] = File,
    };

    /// <summary>Why a test is skipped here; null where it is not.</summary>
    public static string? WhySkipped(string file, string member) =>
        TestDatabase.IsPostgreSql && Tests.TryGetValue($"{Path.GetFileNameWithoutExtension(file)}.{member}", out var why) ? $"{why}." : null;

    /// <summary>The same of a test that must be in the list.</summary>
    public static string? WhySkippedOrUnknown(string file, string member) =>
        Tests.ContainsKey($"{Path.GetFileNameWithoutExtension(file)}.{member}") ? WhySkipped(file, member)
        : throw new InvalidOperationException($"{file}: {member} is not in the list of OnlySqlite.");
}

/// <summary>A test of the list in <see cref="OnlySqlite"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SqliteFactAttribute : FactAttribute
{
    public SqliteFactAttribute([CallerFilePath] string file = "", [CallerMemberName] string member = "") => Skip = OnlySqlite.WhySkippedOrUnknown(file, member);
}

/// <summary>The same with arguments.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SqliteTheoryAttribute : TheoryAttribute
{
    public SqliteTheoryAttribute([CallerFilePath] string file = "", [CallerMemberName] string member = "") =>
        Skip = OnlySqlite.WhySkippedOrUnknown(file, member);
}
