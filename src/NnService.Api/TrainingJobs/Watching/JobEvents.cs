using System.Globalization;
using System.Text;
using System.Text.Json;
using NnService.Api.Data;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Watching;

/// <summary>
/// How far a listener has got: transitions and epochs it has been told of. As one increasing number it is the id of an event: transitions · 10¹⁰ + epochs,
/// where epoch 0 counts as one. So an id says by itself where to go on, also after a crash in which the job trains some epochs once more.
/// <c>done</c> counts as one more transition: whoever has that id has everything.
/// </summary>
internal readonly record struct EventCursor(int Transitions, int LastPoint)
{
    private const long Step = 10_000_000_000; // more than there are epochs, and 900,000 of it still an exact number in JavaScript

    public static readonly EventCursor Start = new(0, -1);

    public EventCursor AfterTransition => this with { Transitions = Transitions + 1 };

    public long Id => (Transitions * Step) + LastPoint + 1;

    /// <summary>The cursor of an event's id; null where it is none.</summary>
    public static EventCursor? Parse(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id / Step <= int.MaxValue && id % Step <= int.MaxValue
            ? new EventCursor((int)(id / Step), (int)(id % Step) - 1)
            : null;
}

/// <summary>Writes one listener's stream of a job's events (WHATWG HTML, section 9.2): first from the rows, then as they come.</summary>
internal sealed class JobEvents(Guid job, bool isClassification, Database database, JobListener listener, HttpResponse response)
{
    /// <summary>Without news for so long, the stream says that it is alive, and the rows are read all the same.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <summary>Where the stream goes on for a listener that has got so far; null: it has been told that the job is done. Who knows more than has happened was told
    /// before a backup was restored, and hears all there is.</summary>
    /// <param name="told">How far it has got.</param>
    /// <param name="hasEnded">Whether the job has ended.</param>
    /// <param name="transitions">Its transitions so far.</param>
    /// <param name="epochs">Its epochs.</param>
    public static EventCursor? From(EventCursor told, bool hasEnded, int transitions, int epochs)
    {
        if (told.Transitions > transitions + (hasEnded ? 1 : 0) || told.LastPoint > epochs)
            return EventCursor.Start;
        return told.Transitions > transitions ? null : told;
    }

    private EventCursor _told;
    private int? _block; // of the history, that has the last point told; null: it is to be found

    /// <summary>Writes until the job has ended, the listener was dropped, or the caller has gone.</summary>
    public async Task WriteAsync(EventCursor from, TimeProvider clock, CancellationToken cancellation)
    {
        _told = from;
        var isOver = await TellRowsAsync(cancellation);
        while (!isOver)
        {
            await response.Body.FlushAsync(cancellation);
            if (await listener.WaitAsync(Silence, clock, cancellation) is not { } isNews)
                return; // dropped: whoever comes back finds the rest in the rows
            if (!isNews)
            {
                await response.WriteAsync(": still here\n\n", cancellation);
                isOver = await TellRowsAsync(cancellation); // nobody is to wait for ever for a notice that went astray
            }

            while (!isOver && listener.News.TryRead(out var news))
                isOver = await TellAsync(news, cancellation);
        }
    }

    private async Task<bool> TellAsync(JobNews news, CancellationToken cancellation)
    {
        if (news.Data is null)
            return await TellRowsAsync(cancellation);
        if (news.LastEpoch <= _told.LastPoint)
            return false;
        if (news.FirstEpoch <= _told.LastPoint)
            return await TellRowsAsync(cancellation); // part of it is known already
        await TellAsync("history", _told with { LastPoint = news.LastEpoch }, news.Data, cancellation);
        _block = null;
        return false;
    }

    // Transitions and points in the order in which they were saved; true where the job has ended.
    private async Task<bool> TellRowsAsync(CancellationToken cancellation)
    {
        using var db = database.Read();
        var row = db.TrainingJobs.Where(there => there.Id == job).Select(there => new
        {
            there.Number,
            there.State,
            there.StopReason,
            HasEnded = there.EndedAt != null,
            Transitions = there.Transitions.OrderBy(transition => transition.Number).ToList(),
        }).FirstOrDefault();
        if (row is null)
            return true; // deleted
        foreach (var transition in row.Transitions.Skip(_told.Transitions))
        {
            await TellPointsAsync(db, row.Number, transition.AfterPoint, cancellation);
            await TellAsync(
                "state",
                _told.AfterTransition,
                Json(new JobTransitionResponse(transition.State, transition.At, transition.Reason)),
                cancellation);
        }

        await TellPointsAsync(db, row.Number, int.MaxValue, cancellation);
        if (row.HasEnded && db.TrainingJobs.Any(there => there.Id == job)) // where it was deleted meanwhile, points may be missing
            await TellAsync("done", _told.AfterTransition, Json(new { row.State, row.StopReason }), cancellation);
        return row.HasEnded;
    }

    private async Task TellPointsAsync(AppDbContext db, long number, int lastPoint, CancellationToken cancellation)
    {
        if (lastPoint <= _told.LastPoint)
            return;
        foreach (var block in JobHistory.Blocks(db, number, _block ??= JobHistory.BlockOf(db, number, _told.LastPoint)))
        {
            if (block.EpochAt(0) > lastPoint)
                return;
            _block = block.Index;
            HistoryPointResponse[] news = [.. block.Unpack().Where(point => point.Epoch > _told.LastPoint && point.Epoch <= lastPoint)
                .Select(point => HistoryPointResponse.Of(point, isClassification))];
            if (news.Length > 0)
                await TellAsync("history", _told with { LastPoint = news[^1].Epoch }, Json(news), cancellation);
        }
    }

    private async Task TellAsync(string name, EventCursor told, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        _told = told;
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes($"event: {name}\nid: {told.Id}\ndata: "), cancellation);
        await response.Body.WriteAsync(data, cancellation);
        await response.Body.WriteAsync("\n\n"u8.ToArray(), cancellation);
    }

    private static byte[] Json<TValue>(TValue value) => JsonSerializer.SerializeToUtf8Bytes(value, SpecJson.Options);
}
