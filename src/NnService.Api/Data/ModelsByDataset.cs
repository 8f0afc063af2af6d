using NnService.Api.Models;

namespace NnService.Api.Data;

/// <summary>How many model versions were trained on each dataset, at one moment.</summary>
internal sealed class ModelsByDataset
{
    private readonly Dictionary<(string Dataset, string Sha256), int> _count;

    private ModelsByDataset(Dictionary<(string Dataset, string Sha256), int> count) => _count = count;

    /// <summary>
    /// Counts them, in one pass over the beginnings of their lineages, which may be megabytes. Not within a write: lineages stand behind the parameters, of
    /// which a database in a file reads every page on its way to them.
    /// </summary>
    public static ModelsByDataset Count(Database database)
    {
        using var db = database.Read();
        return new(db.ModelVersions
            .Select(version => version.Lineage.Substring(0, ModelLineage.Beginning)).AsEnumerable()
            .Select(ModelLineage.DatasetIn).OfType<(string Dataset, string Sha256)>()
            .CountBy(dataset => dataset).ToDictionary());
    }

    /// <summary>What becomes of those of a dataset when it is deleted, in a sentence; null where there are none.</summary>
    public string? LossByDeletionOf(string dataset, string sha256) => _count.GetValueOrDefault((dataset, sha256)) switch
    {
        0 => null,
        var count => $"{(count == 1 ? "1 model version was" : $"{count:N0} model versions were")} trained on dataset \"{dataset}\". "
            + "They still predict, but cannot be trained again (verify) unless the same bytes are uploaded under the same name and read in the same way.",
    };
}
