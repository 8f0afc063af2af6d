using Microsoft.Data.Sqlite;

namespace NnService.Api.Errors;

/// <summary>What a failure of SQLite means, in words.</summary>
internal static class DatabaseFailure
{
    /// <summary>What is said where pages of the database are not what they were.</summary>
    public const string Damaged = "The database file is damaged. Stop the service and put the data folder back from a backup.";

    /// <summary>What is said of a row whose text is not what was written.</summary>
    public const string DamagedText =
        "Something in the database file is damaged: a stored description is not what was written. Stop the service and put the data folder back from a backup, or delete what cannot be read.";

    private const int Corrupt = 11;
    private const int NotADatabase = 26;

    /// <summary>Whether the file is damaged.</summary>
    public static bool IsDamage(SqliteException failure) => failure.SqliteErrorCode is Corrupt or NotADatabase;

    /// <summary>Whether a damaged file is at the bottom of a failure.</summary>
    public static bool IsIn(Exception failure) => failure is SqliteException sqlite ? IsDamage(sqlite) : failure.InnerException is { } inner && IsIn(inner);

    /// <summary>Why a start cannot go on, in a sentence.</summary>
    public static string Explain(SqliteException failure, string file) => IsDamage(failure)
        ? $"The database {file} is damaged. Put the data folder back from a backup; or, to begin anew, move it away."
        : $"The database {file} cannot be used: {Meaning(failure.SqliteErrorCode)}.";

    private static string Meaning(int code) => code switch
    {
        5 or 6 => "another program has it locked",
        8 or 3 => "it cannot be written; give the service's user the right to",
        13 => "the disk is full",
        14 => "it cannot be opened; give the service's user the right to read and write it and its folder",
        _ => $"SQLite gives the error {code}; look whether the disk is in order",
    };
}
