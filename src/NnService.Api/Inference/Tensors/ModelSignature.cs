using NnService.Api.Models;
using NnService.Engine;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Inference.Tensors;

/// <summary>Which tensors a model takes and gives.</summary>
internal sealed class ModelSignature
{
    /// <summary>The one input of a model whose features are all numbers.</summary>
    public const string Matrix = "input";

    public const string Label = "label";
    public const string Probabilities = "probabilities";

    private const string LabelSet = "labels";

    private const double MostScalesFromZero = 1 << 8; // float32 has 24 bits: 16 are left below the scale

    private readonly ModelDescription _description;

    public ModelSignature(LoadedModel loaded)
    {
        _description = loaded.Model.Description;
        Numbers = _description.Precision == Precision.Float32 && _description.Features.Columns.All(HoldsInSingle)
            && _description.Features.Notation is not { MissingBeyondSingle.Count: > 0 } ? Datatype.Single : Datatype.Double;
        var answers = _description.AnswerPrecision == Precision.Float32 ? Datatype.Single : Datatype.Double;
        IsMatrix = _description.Features.Columns.All(column => column.Type == ColumnType.Number);
        Outputs = _description.Target.Task == TaskKind.Regression
            ? [.. _description.Target.Columns.Select(column => new TensorMetadata(column, answers.Name, [-1, 1]))]
            :
            [
                new TensorMetadata(Label, Datatype.Bytes.Name, [-1, 1]),
                new TensorMetadata(Probabilities, answers.Name,
                    [-1, _description.Target.Labels.Count]) { Parameters = new TensorNotes { Labels = _description.Target.Labels } },
            ];
    }

    /// <summary>The type of the numbers that the model takes: the one it computes in, or FP64 where that would lose digits of a column before it is
    /// scaled, or of a number that stands for a missing cell.</summary>
    public Datatype Numbers { get; }

    /// <summary>Whether the features may come as one tensor [rows, features].</summary>
    public bool IsMatrix { get; }

    public IReadOnlyList<TensorMetadata> Inputs => IsMatrix
        ? [new TensorMetadata(
            Matrix, Numbers.Name, [-1, Columns.Count]) { Parameters = new TensorNotes { Columns = [.. Columns.Select(column => column.Name)] } }]
        : [.. Columns.Select(column => new TensorMetadata(column.Name, DatatypeOf(column).Name, [-1, 1]))];

    public IReadOnlyList<TensorMetadata> Outputs { get; }

    /// <summary>The name of the tensor of a target's intervals, with a number behind it where another target is called so.</summary>
    public static string IntervalOf(string target, IReadOnlyList<string> targets)
    {
        var name = $"{target}_interval";
        var free = name;
        for (var number = 2; targets.Contains(free); number++)
            free = $"{name}_{number}";
        return free;
    }

    /// <summary>What is given beside them where intervals are asked for: low and high of each value, or whether each label may be the true one.</summary>
    public IReadOnlyList<TensorMetadata> Intervals => _description.Target.Task == TaskKind.Regression
        ? [.. Outputs.Select(output => new TensorMetadata(IntervalOf(output.Name, _description.Target.Columns), output.Datatype, [-1, 2]))]
        : [Outputs[1] with { Name = LabelSet, Datatype = Datatype.Bool.Name }];

    /// <summary>The features.</summary>
    public IReadOnlyList<FeatureColumn> Columns => _description.Features.Columns;

    /// <summary>What is wrong with a datatype for a column; null: nothing.</summary>
    public string? Unfit(FeatureColumn column, Datatype type)
    {
        var fits = column.Type switch
        {
            ColumnType.Number => type.IsNumber,
            ColumnType.Boolean => type == Datatype.Bool || type.IsInteger,
            _ when column.Dates is not null => type == Datatype.Bytes,
            // A category may look like a whole number; a fraction has no one spelling.
            _ => type == Datatype.Bytes || type == Datatype.Bool || type.IsInteger,
        };
        return fits ? null : $"the datatype is {type.Name}; the column takes "
            + $"{DatatypeOf(column).Name}{(column.Type == ColumnType.Number ? " or another type of numbers" : "")}.";
    }

    // Seconds since 1970 differ by less than a step of float32: the scale must be some steps wide at the shift.
    private static bool HoldsInSingle(FeatureColumn column) =>
        column.Type != ColumnType.Number || column.Log1p || Math.Abs(column.Shift) <= MostScalesFromZero * Math.Abs(column.Scale);

    /// <summary>The type of a feature's own tensor.</summary>
    public Datatype DatatypeOf(FeatureColumn column) => column.Type switch
    {
        ColumnType.Number => Numbers,
        ColumnType.Boolean => Datatype.Bool,
        _ => Datatype.Bytes,
    };
}
