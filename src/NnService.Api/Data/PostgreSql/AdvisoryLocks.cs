namespace NnService.Api.Data.PostgreSql;

/// <summary>The locks of the service's own, by two numbers: what is locked, and the service's place among others that use such locks.</summary>
internal static class AdvisoryLocks
{
    private const int Service = 0x6e6e7376; // "nnsv"

    /// <summary>The whole database, for as long as the connection lives; says whether it was to be had.</summary>
    /// <remarks>Does not wait in line: those that share it would have to wait behind it.</remarks>
    public static readonly string TryDatabase = $"SELECT pg_try_advisory_lock({Service}, 1)";

    /// <summary>The whole database together with others that take it so.</summary>
    public static readonly string ShareDatabase = $"SELECT pg_advisory_lock_shared({Service}, 1)";

    /// <summary>The right to write, to the end of the transaction.</summary>
    public static readonly string TakeWriter = $"SELECT pg_advisory_xact_lock({Service}, 2)";

    /// <summary>The right to do what one node at a time does, for as long as the connection lives; says whether it was to be had.</summary>
    public static readonly string TryLead = $"pg_try_advisory_lock({Service}, 3)";

    /// <summary>The right to bring the tables up to date, until it is given back.</summary>
    public static readonly string TakeTables = $"SELECT pg_advisory_lock({Service}, 4)";

    /// <summary>Gives that back.</summary>
    public static readonly string GiveTablesBack = $"SELECT pg_advisory_unlock({Service}, 4)";
}
