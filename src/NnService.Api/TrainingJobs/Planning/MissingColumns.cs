using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>Says of columns that a dataset does not have which ones it has, those first that may have been meant.</summary>
/// <param name="table">The dataset's table.</param>
internal sealed class MissingColumns(Table table)
{
    // Of ten thousand names that are all wrong, nobody reads what the last one is like.
    private const int MostCompared = 5;

    private int _said;

    public string Say(string name) => _said++ < MostCompared
        ? $"The dataset has no column \"{Echo.Cut(name)}\"; it has {NearestNames.List(table.ColumnNames, name)}."
        : $"The dataset has no column \"{Echo.Cut(name)}\".";
}
