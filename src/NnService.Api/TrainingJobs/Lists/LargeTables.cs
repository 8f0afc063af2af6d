using System.Text.Json.Nodes;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Lists;

/// <summary>Tables of metrics that are too large for the items of a list: a confusion matrix of a thousand labels has a million counts.</summary>
internal static class LargeTables
{
    /// <summary>Of more labels than this a list has neither the confusion matrix nor the figures of each.</summary>
    public const int MostLabels = 20;

    /// <summary>The job without them; it is changed.</summary>
    public static TrainingJobResponse LeftOut(TrainingJobResponse job)
    {
        foreach (var (_, part) in job.Metrics as JsonObject ?? [])
            if (part is JsonObject figures && figures["perClass"] is JsonArray { Count: > MostLabels })
                foreach (var table in Truth.Tables)
                    figures.Remove(table);
        return job;
    }
}
