namespace NnService.Api.Data.PostgreSql;

/// <summary>The locks of the service's own, by two numbers: what is locked, and the service's place among others that use such locks.</summary>
internal static class AdvisoryLocks
{
    private const int Service = 0x6e6e7376; // "nnsv"

    /// <summary>The whole database, for as long as the connection lives.</summary>
    public static readonly string TakeDatabase = $"SELECT pg_advisory_lock({Service}, 1)";

    /// <summary>The right to write, to the end of the transaction.</summary>
    public static readonly string TakeWriter = $"SELECT pg_advisory_xact_lock({Service}, 2)";
}
