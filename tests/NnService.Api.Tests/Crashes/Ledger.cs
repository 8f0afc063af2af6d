using System.Collections.Concurrent;

namespace NnService.Api.Tests.Crashes;

/// <summary>What the service has acknowledged, and so must keep.</summary>
internal sealed class Ledger
{
    /// <summary>Name and SHA-256.</summary>
    public Dictionary<string, string> Datasets { get; } = [];

    public List<string> Deleted { get; } = [];

    public ConcurrentDictionary<string, LedgerJob> Jobs { get; } = new();

    public int Attempts { get; set; }

    public bool IsEmpty => Datasets.Count == 0;

    public int Unended => Jobs.Values.Count(job => !job.HasEnded && !job.IsCancelled);

    /// <summary>A job that may not have ended; null where there is none.</summary>
    public (string Id, LedgerJob Job)? Any(Random random)
    {
        var open = Jobs.Where(job => job.Value is { HasEnded: false, IsCancelled: false }).ToList();
        if (open.Count == 0)
            return null;
        lock (random)
        {
            var (id, job) = open[random.Next(open.Count)];
            return (id, job);
        }
    }
}

/// <summary>A job that was acknowledged.</summary>
internal sealed class LedgerJob(int kind, string model)
{
    public int Kind => kind;

    public string Model => model;

    /// <summary>Somebody has asked for it; whether it happened is not known where the answer was lost.</summary>
    public bool MayBeCancelled { get; set; }

    public bool IsCancelled { get; set; }

    public bool HasEnded { get; set; }
}

/// <summary>The jobs of the harness: a second or two each, with everything in them that a checkpoint has to carry.</summary>
internal static class CrashJobs
{
    public const int Kinds = 3;

    public static string Body(int kind, string model) => kind switch
    {
        0 => $$"""
            {"dataset":"digits","target":"digit","network":{"layers":[{"type":"dense","units":96,"activation":"gelu"},{"type":"batchNormalization"},{"type":"dropout","rate":0.2},{"type":"dense","activation":"softmax"}]},
             "split":{"train":0.8,"validation":0.2,"test":0},"optimizer":{"type":"adam","amsgrad":true},"schedule":{"type":"reduceOnPlateau","patience":2,"factor":0.5},
             "earlyStopping":{"patience":15},"batchSize":8,"epochs":40,"model":"{{model}}"}
            """,
        1 => $$"""
            {"dataset":"digits","target":"digit","network":{"layers":[{"type":"dense","units":128,"activation":"tanh"},{"type":"dense","activation":"softmax"}]},"historyLoss":"running",
             "split":{"train":1,"validation":0,"test":0},"optimizer":{"type":"sgd","momentum":0.9,"nesterov":true},"order":"withReplacement","stepsPerEpoch":2000,"batchSize":4,"epochs":8,"model":"{{model}}"}
            """,
        _ => $$"""
            {"dataset":"digits","target":["digit"],"task":"regression","network":{"layers":[{"type":"dense","units":16,"activation":"silu"},{"type":"layerNormalization"},{"type":"dense"}]},
             "split":{"train":0.7,"validation":0.1,"test":0.2},"optimizer":"nadam","precision":"float64","batchSize":32,"epochs":60,"historyEvery":3,"earlyStopping":{"patience":0},"model":"{{model}}"}
            """,
    };
}
