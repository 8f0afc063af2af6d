using System.Text.Json;
using NnService.Api.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Studies.Watching;

/// <summary>Adds what happens to a study to its stream of events, within the write that makes it happen.</summary>
internal static class StudyLog
{
    /// <summary>Its state is another one; where it has ended, the stream is done.</summary>
    public static void State(AppDbContext db, Study study, DateTime at)
    {
        Add(db, study, "state", new { study.State, study.StopReason, at });
        if (study.HasEnded)
            Add(db, study, StudyEvent.Done, new { study.State, study.StopReason, Best = study.BestTrial });
    }

    /// <summary>A trial has changed.</summary>
    public static void Trial(AppDbContext db, Study study, StudyTrial trial) =>
        Add(db, study, "trial", new { Trial = TrialResponse.Of(trial), Best = study.BestTrial });

    private static void Add<T>(AppDbContext db, Study study, string name, T data)
    {
        db.StudyEvents.Add(new StudyEvent { StudyNumber = study.Number, Name = name, Data = JsonSerializer.Serialize(data, SpecJson.Options) });
        db.News.Jobs.Add(study.Id); // those who listen to a study listen by its id
    }
}
