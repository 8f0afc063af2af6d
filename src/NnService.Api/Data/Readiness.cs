using NnService.Api.Storage;

namespace NnService.Api.Data;

/// <summary>Whether the service can serve.</summary>
internal sealed class Readiness(Database database, DataFolder folder, IHostApplicationLifetime lifetime)
{
    /// <summary>Why it cannot, a sentence each; empty where it can.</summary>
    public IReadOnlyList<string> Obstacles()
    {
        var reasons = new List<string>();
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            reasons.Add("The service is shutting down.");
        if (folder.Obstacle() is { } obstacle)
            reasons.Add(obstacle);
        else if (!CanRead())
            reasons.Add("The database cannot be read.");
        return reasons;
    }

    private bool CanRead()
    {
        try
        {
            _ = database.Ask("SELECT Name FROM Networks LIMIT 1");
            return true;
        }
        catch (Microsoft.Data.Sqlite.SqliteException)
        {
            return false;
        }
    }
}
