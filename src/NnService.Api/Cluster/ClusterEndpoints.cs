using Microsoft.AspNetCore.Http.HttpResults;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.TrainingJobs;

namespace NnService.Api.Cluster;

/// <summary>Which nodes there are, and what each is doing.</summary>
internal static class ClusterEndpoints
{
    public static void MapCluster(this RouteGroupBuilder api) => api.MapGroup("").WithTags("Operations")
        .MapGet("/cluster", Show).RequireScope(Scope.Read)
        .Describe(
            "Show the nodes",
            "Which nodes share the database, what each does, and when it was seen last. A service that has its database for itself is the one node. "
            + "A node that has not been seen for three times `Cluster:CheckInSeconds` is taken for dead, and its jobs go on elsewhere.")
        .Named("getCluster")
        .Returns<ClusterResponse>(200).Refuses(429);

    /// <summary>What a worker says to requests that are for other nodes.</summary>
    public static void MapNothingElse(this WebApplication app) => app.MapFallback(context => Refusal.Result(
            404, "This node is a worker (Cluster:Role=worker): it answers /health/live, /health/ready and /metrics alone. "
            + "Ask a node with the role api or all.").ExecuteAsync(context))
        .AllowAnonymous().DisableRateLimiting();

    private static Ok<ClusterResponse> Show(Database database, DatabaseEngine engine, Node node)
    {
        var nodes = engine.Nodes();
        Guid[] ids = [.. nodes.SelectMany(row => row.Jobs)];
        using var db = database.Read();
        var jobs = db.TrainingJobs.Where(job => ids.Contains(job.Id) && job.State == JobState.Running)
            .Select(job => new ClusterJobResponse(job.Id, job.ModelName, job.Attempt, job.Epoch, job.Epochs)).ToDictionary(job => job.Id);
        var living = nodes.Where(IsAlive).ToHashSet();
        // A dead node shows what it left until a living one has it; of several dead ones, the one that had it last.
        var holders = nodes.OrderByDescending(living.Contains).ThenByDescending(row => row.SeenAt)
            .SelectMany(row => row.Jobs.Select(id => (Job: id, Node: row.Id))).DistinctBy(held => held.Job).ToHashSet();
        return TypedResults.Ok(new ClusterResponse(
            !node.IsAlone,
            living.Sum(row => row.Slots),
            db.TrainingJobs.Count(job => job.State == JobState.Queued),
            [.. nodes.OrderBy(row => row.Name, StringComparer.Ordinal).ThenBy(row => row.Id).Select(row => new ClusterNodeResponse(
                row.Id, row.Name, row.Role, row.Id == node.Id, living.Contains(row), row.Leads && living.Contains(row), row.Version, row.StartedAt, row.SeenAt,
                row.Slots, [.. row.Jobs.Where(id => jobs.ContainsKey(id) && holders.Contains((id, row.Id))).Select(id => jobs[id])]))]));

        bool IsAlive(NodeRow row) => row.Id == node.Id || row.SecondsAgo <= node.Patience.TotalSeconds;
    }
}
