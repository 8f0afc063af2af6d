using NnService.Api.Errors;
using NnService.Api.Startup;

namespace NnService.Api.Data;

/// <summary>Tables that this version of the service does not know: of a later one, or of something else.</summary>
internal static class ForeignTables
{
    private const string History = "__EFMigrationsHistory";

    /// <summary>Refuses them.</summary>
    /// <param name="engine">The database's.</param>
    /// <param name="queries">For the migrations.</param>
    /// <param name="tables">Names of the tables that there are.</param>
    /// <returns>The migrations that the tables have been brought up to date by.</returns>
    /// <exception cref="StartException">There are some.</exception>
    public static IReadOnlyList<string> Refuse(DatabaseEngine engine, PlainQueries queries, IReadOnlyList<string> tables)
    {
        var done = tables.Contains(History) ? queries.Migrations() : [];
        if (done.Except(engine.Schema.Migrations).FirstOrDefault() is { } unknown && done.Intersect(engine.Schema.Migrations).Any())
            throw new StartException(
                $"The database {engine.Name} was made by a newer version of the service (its migration {unknown} is unknown here). "
                + "Start that version, or put the database back from a backup.");
        string[] others = [.. tables.Where(table => table != History && table != engine.MigrationLockTable)];
        if (others.Length > 0 && !done.Intersect(engine.Schema.Migrations).Any())
            throw new StartException(
                $"The database {engine.Name} belongs to something else: it has the {(others.Length == 1 ? "table" : "tables")} "
                + $"{string.Join(", ", others.Order(StringComparer.Ordinal).Take(5))}, and is not the service's. Give the service one of its own.");
        return done;
    }
}
