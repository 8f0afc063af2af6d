using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Models.Evaluations;

/// <summary>Finds the stored dataset that a request names, as a model reads it.</summary>
internal sealed class StoredRows(Database database, DatasetTables tables, MemoryBudget memory)
{
    /// <summary>Its rows; a refusal where none is named, there is none of that name, or its columns are of other types than the model's.</summary>
    /// <param name="name">What the request's <c>dataset</c> says.</param>
    /// <param name="model">The model.</param>
    /// <param name="truth">The target, where it is read too.</param>
    /// <param name="whereElse">What could be sent in its place, for a sentence; empty: nothing.</param>
    public Outcome<EvaluatedRows> Find(string? name, ModelDescription model, TargetEncoding? truth = null, string whereElse = "")
    {
        if (name is null)
            return Refusal.Result(400, $"dataset is missing; give the name of a dataset{whereElse}.", "#/dataset");
        if (Named(name) is not { } dataset || TableOf(dataset, model, truth) is not { } table)
        {
            using var db = database.Read();
            return db.NamesOfDatasets().NotFound("dataset", name, "#/dataset");
        }

        try
        {
            model.Features.CheckTypes(table);
            return new EvaluatedRows(dataset.Name, dataset.Sha256, table);
        }
        catch (PreparationException unfit)
        {
            return Refusal.Result(400, unfit.Message, "#/dataset");
        }
    }

    private Dataset? Named(string name)
    {
        using var db = database.Read();
        return db.Datasets.FirstOrDefault(there => there.Name == name);
    }

    // A word that the model has learnt is that word, as in a CSV (decision 39): a column of other rows may have become numbers without it.
    private Table? TableOf(Dataset dataset, ModelDescription model, TargetEncoding? truth)
    {
        if (tables.Find(dataset) is not { } table)
            return null;
        var reading = DatasetReading.Parse(dataset.Reading);
        string[] words = [.. LearntWords.HiddenIn(table, model.Features, truth).Where(column => reading.Types?.ContainsKey(column) != true)];
        if (words.Length == 0)
            return table;
        using var taken = memory.Reserve(
            DatasetTables.BytesWhileReading(reading.Format, dataset.Bytes, memory.Total), StatusCodes.Status409Conflict, "Declare the types of its columns at the upload");
        return tables.FindAsWords(dataset, words);
    }
}
