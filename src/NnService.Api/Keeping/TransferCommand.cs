using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Data.Transfer;
using NnService.Api.Errors;
using NnService.Api.Startup;
using NnService.Api.Storage;

namespace NnService.Api.Keeping;

/// <summary><c>migrate-to "CONNECTION STRING"</c>: moves the rows of a data folder to a database server. Uploads and checkpoints stay where they are.</summary>
internal static class TransferCommand
{
    /// <summary>Does it, and says what it does. The exit code.</summary>
    public static int Run(string connectionString, IServiceProvider services)
    {
        var (engine, folder) = (services.GetRequiredService<DatabaseEngine>(), services.GetRequiredService<DataFolder>());
        if (!engine.IsInFolder)
            throw new StartException("migrate-to moves the rows that are in a data folder. Leave Database:Provider and Database:ConnectionString out.");
        if (!folder.IsOwned)
            throw new StartException($"A service runs on the folder {folder.Path}. Stop it first.");
        var begun = Stopwatch.GetTimestamp();
        var target = StorageSetup.TransferTargetOf(connectionString, services);
        engine.Examine();
        if (!services.GetRequiredService<PlainQueries>().Migrations().Contains(engine.Schema.Latest))
            throw new StartException($"{engine.Name} was written by another version of the service. Start this one on it once, which brings it up to date.");
        try
        {
            target.Engine.Examine();
            Console.WriteLine($"Copying the rows of {engine.Name} into {target.Engine.Name}.");
            using (var from = services.GetRequiredService<IDbContextFactory<AppDbContext>>().CreateDbContext())
                new DatabaseTransfer(engine, from, target, Console.WriteLine).Run();
        }
        catch (Exception failure) when (target.Failures.Explain(failure) is { } sentence)
        {
            throw new StartException(sentence, failure);
        }
        finally
        {
            target.Engine.Close();
            engine.Close();
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Done in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s. {engine.Name} is as it was; move it away, so that nobody starts on it by mistake. "
            + $"Uploads and checkpoints stay where they are: start the service as before, with Database:Provider and Database:ConnectionString besides."));
        return 0;
    }
}
