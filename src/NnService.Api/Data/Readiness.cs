using System.Data.Common;
using NnService.Api.Errors;
using NnService.Api.Startup;
using NnService.Api.Storage;

namespace NnService.Api.Data;

/// <summary>Whether the service can serve.</summary>
internal sealed class Readiness(PlainQueries queries, DatabaseFailures failures, DataFolder folder, WarmUp warmUp, IHostApplicationLifetime lifetime)
{
    /// <summary>Why it cannot, a sentence each; empty where it can.</summary>
    public IReadOnlyList<string> Obstacles()
    {
        var reasons = new List<string>();
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            reasons.Add("The service is shutting down.");
        if (warmUp.Obstacle is { } practice)
            reasons.Add(practice);
        if (folder.Obstacle() is { } obstacle)
            reasons.Add(obstacle);
        else if (WhyUnreadable() is { } why)
            reasons.Add(why);
        return reasons;
    }

    private string? WhyUnreadable()
    {
        try
        {
            queries.Probe();
            return null;
        }
        catch (DbException failure)
        {
            return failures.IsAway(failure) ? "The database cannot be reached." : "The database cannot be read.";
        }
    }
}
