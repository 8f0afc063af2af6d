using System.Globalization;
using NnService.Api.Errors;
using NnService.Engine;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Predictions;

/// <summary>Compares the columns of rows with those that a model takes.</summary>
internal static class RowColumns
{
    private const string NoHeader = " If the CSV has no header, add ?header=false.";

    /// <summary>Where in a row of the given columns each feature stands. Errors: <see cref="ProblemException"/> where one is missing or unknown.</summary>
    /// <param name="description">The model.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="unknown">What becomes of columns that the model does not know.</param>
    /// <param name="isMade">Whether a column of a CSV has no name of its own, and is passed over where the model does not know it; null: this is no
    /// CSV.</param>
    public static int[] PositionsOf(ModelDescription description, IReadOnlyList<string> columns, UnknownColumns unknown, Predicate<int>? isMade = null)
    {
        var problems = new RowProblems();
        var features = description.Features.Columns;
        var positions = new int[features.Count];
        Array.Fill(positions, -1);
        for (var i = 0; i < columns.Count && !problems.AreMany; i++)
        {
            var feature = description.Features.IndexOf(columns[i]);
            if (feature >= 0 && positions[feature] >= 0)
                problems.Add($"Column \"{Echo.Cut(columns[i])}\" stands there twice.", $"#/columns/{i}");
            else if (feature >= 0)
                positions[feature] = i;
            else if (unknown != UnknownColumns.Ignore && !description.Ignores(columns[i]) && isMade?.Invoke(i) != true)
                problems.Add(SayUnknown(description, columns[i], unknown) + (isMade is not null && IsNumber(columns[i]) ? NoHeader : ""), $"#/columns/{i}");
        }

        for (var i = 0; i < positions.Length && !problems.AreMany; i++)
            if (positions[i] < 0)
                problems.Add($"Column \"{features[i].Name}\" is missing; the model needs it.", "#/columns");
        problems.Refuse();
        return positions;
    }

    /// <summary>
    /// The names of the columns of a CSV without a header: those made by place where the model knows them, because its training table had no header either;
    /// otherwise its features in their own order. Errors: <see cref="ProblemException"/> where there are more or fewer.
    /// </summary>
    /// <param name="description">The model.</param>
    /// <param name="made">The names made by place.</param>
    public static IReadOnlyList<string> WithoutHeader(ModelDescription description, IReadOnlyList<string> made)
    {
        string[] features = [.. description.Features.Columns.Select(feature => feature.Name)];
        if (made.ToHashSet().IsSupersetOf(features))
            return made;
        return made.Count == features.Length
            ? features
            : throw Refusal.Exception(
                400,
                $"The CSV has no header and {made.Count} columns; the model takes {features.Length}, in this order: {Names(description.Features.Columns)}.");
    }

    /// <summary>Whether a column stood in the training table.</summary>
    public static bool Knows(ModelDescription description, string column) => description.Features.IndexOf(column) >= 0 || description.Ignores(column);

    /// <summary>What to say of a column that the model does not know.</summary>
    public static string SayUnknown(ModelDescription description, string column, UnknownColumns unknown) =>
        $"The model knows no column \"{Echo.Cut(column)}\"; it takes {Names(description.Features.Columns, column)}. "
        + (unknown == UnknownColumns.RefuseUnlessAsked ? "Leave it out, or add ?ignoreUnknown=true." : "Leave it out.");

    /// <summary>The first names, for a sentence.</summary>
    /// <param name="features">The features.</param>
    /// <param name="wanted">The name that was written in their place; null: none was.</param>
    public static string Names(IReadOnlyList<FeatureColumn> features, string? wanted = null) =>
        NearestNames.List([.. features.Select(feature => feature.Name)], wanted);

    private static bool IsNumber(string name) => double.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
