using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Api.Models.Predictions;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;
using NnService.Engine.Losses;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.Models.Evaluations;

/// <summary>Measures a model on rows whose truth is known.</summary>
internal sealed class ModelEvaluation(Database database, StoredRows stored, MemoryBudget memory)
{
    private const int BytesAroundARow = 128; // its truth, its place in the order of each metric, a copy of both
    private const int BytesOfCurves = 64; // of a row: a label's scores in their order, and the steps between them
    private const int CopiesOfAnswers = 5; // the model's, the linear model's, the targets, and what the metrics sort

    private const ulong Seed = 0; // of the intervals: the same evaluation gives the same figures

    /// <summary>Loss and metrics on a stored dataset; see the other one.</summary>
    public Outcome<EvaluateResponse> Run(
        LoadedModel loaded, EvaluateRequest request, bool withCurves, ConformalThresholds? thresholds, CancellationToken ct)
    {
        var description = loaded.Model.Description;
        if (TargetOf(description.Target, request.Target).IsRefused(out var unnamed, out var target))
            return unnamed;
        return stored.Find(request.Dataset, description, target, ", or send rows as text/csv").IsRefused(out var refusal, out var rows)
            ? refusal
            : Run(loaded, rows, request, withCurves, thresholds, ct);
    }

    /// <summary>Loss and metrics on rows.</summary>
    /// <param name="loaded">The model.</param>
    /// <param name="evaluated">The rows.</param>
    /// <param name="request">What else is asked.</param>
    /// <param name="withCurves">Whether curves are wanted.</param>
    /// <param name="thresholds">Those of the intervals whose coverage is wanted; null: it is not.</param>
    /// <param name="ct">Ends the asking where nobody waits for it any more.</param>
    public Outcome<EvaluateResponse> Run(
        LoadedModel loaded, EvaluatedRows evaluated, EvaluateRequest request, bool withCurves, ConformalThresholds? thresholds, CancellationToken ct)
    {
        var (model, table) = (loaded.Model, evaluated.Table);
        if (SpecCheck.Problems(request.Loss ?? (object)"", "#/loss") is [var problem, ..])
            return Refusal.Result(400, problem.Detail, problem.Pointer);
        if (TargetOf(model.Description.Target, request.Target).IsRefused(out var unnamed, out var target))
            return unnamed;
        if (WithoutTruth(evaluated, target) is { } refused)
            return refused;

        var loss = request.Loss ?? model.Description.Loss ?? ModelBaselines.LossOf(target.Task, model.Outputs);
        if (Unfit(loss, model) is { } unfit)
            return unfit;
        using var taken = memory.Reserve(
            table.Rows * (BytesAroundARow + (withCurves ? BytesOfCurves : 0)
                + ((long)CopiesOfAnswers * sizeof(double) * Math.Max(model.Outputs, model.Description.Target.Labels.Count))),
            StatusCodes.Status409Conflict, "Evaluate on fewer rows");
        if (KnownRows.Of(table, target).IsRefused(out var empty, out var measured))
            return empty;

        var rows = measured.Rows;
        if (rows.Length > Answers.MostRows(model.Outputs))
            return Refusal.Result(
                400,
                $"There are {rows.Length:N0} rows, and of {model.Outputs:N0} outputs the answers to no more than {Answers.MostRows(model.Outputs):N0} can be "
                + "measured at a time. Evaluate on fewer rows.",
                evaluated.Pointer);
        if (TruthOf(target, table, rows, model.Outputs).IsRefused(out var unreadable, out var known))
            return unreadable;
        var (truth, targets) = known;
        var linear = ModelBaselines.LinearOf(model);
        var answers = new Answers(rows.Length, linear is null ? [model] : [model, linear]);
        var meter = model.Measure(loss);
        var unknown = new UnknownCategories();
        try
        {
            EncodedPieces.Visit(
                model.Description.Features,
                table,
                rows,
                (inputs, start, count) =>
                {
                    ct.ThrowIfCancellationRequested();
                    answers.Ask(inputs, start, count);
                    meter.Add(inputs, targets.AsSpan(start * model.Outputs, count * model.Outputs), count);
                },
                unknown);
        }
        catch (PreparationException bad)
        {
            return Refusal.Result(400, bad.Message, evaluated.Pointer);
        }

        var value = meter.Value;
        var metrics = truth.Metrics(answers.Values[0]);
        List<string> warnings = [.. unknown.Warnings];
        warnings.AddRange(OfTraining(database, loaded, evaluated));
        warnings.AddRange(measured.Warnings);
        if (thresholds is not null && Reductions.AllFinite<double>(answers.Values[0]))
        {
            var coverage = truth.Coverage(answers.Values[0], thresholds);
            metrics[IntervalLevel.Coverage] = coverage;
            if (IntervalLevel.WhyTooLow(coverage, thresholds.Level, truth.EffectiveRowCount, model.Description.Conformal!) is { } tooLow)
                warnings.Add($"{tooLow}.");
        }

        var comparison = Reductions.AllFinite<double>(answers.Values[0])
            ? ModelComparison.Of(model, truth, metrics, answers.Values[0], answers.Values.ElementAtOrDefault(1), Seed) : null;
        warnings.AddRange(truth.WhyNull(metrics, answers.Values[0]).Select(why => $"{why}."));
        if (!double.IsFinite(value))
            warnings.Add("The loss is not a finite number: an output or a target is too large for it.");
        return new EvaluateResponse(loaded.Name, loaded.Version, evaluated.Dataset, rows.Length, double.IsFinite(value) ? value : null, metrics, warnings)
        {
            Intervals = comparison?.Intervals ?? [],
            Baselines = comparison?.Baselines,
            Curves = withCurves && comparison is not null ? truth.Curves(answers.Values[0], model.Description.AnswerPrecision) : null,
            Verdict = comparison?.Verdict ?? "An answer is not a finite number, so there is nothing to measure.",
        };
    }

    /// <summary>The refusal of rows that lack a column of the truth; null where they have all of them.</summary>
    public static ProblemResult? WithoutTruth(EvaluatedRows evaluated, TargetEncoding target) =>
        target.Columns.FirstOrDefault(column => evaluated.Table.Find(column) is null) is { } lacking
            ? Refusal.Result(
                400,
                $"{evaluated.Name} has no column \"{Echo.Cut(lacking)}\"; name the column that holds the truth as target."
                + NearestNames.Suggestion(evaluated.Table.ColumnNames, lacking),
                "#/target")
            : null;

    // What the rows are, in their own units and as the network learns it: [rows, outputs].
    private static Outcome<(Truth Truth, double[] Targets)> TruthOf(TargetEncoding target, Table table, int[] rows, int outputs)
    {
        try
        {
            var targets = new double[rows.Length * outputs];
            target.Encode<double>(table, rows, outputs, targets);
            return (new Truth(target, table, rows), targets);
        }
        catch (PreparationException bad)
        {
            return Refusal.Result(400, bad.Message, "#/target");
        }
    }

    /// <summary>What to know of figures of a model, by how it was trained: on that table, which its lineage names by the hash of its bytes, so that another name
    /// for it is no way round; and with weights, which rows to evaluate have not.</summary>
    public static IEnumerable<string> OfTraining(Database database, LoadedModel loaded, EvaluatedRows evaluated)
    {
        using var db = database.Read();
        if (ModelStore.Brief(ModelStore.Versions(db, loaded.Name, loaded.Version)).FirstOrDefault() is not { } row)
            yield break; // deleted since
        if (row.Lineage.Contains(evaluated.Sha256, StringComparison.Ordinal)) // or that of one of its networks
            yield return "This is the table the model was trained on: its figures say how well the model remembers, "
                + "not how well it answers rows it has not seen. The job's test part says that.";
        if ((string?)ModelLineage.Stored(row).Configuration?["rowWeights"] is { } weights)
            yield return $"The model was trained with rowWeights \"{Echo.Cut(weights)}\", and its job counts rows by them; here each counts the same, so the figures of both do not compare.";
    }

    /// <summary>The target as it is to be read: the model's own, or a column in its place.</summary>
    public static Outcome<TargetEncoding> TargetOf(TargetEncoding trained, string? column)
    {
        if (column is null || trained.Columns is [var only] && only == column)
            return trained;
        if (trained.Columns.Count > 1)
            return Refusal.Result(400, "The model predicts several columns; their truth must stand under the same names.", "#/target");
        return new TargetEncoding(
            trained.Task, [column], trained.Labels, trained.PositiveLabel, trained.Shift, trained.Scale, trained.Log1p, trained.Low, trained.High);
    }

    /// <summary>The refusal of a loss that cannot read the model's outputs; null where it can.</summary>
    public static ProblemResult? Unfit(LossSpec loss, TrainedModel model)
    {
        var network = model.Description.Network;
        var fits = loss.Link switch
        {
            OutputLink.Sigmoid => network.EndsInLinear || network.EndsInSigmoid,
            OutputLink.Softmax => model.Outputs > 1 && (network.EndsInLinear || network.EndsInSoftmax),
            _ => true,
        };
        return fits
            ? null
            : Refusal.Result(400,
                $"{loss.Type} does not fit the model's last layer; use meanSquaredError, or a model whose outputs are probabilities or logits.", "#/loss");
    }
}
