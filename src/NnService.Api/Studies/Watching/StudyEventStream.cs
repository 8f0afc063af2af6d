using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.TrainingJobs.Watching;

namespace NnService.Api.Studies.Watching;

/// <summary>Writes one listener's stream of a study's events: they are rows, which are read again whenever there is news.</summary>
internal sealed class StudyEventStream(Study study, Database database, JobListener listener, HttpResponse response)
{
    private long _told;

    /// <summary>The id of the last event that a listener has been told of; null where it is none.</summary>
    public static long? Parse(string text) =>
        text.Length == 0 ? 0 : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    /// <summary>Where the stream goes on for a listener that has been told of an event; null: it has been told that the study is done. Who knows more than has
    /// happened was told before a backup was restored, and hears all there is.</summary>
    public static long? From(AppDbContext db, Study study, long told)
    {
        var last = db.StudyEvents.Where(entry => entry.StudyNumber == study.Number).Max(entry => (long?)entry.Number) ?? 0;
        return told > last ? 0 : study.HasEnded && told == last ? null : told;
    }

    /// <summary>Writes until the study has ended, the listener was dropped, or the caller has gone.</summary>
    public async Task WriteAsync(long from, TimeProvider clock, CancellationToken cancellation)
    {
        _told = from;
        while (!await TellAsync(cancellation))
        {
            await response.Body.FlushAsync(cancellation);
            if (await listener.WaitAsync(JobEvents.Silence, clock, cancellation) is not { } isNews)
                return; // dropped: whoever comes back finds the rest in the rows
            if (!isNews)
                await response.WriteAsync(": still here\n\n", cancellation);
            while (listener.News.TryRead(out _))
            {
                // one look at the rows answers them all
            }
        }
    }

    // True where the stream is done, or the study deleted.
    private async Task<bool> TellAsync(CancellationToken cancellation)
    {
        List<StudyEvent> events;
        bool isThere;
        using (var db = database.Read())
        {
            isThere = db.Studies.Any(row => row.Number == study.Number);
            events = await db.StudyEvents.Where(entry => entry.StudyNumber == study.Number && entry.Number > _told).OrderBy(entry => entry.Number)
                .ToListAsync(cancellation);
        }

        foreach (var entry in events)
        {
            _told = entry.Number;
            await response.Body.WriteAsync(Encoding.UTF8.GetBytes($"event: {entry.Name}\nid: {entry.Number}\ndata: {entry.Data}\n\n"), cancellation);
        }

        return !isThere || events.Exists(entry => entry.Name == StudyEvent.Done);
    }
}
