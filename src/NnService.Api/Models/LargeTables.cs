using System.Text.Json.Nodes;
using NnService.Engine.Training;

namespace NnService.Api.Models;

/// <summary>Tables of metrics that are too large for the items of a list: a confusion matrix of a thousand labels has a million counts.</summary>
internal static class LargeTables
{
    /// <summary>Of more labels than this a list has neither the confusion matrix nor the figures of each.</summary>
    public const int MostLabels = 20;

    /// <summary>Stored metrics without them; null where there are none.</summary>
    public static JsonObject? LeftOut(string? metrics)
    {
        if (metrics is null)
            return null;
        var left = JsonNode.Parse(metrics)!.AsObject();
        return Remove(left) ? JsonNode.Parse(left.ToJsonString())!.AsObject() : left; // a node that was parsed holds the text of all of them
    }

    /// <summary>Takes them out of metrics; false where there are none.</summary>
    public static bool Remove(JsonObject metrics)
    {
        var isAny = false;
        foreach (var (_, part) in metrics)
            if (part is JsonObject figures && figures["perClass"] is JsonArray { Count: > MostLabels })
                foreach (var table in Truth.Tables)
                    isAny |= figures.Remove(table);
        return isAny;
    }
}
