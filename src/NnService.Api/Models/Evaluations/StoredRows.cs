using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;

namespace NnService.Api.Models.Evaluations;

/// <summary>Finds the stored dataset that a request names.</summary>
internal sealed class StoredRows(Database database, DatasetTables tables)
{
    /// <summary>Its rows; a refusal where none is named, or there is none of that name.</summary>
    /// <param name="name">What the request's <c>dataset</c> says.</param>
    /// <param name="whereElse">What could be sent in its place, for a sentence; empty: nothing.</param>
    public Outcome<EvaluatedRows> Find(string? name, string whereElse = "")
    {
        if (name is null)
            return Refusal.Result(400, $"dataset is missing; give the name of a dataset{whereElse}.", "#/dataset");
        using var db = database.Read();
        if (db.Datasets.FirstOrDefault(there => there.Name == name) is { } dataset && tables.Find(dataset) is { } table)
            return new EvaluatedRows(dataset.Name, dataset.Sha256, table);
        return db.NamesOfDatasets().NotFound("dataset", name, "#/dataset");
    }
}
