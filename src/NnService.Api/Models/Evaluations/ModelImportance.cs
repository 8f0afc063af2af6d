using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Engine.Data;
using NnService.Engine.Specs;
using NnService.Engine.Training;
using NnService.Engine.Training.Importance;

namespace NnService.Api.Models.Evaluations;

/// <summary>Measures how much a model leans on each column of a table whose truth is known.</summary>
internal sealed class ModelImportance(Database database, StoredRows stored, MemoryBudget memory)
{
    /// <summary>The importances.</summary>
    /// <param name="loaded">The model.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="ct">Ends the measuring where nobody waits for it any more.</param>
    public Outcome<ImportanceResponse> Run(LoadedModel loaded, ImportanceRequest request, CancellationToken ct)
    {
        if (SpecCheck.Problems(request) is { Count: > 0 } problems)
            return Refusal.Invalid(problems);
        var (model, target, features) = (loaded.Model, loaded.Model.Description.Target, loaded.Model.Description.Features);
        var repeats = request.Repeats ?? PermutationImportance.UsualRepeats;
        if (stored.Find(request.Dataset, model.Description, target).IsRefused(out var unknown, out var evaluated))
            return unknown;
        if (ModelEvaluation.WithoutTruth(evaluated, target) is { } lacking)
            return lacking;
        if (KnownRows.Of(evaluated.Table, target).IsRefused(out var empty, out var measured))
            return empty;
        var known = measured.Rows;
        var count = PermutationImportance.RowsFor(model.Description.MultiplyAddsPerRow, features, model.Outputs, known.Length, repeats);
        if (count == 0)
            return Refusal.Result(400, $"{repeats} shuffles of {features.Columns.Count:N0} columns take too long, or too much memory, for so large a network; "
                + "ask for fewer.", "#/repeats");
        using var taken = memory.Reserve(
            PermutationImportance.BytesFor(count, features.Width, model.Outputs), StatusCodes.Status409Conflict, "Take a dataset of fewer rows");
        try
        {
            var rows = PermutationImportance.Choose(known, count, request.Seed ?? 0);
            var truth = new Truth(target, evaluated.Table, rows);
            return PermutationImportance.Of(model, evaluated.Table, rows, truth, repeats, request.Seed ?? 0, _ => ct.ThrowIfCancellationRequested()) is { } found
                ? new ImportanceResponse(loaded.Name, loaded.Version, evaluated.Dataset!, rows.Length, found.Metric, found.Value, found.Columns)
                {
                    Warnings = [.. Warnings(loaded, evaluated, known.Length, rows.Length).Concat(measured.Warnings)],
                }
                : Refusal.Result(400, "The metric is undefined on these rows: the truth is the same in all of them, or an answer is too large for a number.", "#/dataset");
        }
        catch (PreparationException bad)
        {
            return Refusal.Result(400, bad.Message, evaluated.Pointer);
        }
    }

    private IEnumerable<string> Warnings(LoadedModel loaded, EvaluatedRows evaluated, int known, int asked)
    {
        foreach (var sentence in ModelEvaluation.OfTraining(database, loaded, evaluated))
            yield return sentence;
        if (asked < known)
            yield return $"{asked:N0} of {known:N0} rows were asked about, drawn at random: all of them would take too long, or too much memory.";
    }
}
