using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using System.Text;
using NnService.Api.Data;

namespace NnService.Api.Access.Keys;

/// <summary>Saves when keys were used last: all of a minute in one write, and none for a request.</summary>
internal sealed class LastUses(Database database, TimeProvider clock, ILogger<LastUses> log) : IDisposable
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly ConcurrentQueue<KnownKey> _unsaved = new();
    private readonly Lock _gate = new();
    private ITimer? _timer; // runs while there is something to be saved

    /// <summary>Notes a use.</summary>
    public void Note(KnownKey key, DateTime now)
    {
        if (!key.Use(now) || key.Number == 0)
            return;
        _unsaved.Enqueue(key);
        lock (_gate)
        {
            using (ExecutionContext.SuppressFlow()) // it is not the request's any more
                _timer ??= clock.CreateTimer(_ => Save(), null, s_minute, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Saves what was noted.</summary>
    public void Save()
    {
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
        }

        var sql = new StringBuilder();
        while (_unsaved.TryDequeue(out var key))
        {
            var ticks = key.TakeLastUse().Ticks;
            sql.Append(CultureInfo.InvariantCulture, $"""
                UPDATE "ApiKeys" SET "LastUsedAt" = {ticks} WHERE "Number" = {key.Number} AND ("LastUsedAt" IS NULL OR "LastUsedAt" < {ticks});

                """); // another node may have saved a later one
        }

        if (sql.Length == 0)
            return;
        try
        {
            database.Execute(sql.ToString());
        }
        catch (Exception failure) when (failure is IOException or DbException)
        {
            log.LogWarning("When keys were used last could not be saved: {Reason}", failure.GetBaseException().Message);
        }
        catch (Exception failure)
        {
            log.LogWarning(failure, "When keys were used last could not be saved");
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _timer?.Dispose();
    }
}
