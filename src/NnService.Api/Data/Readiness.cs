using System.Data.Common;
using NnService.Api.Startup;
using NnService.Api.Storage;

namespace NnService.Api.Data;

/// <summary>Whether the service can serve.</summary>
internal sealed class Readiness(PlainQueries queries, DataFolder folder, IHostApplicationLifetime lifetime)
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
            queries.Probe();
            return true;
        }
        catch (DbException)
        {
            return false;
        }
    }
}
