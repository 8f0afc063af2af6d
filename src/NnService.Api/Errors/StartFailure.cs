using System.Data.Common;

namespace NnService.Api.Errors;

/// <summary>What the world around the service can do to its start and its stop, in a sentence.</summary>
internal static class StartFailure
{
    /// <summary>The sentence; null where the failure is one of the service's own.</summary>
    /// <param name="failure">What ended the start or the stop.</param>
    /// <param name="database">Reads the database's failures; null before there is one.</param>
    public static string? Explain(Exception failure, DatabaseFailures? database) => failure switch
    {
        StartException start => start.Message,
        StorageUnavailableException storage => storage.Message,
        AggregateException several => several.InnerExceptions.Select(inner => Explain(inner, database)).FirstOrDefault(sentence => sentence is not null),
        _ when TooFewHandles.Caused(failure) => "The process has too few file handles. Raise their number, for example with ulimit -n 4096.",
        _ when DiskFull.Caused(failure) => $"The disk is full: {failure.Message.TrimEnd('.')}. Make room on the disk of the data folder (--Data:Path=…).",
        DbException when database?.Explain(failure) is { } sentence => sentence,
        IOException or UnauthorizedAccessException =>
            $"A file of the service cannot be used: {failure.Message.TrimEnd('.')}. Look at the data folder (--Data:Path=…) and its rights.",
        _ => failure.InnerException is { } inner ? Explain(inner, database) : null,
    };
}
