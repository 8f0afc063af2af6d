using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;

namespace NnService.Api.Keeping;

internal static class KeepingEndpoints
{
    public static void MapKeeping(this RouteGroupBuilder api)
    {
        var keeping = api.MapGroup("").WithTags("Operations");
        keeping.MapPost("/backups", BackUp).RequireScope(Scope.Admin)
            .Describe(
                "Take a backup",
                "A tar archive of the state of one moment: the database, the uploads, the checkpoints of jobs under way, and at the end `manifest.json` "
                + "with the SHA-256 of each; an archive without it is cut short. Everything else goes on meanwhile. "
                + "The command `restore FILE` puts one into an empty folder. One at a time. "
                + "Where the rows are in a PostgreSQL database, its own tools copy it, and the answer is 409.").Named("takeBackup")
            .ReturnsFile(200, BackupResult.ContentType).ReturnsHeader("Content-Disposition", "What the file is called.", 200).Refuses(409, 429, 507);
        keeping.MapGet("/storage", Look).RequireScope(Scope.Read)
            .Describe("What takes the room", "The data folder by kind of file, what is kept outside of it, and the twenty largest datasets, models, histories and checkpoints by name.").Named("getStorage")
            .TakesLong().Returns<StorageResponse>(200).Refuses(429);
    }

    private static Ok<StorageResponse> Look(StorageUse use) => TypedResults.Ok(use.Look());

    private static async Task<IResult> BackUp(
        Backups backups, DatabaseEngine engine, BackupTurn turn, LongRequests requests, DatasetTables tables, CancellationToken cancellation)
    {
        if (engine.WhyNoCopy is { } why)
            return Refusal.Conflict(why);
        if (!turn.TryTake())
            return Refusal.Result(429, "Another backup is being taken. Try again when it is done.");
        try
        {
            return new BackupResult(await requests.RunAsync(backups.Take, cancellation), turn, tables);
        }
        catch
        {
            turn.GiveBack();
            throw;
        }
    }

    /// <summary>Sends the archive as it is made, as fast as the caller takes it.</summary>
    private sealed class BackupResult(Snapshot snapshot, BackupTurn turn, DatasetTables tables) : IResult
    {
        public const string ContentType = "application/x-tar";

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            try
            {
                var name = snapshot.At.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
                httpContext.Response.ContentType = ContentType;
                httpContext.Response.Headers.ContentDisposition = $"attachment; filename=\"nnservice-{name}.tar\"";
                await snapshot.WriteAsync(httpContext.Response.Body, httpContext.RequestAborted);
                foreach (var (key, dataset) in snapshot.Damaged)
                    tables.NoteDamaged(dataset, key);
            }
            finally
            {
                try
                {
                    snapshot.Dispose();
                }
                finally
                {
                    turn.GiveBack();
                }
            }
        }
    }
}

/// <summary>One backup at a time: each holds a copy of the database on disk as long as its caller takes to fetch it.</summary>
internal sealed class BackupTurn
{
    private int _isTaken;

    public bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    public void GiveBack() => Volatile.Write(ref _isTaken, 0);
}
