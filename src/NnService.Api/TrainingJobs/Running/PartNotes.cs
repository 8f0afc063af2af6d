using System.Text.Json.Nodes;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>Why metrics of a job's parts are null, or not what they should be; kept with the metrics as <c>notes</c>, and told among the job's warnings.</summary>
internal sealed class PartNotes
{
    private const string Property = "notes";

    private readonly List<(string Why, string Part)> _notes = [];

    /// <summary>Notes what is null in the metrics of a part, and returns them.</summary>
    public JsonObject Look(string part, Truth truth, JsonObject metrics, double[] answers)
    {
        _notes.AddRange(truth.WhyNull(metrics, answers).Select(why => (why, part)));
        return metrics;
    }

    /// <summary>Notes something else of a part, without a full stop; null: nothing.</summary>
    public void Add(string part, string? note)
    {
        if (note is not null)
            _notes.Add((note, part));
    }

    /// <summary>Adds the notes to the metrics of all parts, where there are any.</summary>
    public void AddTo(JsonObject metrics)
    {
        if (_notes.Count > 0)
            metrics[Property] = new JsonArray(
                [.. _notes.GroupBy(note => note.Why, note => note.Part).Select(note => JsonValue.Create($"{note.Key} ({string.Join(", ", note)})."))]);
    }

    /// <summary>The notes in metrics; none where there are no metrics yet.</summary>
    public static IEnumerable<string> In(JsonNode? metrics) => metrics?[Property]?.AsArray().Select(note => (string)note!) ?? [];
}
