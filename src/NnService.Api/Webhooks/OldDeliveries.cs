using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;

namespace NnService.Api.Webhooks;

/// <summary>Messages that were taken or given up long ago: nobody asks any more what came of them.</summary>
internal static class OldDeliveries
{
    /// <summary>Days for which a message is kept; one that is still to be sent is kept for longer.</summary>
    public const int Days = 30;

    private const int MostAtOnce = 1000; // of a write, which others wait for

    /// <summary>Deletes them.</summary>
    public static void Delete(Database database, DateTime now, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested && Find(database, now.AddDays(-Days)) is { Length: > 0 } numbers)
            database.WriteFromReserve(db => db.WebhookDeliveries.Where(delivery => EF.Parameter(numbers).Contains(delivery.Number)).ExecuteDelete());
    }

    private static long[] Find(Database database, DateTime before)
    {
        using var db = database.Read();
        return
        [
            .. db.WebhookDeliveries.Where(delivery => delivery.CreatedAt < before && delivery.NextAt == null)
                .OrderBy(delivery => delivery.CreatedAt).Take(MostAtOnce).Select(delivery => delivery.Number),
        ];
    }
}
