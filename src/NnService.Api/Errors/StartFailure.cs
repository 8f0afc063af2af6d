using Microsoft.Data.Sqlite;

namespace NnService.Api.Errors;

/// <summary>What the world around the service can do to its start and its stop, in a sentence.</summary>
internal static class StartFailure
{
    /// <summary>The sentence; null where the failure is one of the service's own.</summary>
    public static string? Explain(Exception failure) => failure switch
    {
        StartException start => start.Message,
        AggregateException several => several.InnerExceptions.Select(Explain).FirstOrDefault(sentence => sentence is not null),
        _ when TooFewHandles.Caused(failure) => "The process has too few file handles. Raise their number, for example with ulimit -n 4096.",
        SqliteException sqlite => DatabaseFailure.Explain(sqlite, "nnservice.db in the data folder"),
        IOException or UnauthorizedAccessException => $"A file of the service cannot be used: {failure.Message.TrimEnd('.')}. Look at the data folder (--Data:Path=…) and its rights.",
        _ => failure.InnerException is { } inner ? Explain(inner) : null,
    };
}
