using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.TrainingJobs.Planning.Recipes;

/// <summary>What a recipe looks at.</summary>
/// <param name="Task">What is predicted.</param>
/// <param name="Features">How columns become inputs.</param>
/// <param name="Outputs">Numbers the network leaves a row with.</param>
/// <param name="Rows">Training rows.</param>
internal sealed record TableSize(TaskKind Task, FeatureEncoding Features, int Outputs, int Rows)
{
    /// <summary>Inputs of the network.</summary>
    public int Inputs => Features.Width;

    /// <summary>Columns that are numbers.</summary>
    public int NumberColumns => Features.Columns.Count(column => column.Type == ColumnType.Number);
}
