using System.Text;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>The fields of a job by what they are about, for people who look for one: folded, for most jobs need few of them.</summary>
internal static class TrainingFields
{
    private static readonly (string About, string[] Fields)[] s_groups =
    [
        ("what is predicted from what", ["dataset", "target", "features", "ignore", "task", "positiveLabel"]),
        ("which rows do what, and how cells become numbers", ["split", "preprocessing", "rowWeights"]),
        ("the network", ["network", "ensemble", "initialModel", "recipe", "precision", "seed"]),
        ("what is made small", ["loss", "lossReduction", "labelSmoothing", "classWeights", "clampOutput"]),
        ("how it learns", ["optimizer", "schedule", "batchSize", "epochs", "order", "stepsPerEpoch", "gradientClipNorm", "rulesVersion"]),
        ("when it ends", ["earlyStopping", "maxSeconds"]),
        ("what is kept", ["model", "historyEvery", "historyLoss", "importance"]),
        ("which job goes first", ["priority"]),
    ];

    /// <summary>The fields, grouped, as Markdown; what is left out is in the job's configuration with what was chosen.</summary>
    public static string Help { get; } = s_groups.Aggregate(
        new StringBuilder("<details><summary>The fields by what they are about; the answer's `configuration` has what was chosen for those left out</summary>\n\n"),
        (text, group) => text.Append($"- {group.About}: {string.Join(", ", group.Fields.Select(field => $"`{field}`"))}\n"),
        text => text.Append("\n</details>").ToString());
}
