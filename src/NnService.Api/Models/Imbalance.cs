using System.Globalization;
using System.Text.Json.Nodes;
using NnService.Engine.Specs;
using NnService.Engine.Training.Intervals;

namespace NnService.Api.Models;

/// <summary>Finds the label whose rows a classifier misses while its accuracy looks good, because they are few.</summary>
internal static class Imbalance
{
    private const double Missed = 0.5; // from here on down, more of a label's rows are missed than found

    /// <summary>A sentence with a blank before it that names the label and its recall; empty where there is nothing to say.</summary>
    /// <param name="metrics">The classifier's metrics.</param>
    /// <param name="effectiveRows">[labels] how many rows of equal weight tell as much; null: every row weighs the same.</param>
    public static string Sentence(JsonObject metrics, IReadOnlyList<double>? effectiveRows)
    {
        if (metrics["perClass"] is not JsonArray perClass || metrics["accuracy"] is not { } accuracy)
            return "";
        var labels = perClass.Select((label, k) => (Name: Echo.Cut((string)label!["label"]!), Recall: (double)label["recall"]!, Rows: (int)label["rows"]!, Label: k))
            .Where(label => label.Rows > 0).ToList();
        var largest = labels.MaxBy(label => label.Rows);
        var hidden = labels.Where(label => label.Rows < largest.Rows && label.Recall < Missed && IsBelow(label.Recall, effectiveRows?[label.Label] ?? label.Rows, (double)accuracy)).ToList();
        if (hidden.Count == 0)
            return "";
        var worst = hidden.MinBy(label => (label.Recall, -label.Rows));
        var rows = labels.Sum(label => label.Rows);
        var found = effectiveRows is null ? Math.Round(worst.Recall * worst.Rows).ToString("N0", CultureInfo.InvariantCulture) : $"{Percent(worst.Recall)} by weight";
        var others = hidden.Count == 1 ? "" : hidden.Count == 2 ? "; one more label fares likewise" : $"; {hidden.Count - 1} more labels fare likewise";
        return string.Create(
            CultureInfo.InvariantCulture,
            $" The accuracy hides an imbalance: {Percent((double)largest.Rows / rows)} of the rows are \"{largest.Name}\", "
            + $"and of the {FigureText.Rows(worst.Rows)} of \"{worst.Name}\" it finds {found} and misses {Percent(1 - worst.Recall)} "
            + $"(recall {FigureText.Share(worst.Recall)}{others}; perClass has every label). "
            + $"Its balanced accuracy is {FigureText.Share((double)metrics["balancedAccuracy"]!)}; "
            + $"the same answer for every row has {FigureText.Share(1.0 / labels.Count)}. "
            + $"Class weights{(labels.Count == 2 ? ", or another threshold in predictions," : "")} find more of them, at the price of false alarms.");
    }

    private static string Percent(double share) => $"{(100 * share).ToString("0.#", CultureInfo.InvariantCulture)} %";

    // Beyond chance, so that a label of a single row is not blamed.
    private static bool IsBelow(double recall, double rows, double accuracy) => ShareInterval.Corrected(recall, rows).High < accuracy;
}
